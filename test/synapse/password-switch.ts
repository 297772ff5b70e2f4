import { Module, PasswordAuth, type AuthResult } from "#src/index.js";
import { ask } from "./switchboard.js";

/** Refuses passwords, or does what a test in the same process says. */
@Module()
export class PasswordSwitch {
  @PasswordAuth.authChecker("m.login.password", ["password"])
  checkPassword(...args: unknown[]) {
    return ask<AuthResult | null>("checkPassword", null, args);
  }
}
