import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import {
  AccountData,
  AccountValidity,
  BackgroundUpdates,
  inject,
  MediaRepository,
  Module,
  ModuleConfig,
  PasswordAuth,
  PresenceRouter,
  Ratelimit,
  SpamChecker,
  ThirdPartyRules,
  UnsignedFields,
  NOT_SPAM,
  RegistrationBehaviour,
  type BackgroundUpdateSlot,
  type JsonObject,
  type MediaUploadLimit,
  type RoomEvent,
  type UserId,
  type UserPresenceState,
} from "#src/index.js";
import { RecordConfig } from "./bridged-modules.js";

/** Has an answer to every hook that a client can set going, and writes down what it was asked. */
@Module({ config: RecordConfig })
export class Watcher {
  constructor(@inject(ModuleConfig) private readonly config: RecordConfig) {}

  #record(hook: string, ...args: unknown[]): void {
    appendFileSync(this.config.file, `${JSON.stringify([hook, ...args])}\n`);
  }

  @SpamChecker.userMayJoinRoom()
  join(...[userId, , isInvited]: [UserId, string, boolean]) {
    this.#record("userMayJoinRoom", userId, isInvited);
    return NOT_SPAM;
  }

  @SpamChecker.userMayCreateRoom()
  createRoom(userId: UserId, config: JsonObject) {
    this.#record("userMayCreateRoom", userId, config);
    return config["name"] === "spam" ? "M_FORBIDDEN" : NOT_SPAM;
  }

  @SpamChecker.userMayCreateRoomAlias()
  createAlias(userId: UserId, alias: { toString(): string }) {
    this.#record("userMayCreateRoomAlias", userId, alias.toString());
    return NOT_SPAM;
  }

  @SpamChecker.checkRegistrationForSpam()
  registration(_threepid: unknown, username: string | null, requests: readonly unknown[]) {
    this.#record("checkRegistrationForSpam", username, requests.length);
    return username === "denied" ? RegistrationBehaviour.DENY : RegistrationBehaviour.ALLOW;
  }

  @SpamChecker.checkLoginForSpam()
  login(userId: UserId) {
    return userId.startsWith("@locked-out") ? "M_USER_DEACTIVATED" : NOT_SPAM;
  }

  @ThirdPartyRules.onProfileUpdate()
  profile(...args: unknown[]) {
    this.#record("onProfileUpdate", ...args.slice(0, 4));
  }

  @ThirdPartyRules.checkVisibilityCanBeModified()
  visibility(_roomId: string, state: { readonly size: number }, visibility: string) {
    this.#record("checkVisibilityCanBeModified", state.size, visibility);
    return true;
  }

  @ThirdPartyRules.checkCanDeactivateUser()
  deactivate(userId: UserId, byAdmin: boolean) {
    this.#record("checkCanDeactivateUser", userId, byAdmin);
    return !userId.startsWith("@immortal");
  }

  @ThirdPartyRules.onUserDeactivationStatusChanged()
  deactivated(...args: unknown[]) {
    this.#record("onUserDeactivationStatusChanged", ...args.slice(0, 3));
  }

  @PresenceRouter.getUsersForStates()
  states(updates: Iterable<UserPresenceState>) {
    // Each state to the watcher, as a fresh object: equal states must come out as one.
    return new Map([["@presence-fan:synapse.test" as UserId, new Set(Array.from(updates, (state) => ({ ...state })))]]);
  }

  @PresenceRouter.getInterestedUsers()
  interested(userId: UserId) {
    return userId.startsWith("@presence-fan") ? "ALL" : new Set<UserId>();
  }

  @AccountValidity.isUserExpired()
  expired(userId: UserId) {
    return userId.startsWith("@expired") ? true : null;
  }

  @AccountValidity.onUserRegistration()
  registered(userId: UserId) {
    this.#record("onUserRegistration", userId);
  }

  @AccountValidity.onUserLogin()
  loggedIn(...args: unknown[]) {
    this.#record("onUserLogin", ...args.slice(0, 3));
  }

  @AccountValidity.onLegacyAdminRequest()
  async renewByAdmin(request: Request) {
    const { user_id, expiration_ts } = (await request.json()) as { user_id: string; expiration_ts: number };
    this.#record("onLegacyAdminRequest", user_id, new URL(request.url).pathname);
    return expiration_ts;
  }

  @AccountValidity.onLegacyRenew()
  renew(token: string): readonly [boolean, boolean, number] {
    return [token === "valid", token === "stale", 1234];
  }

  @PasswordAuth.getDisplaynameForRegistration()
  displayname(_results: JsonObject, params: JsonObject) {
    return params["username"] === "named" ? "A Name" : null;
  }

  @PasswordAuth.onLoggedOut()
  loggedOut(userId: UserId) {
    this.#record("onLoggedOut", userId);
  }

  @AccountData.onAccountDataUpdated()
  accountData(...args: unknown[]) {
    this.#record("onAccountDataUpdated", ...args.slice(0, 4));
  }

  @UnsignedFields.addFieldToUnsigned()
  unsigned(event: RoomEvent) {
    return { "org.example.length": JSON.stringify(event.content).length, "org.example.id": event.eventId };
  }

  @MediaRepository.getMediaConfigForUser()
  mediaConfig(userId: UserId) {
    return userId.startsWith("@media") ? { "m.upload.size": 17 } : null;
  }

  @MediaRepository.isUserAllowedToUploadMediaOfSize()
  mayUpload(_userId: UserId, size: number) {
    return size < 1000;
  }

  @MediaRepository.getMediaUploadLimitsForUser()
  limits(userId: UserId): MediaUploadLimit[] | null {
    return userId.startsWith("@media") ? [{ maxBytes: 20, timePeriodMs: 60_000 }] : null;
  }

  @MediaRepository.onMediaUploadLimitExceeded()
  exceeded(userId: UserId, limit: MediaUploadLimit, sent: number, attempted: number) {
    this.#record("onMediaUploadLimitExceeded", userId, limit.maxBytes, limit.timePeriodMs, sent, attempted);
  }

  @Ratelimit.getRatelimitOverrideForUser()
  ratelimit(userId: UserId, limiter: string) {
    this.#record("getRatelimitOverrideForUser", userId, limiter);
    return userId.startsWith("@slow") ? { perSecond: 0.0001, burstCount: 1 } : null;
  }
}

/** Gives each iteration of a background update 50 ms, after a pause. */
@Module({ config: RecordConfig })
export class UpdateController {
  constructor(@inject(ModuleConfig) private readonly config: RecordConfig) {}

  #record(hook: string, ...args: unknown[]): void {
    appendFileSync(this.config.file, `${JSON.stringify([hook, ...args])}\n`);
  }

  @BackgroundUpdates.onUpdate()
  update(...[name, database]: [string, string]): BackgroundUpdateSlot {
    const slot = new Slot((what) => this.#record("slot", name, database, what));
    return slot;
  }

  @BackgroundUpdates.defaultBatchSize()
  batchSize(name: string) {
    this.#record("defaultBatchSize", name);
    return 50;
  }
}

class Slot implements BackgroundUpdateSlot {
  constructor(private readonly notify: (what: string) => void) {}

  async enter() {
    this.notify("enter");
    await setTimeout(5);
    return 50;
  }

  async exit(error?: unknown) {
    this.notify(error ? "failed" : "exit");
  }
}
