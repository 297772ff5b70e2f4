import {
  AccountData,
  AccountValidity,
  MediaRepository,
  Module,
  NOT_SPAM,
  PasswordAuth,
  RegistrationBehaviour,
  SpamChecker,
  ThirdPartyRules,
  UnsignedFields,
  type AuthResult,
  type EventAllowed,
  type JsonObject,
  type MaybePromise,
  type MediaUploadLimit,
  type Renewal,
  type SpamAnswer,
  type UserId,
} from "#src/index.js";

/** A callback of a test: of any hook, which may answer what no type allows. */
type TestCallback = (...args: never[]) => unknown;

const callbacks = new Map<string, TestCallback>();
const calls = new Map<string, unknown[][]>();

/** Has a test answer a hook; returns the arguments of each call, as they come. */
export function when(hook: string, callback: TestCallback): readonly unknown[][] {
  const args: unknown[][] = [];
  callbacks.set(hook, callback);
  calls.set(hook, args);
  return args;
}

/** Every hook passes again. */
export function hangUp(): void {
  callbacks.clear();
  calls.clear();
}

/** What a test, if any, has to say on a hook. */
export function answer<T>(hook: string, pass: T, args: readonly unknown[]): MaybePromise<T> {
  const callback = callbacks.get(hook);
  if (!callback) return pass;
  calls.get(hook)?.push([...args]);
  return callback(...(args as never[])) as MaybePromise<T>;
}

/** As {@link answer}, of what a hook called a method with: its own arguments, the context, and perhaps nothing more. */
export function ask<T>(hook: string, pass: T, args: readonly unknown[]): MaybePromise<T> {
  return answer(
    hook,
    pass,
    args.slice(
      0,
      args.findLastIndex((arg) => arg !== undefined),
    ),
  );
}

const ALLOWED: EventAllowed = [true, null];

/** Passes, or does what a test in the same process says. */
@Module()
export class Switchboard {
  @SpamChecker.checkEventForSpam()
  checkEventForSpam(...args: unknown[]) {
    return ask<SpamAnswer>("checkEventForSpam", NOT_SPAM, args);
  }

  @SpamChecker.userMayJoinRoom()
  userMayJoinRoom(...args: unknown[]) {
    return ask<SpamAnswer>("userMayJoinRoom", NOT_SPAM, args);
  }

  @SpamChecker.userMayInvite()
  userMayInvite(...args: unknown[]) {
    return ask<SpamAnswer>("userMayInvite", NOT_SPAM, args);
  }

  @SpamChecker.userMaySend3pidInvite()
  userMaySend3pidInvite(...args: unknown[]) {
    return ask<SpamAnswer>("userMaySend3pidInvite", NOT_SPAM, args);
  }

  @SpamChecker.userMayCreateRoom()
  userMayCreateRoom(...args: unknown[]) {
    return ask<SpamAnswer>("userMayCreateRoom", NOT_SPAM, args);
  }

  @SpamChecker.userMayCreateRoomAlias()
  userMayCreateRoomAlias(...args: unknown[]) {
    return ask<SpamAnswer>("userMayCreateRoomAlias", NOT_SPAM, args);
  }

  @SpamChecker.userMayPublishRoom()
  userMayPublishRoom(...args: unknown[]) {
    return ask<SpamAnswer>("userMayPublishRoom", NOT_SPAM, args);
  }

  @SpamChecker.userMaySendStateEvent()
  userMaySendStateEvent(...args: unknown[]) {
    return ask<SpamAnswer>("userMaySendStateEvent", NOT_SPAM, args);
  }

  @SpamChecker.checkUsernameForSpam()
  checkUsernameForSpam(...args: unknown[]) {
    return ask("checkUsernameForSpam", false, args);
  }

  @SpamChecker.checkRegistrationForSpam()
  checkRegistrationForSpam(...args: unknown[]) {
    return ask<RegistrationBehaviour>("checkRegistrationForSpam", RegistrationBehaviour.ALLOW, args);
  }

  @SpamChecker.checkMediaFileForSpam()
  checkMediaFileForSpam(...args: unknown[]) {
    return ask<SpamAnswer>("checkMediaFileForSpam", NOT_SPAM, args);
  }

  @SpamChecker.checkLoginForSpam()
  checkLoginForSpam(...args: unknown[]) {
    return ask<SpamAnswer>("checkLoginForSpam", NOT_SPAM, args);
  }

  @ThirdPartyRules.checkEventAllowed()
  checkEventAllowed(...args: unknown[]) {
    return ask("checkEventAllowed", ALLOWED, args);
  }

  @ThirdPartyRules.onCreateRoom()
  onCreateRoom(...args: unknown[]) {
    return ask<void>("onCreateRoom", undefined, args);
  }

  @ThirdPartyRules.checkThreepidCanBeInvited()
  checkThreepidCanBeInvited(...args: unknown[]) {
    return ask("checkThreepidCanBeInvited", true, args);
  }

  @ThirdPartyRules.checkVisibilityCanBeModified()
  checkVisibilityCanBeModified(...args: unknown[]) {
    return ask("checkVisibilityCanBeModified", true, args);
  }

  @ThirdPartyRules.onNewEvent()
  onNewEvent(...args: unknown[]) {
    return ask<void>("onNewEvent", undefined, args);
  }

