import { AccountValidity, Module, NOT_SPAM, SpamChecker } from "ligand";

/** Has a say in logins. */
@Module()
export class LoginWatcher {
  @SpamChecker.checkLoginForSpam()
  checkLogin() {
    return NOT_SPAM;
  }

  @AccountValidity.onUserLogin()
  onLogin() {}

  @AccountValidity.isUserExpired()
  isExpired() {
    return null;
  }
}