  @ThirdPartyRules.checkCanShutdownRoom()
  checkCanShutdownRoom(...args: unknown[]) {
    return ask("checkCanShutdownRoom", true, args);
  }

  @ThirdPartyRules.checkCanDeactivateUser()
  checkCanDeactivateUser(...args: unknown[]) {
    return ask("checkCanDeactivateUser", true, args);
  }

  @ThirdPartyRules.onProfileUpdate()
  onProfileUpdate(...args: unknown[]) {
    return ask<void>("onProfileUpdate", undefined, args);
  }

  @ThirdPartyRules.onUserDeactivationStatusChanged()
  onUserDeactivationStatusChanged(...args: unknown[]) {
    return ask<void>("onUserDeactivationStatusChanged", undefined, args);
  }

  @ThirdPartyRules.onThreepidBind()
  onThreepidBind(...args: unknown[]) {
    return ask<void>("onThreepidBind", undefined, args);
  }

  @ThirdPartyRules.onAddUserThirdPartyIdentifier()
  onAddUserThirdPartyIdentifier(...args: unknown[]) {
    return ask<void>("onAddUserThirdPartyIdentifier", undefined, args);
  }

  @ThirdPartyRules.onRemoveUserThirdPartyIdentifier()
  onRemoveUserThirdPartyIdentifier(...args: unknown[]) {
    return ask<void>("onRemoveUserThirdPartyIdentifier", undefined, args);
  }

  @AccountValidity.isUserExpired()
  isUserExpired(...args: unknown[]) {
    return ask<boolean | null>("isUserExpired", null, args);
  }

  @AccountValidity.onUserRegistration()
  onUserRegistration(...args: unknown[]) {
    return ask<void>("onUserRegistration", undefined, args);
  }

  @AccountValidity.onUserLogin()
  onUserLogin(...args: unknown[]) {
    return ask<void>("onUserLogin", undefined, args);
  }

  @AccountValidity.onLegacySendMail()
  onLegacySendMail(...args: unknown[]) {
    return ask<void>("onLegacySendMail", undefined, args);
  }

  @AccountValidity.onLegacyRenew()
  onLegacyRenew(...args: unknown[]) {
    return ask<Renewal>("onLegacyRenew", [false, false, 0], args);
  }

  @AccountValidity.onLegacyAdminRequest()
  onLegacyAdminRequest(...args: unknown[]) {
    return ask("onLegacyAdminRequest", 0, args);
  }

  @PasswordAuth.authChecker("test.login_type", ["test_field"])
  authChecker(...args: unknown[]) {
    return ask<AuthResult | null>("authChecker", null, args);
  }

  @PasswordAuth.check3pidAuth()
  check3pidAuth(...args: unknown[]) {
    return ask<AuthResult | null>("check3pidAuth", null, args);
  }

  @PasswordAuth.is3pidAllowed()
  is3pidAllowed(...args: unknown[]) {
    return ask("is3pidAllowed", true, args);
  }

  @PasswordAuth.onLoggedOut()
  onLoggedOut(...args: unknown[]) {
    return ask<void>("onLoggedOut", undefined, args);
  }

  @PasswordAuth.getUsernameForRegistration()
  getUsernameForRegistration(...args: unknown[]) {
    return ask<string | null>("getUsernameForRegistration", null, args);
  }

  @PasswordAuth.getDisplaynameForRegistration()
  getDisplaynameForRegistration(...args: unknown[]) {
    return ask<string | null>("getDisplaynameForRegistration", null, args);
  }

  @AccountData.onAccountDataUpdated()
  onAccountDataUpdated(...args: unknown[]) {
    return ask<void>("onAccountDataUpdated", undefined, args);
  }

  @UnsignedFields.addFieldToUnsigned()
  addFieldToUnsigned(...args: unknown[]) {
    return ask<JsonObject>("addFieldToUnsigned", {}, args);
  }

  @MediaRepository.getMediaConfigForUser()
  getMediaConfigForUser(...args: unknown[]) {
    return ask<JsonObject | null>("getMediaConfigForUser", null, args);
  }

  @MediaRepository.isUserAllowedToUploadMediaOfSize()
  isUserAllowedToUploadMediaOfSize(...args: unknown[]) {
    return ask("isUserAllowedToUploadMediaOfSize", true, args);
  }

  @MediaRepository.getMediaUploadLimitsForUser()
  getMediaUploadLimitsForUser(...args: unknown[]) {
    return ask<MediaUploadLimit[] | null>("getMediaUploadLimitsForUser", null, args);
  }

  @MediaRepository.onMediaUploadLimitExceeded()
  onMediaUploadLimitExceeded(...args: unknown[]) {
    return ask<void>("onMediaUploadLimitExceeded", undefined, args);
  }
}

/** A module behind the switchboard, with callbacks that take fewer parameters. */
@Module()
export class SecondModule {
  @SpamChecker.userMayCreateRoom()
  userMayCreateRoom(userId: UserId) {
    return answer<SpamAnswer>("second userMayCreateRoom", NOT_SPAM, [userId]);
  }

  @SpamChecker.checkUsernameForSpam()
  checkUsernameForSpam(profile: { user_id: UserId }) {
    return answer("second checkUsernameForSpam", false, [profile]);
  }

  @ThirdPartyRules.checkEventAllowed()
  checkEventAllowed(...args: unknown[]) {
    return ask("second checkEventAllowed", ALLOWED, args);
  }
}
