import type { CategoryMethods, ChainMethods } from "../hooks/category.js";
import { decoratorsOf } from "../hooks/decorators.js";
import { accountData } from "./account-data.js";
import { accountValidity } from "./account-validity.js";
import { backgroundUpdates } from "./background-updates.js";
import { federation } from "./federation.js";
import { mediaRepository } from "./media-repository.js";
import { passwordAuth } from "./password-auth.js";
import { presenceRouter } from "./presence-router.js";
import { ratelimit } from "./ratelimit.js";
import { spamChecker } from "./spam-checker.js";
import { thirdPartyRules } from "./third-party-rules.js";
import { unsignedFields } from "./unsigned-fields.js";

/** Every category, by the name of its property of `host.hooks`. @public */
export const CATALOGUE = {
  spamChecker,
  thirdPartyRules,
  presenceRouter,
  accountValidity,
  passwordAuth,
  backgroundUpdates,
  accountData,
  unsignedFields,
  mediaRepository,
  ratelimit,
  federation,
} as const;

/** What `host.hooks` is: one property per category, one method per hook. @public */
export type Hooks = { readonly [Name in keyof typeof CATALOGUE]: CategoryMethods<(typeof CATALOGUE)[Name]> };

/** The chains that the hooks are made of, each as a method: what crosses to another process. */
export type Chains = { readonly [Name in keyof typeof CATALOGUE]: ChainMethods<(typeof CATALOGUE)[Name]["hooks"]> };

/**
 * Decorates callbacks that decide what is spam, such as events, invites, media and logins.
 *
 * @example
 * ```ts
 * import { Codes, deny, Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";
 *
 * @Module()
 * export class NoLinks {
 *   @SpamChecker.checkEventForSpam()
 *   refuseLinks(event: RoomEvent) {
 *     const isLink = String(event.content["body"]).includes("https://");
 *     return isLink ? deny(Codes.FORBIDDEN, { error: "No links, please" }) : NOT_SPAM;
 *   }
 * }
 * ```
 *
 * @public
 */
export const SpamChecker = decoratorsOf(spamChecker);

/**
 * Decorates callbacks that allow, refuse or replace events, and are notified of what happened in rooms.
 *
 * @example
 * ```ts
 * import { Module, ThirdPartyRules, type EventAllowed, type RoomEvent } from "ligand";
 *
 * @Module()
 * export class NoTopics {
 *   @ThirdPartyRules.checkEventAllowed()
 *   refuseTopics(event: RoomEvent): EventAllowed {
 *     return [event.type !== "m.room.topic", null];
 *   }
 * }
 * ```
 *
 * @public
 */
export const ThirdPartyRules = decoratorsOf(thirdPartyRules);

/**
 * Decorates callbacks that send presence to users who share no room.
 *
 * @example
 * ```ts
 * import { Module, PRESENCE_ALL_USERS, PresenceRouter, type UserId, type UserPresenceState } from "ligand";
 *
 * @Module()
 * export class Supervisor {
 *   @PresenceRouter.getUsersForStates()
 *   showEverybody(states: Iterable<UserPresenceState>) {
 *     return new Map<UserId, Set<UserPresenceState>>([["@boss:example.org", new Set(states)]]);
 *   }
 *
 *   @PresenceRouter.getInterestedUsers()
 *   readEverybody(userId: UserId) {
 *     return userId === "@boss:example.org" ? PRESENCE_ALL_USERS : new Set<UserId>();
 *   }
 * }
 * ```
 *
 * @public
 */
export const PresenceRouter = decoratorsOf(presenceRouter);

/**
 * Decorates callbacks that decide whether accounts have expired, and are notified of registrations and logins.
 *
 * @example
 * ```ts
 * import { AccountValidity, Module, type UserId } from "ligand";
 *
 * @Module()
 * export class GuestsExpire {
 *   @AccountValidity.isUserExpired()
 *   expireGuests(userId: UserId) {
 *     return userId.startsWith("@guest-") ? true : null;
 *   }
 * }
 * ```
 *
 * @public
 */
export const AccountValidity = decoratorsOf(accountValidity);

/**
 * Decorates callbacks that check logins, and choose the names of new users.
 *
 * @example
 * ```ts
 * import { Module, PasswordAuth, type AuthResult, type JsonObject } from "ligand";
 *
 * @Module()
 * export class OneTimeCodes {
 *   @PasswordAuth.authChecker("com.example.code", ["code"])
 *   check(username: string, _loginType: string, { code }: JsonObject): AuthResult | null {
 *     return code === "123456" ? [`@${username}:example.org`, null] : null;
 *   }
 * }
 * ```
 *
 * @public
 */
export const PasswordAuth = decoratorsOf(passwordAuth);

/**
 * Decorates callbacks that control when the homeserver's background updates run.
 *
 * @example
 * ```ts
 * import { BackgroundUpdates, Module, type BackgroundUpdateSlot } from "ligand";
 *
 * @Module()
 * export class FixedPace {
 *   @BackgroundUpdates.onUpdate()
 *   slotFor(_updateName: string, _databaseName: string, _oneShot: boolean): BackgroundUpdateSlot {
 *     return { enter: async () => 100, exit: async () => {} };
 *   }
 * }
 * ```
 *
 * @public
 */
export const BackgroundUpdates = decoratorsOf(backgroundUpdates);

/**
 * Decorates callbacks that are notified of changes of account data.
 *
 * @example
 * ```ts
 * import { AccountData, inject, Module, ModuleLogger, type RoomId, type UserId } from "ligand";
 *
 * @Module()
 * export class WatchesAccountData {
 *   constructor(@inject(ModuleLogger) private readonly log: ModuleLogger) {}
 *
 *   @AccountData.onAccountDataUpdated()
 *   changed(userId: UserId, _roomId: RoomId | null, type: string) {
 *     this.log.info(`${userId} changed ${type}`);
 *   }
 * }
 * ```
 *
 * @public
 */
export const AccountData = decoratorsOf(accountData);

/**
 * Decorates callbacks that add fields to the `unsigned` of events that clients receive.
 *
 * @example
 * ```ts
 * import { Module, UnsignedFields, type RoomEvent } from "ligand";
 *
 * @Module()
 * export class MarksBots {
 *   @UnsignedFields.addFieldToUnsigned()
 *   mark(event: RoomEvent) {
 *     return event.sender.startsWith("@bot-") ? { "com.example.bot": true } : {};
 *   }
 * }
 * ```
 *
 * @public
 */
export const UnsignedFields = decoratorsOf(unsignedFields);

/**
 * Decorates callbacks that decide who may upload what.
 *
 * @example
 * ```ts
 * import { MediaRepository, Module, type UserId } from "ligand";
 *
 * @Module()
 * export class SmallUploads {
 *   @MediaRepository.isUserAllowedToUploadMediaOfSize()
 *   isSmall(_userId: UserId, size: number) {
 *     return size <= 1_000_000;
 *   }
 * }
 * ```
 *
 * @public
 */
export const MediaRepository = decoratorsOf(mediaRepository);

/**
 * Decorates callbacks that replace configured rates for single users.
 *
 * @example
 * ```ts
 * import { Module, Ratelimit, type UserId } from "ligand";
 *
 * @Module()
 * export class FastBots {
 *   @Ratelimit.getRatelimitOverrideForUser()
 *   rateOf(userId: UserId, _limiterName: string) {
 *     return userId.startsWith("@bot-") ? { perSecond: 10, burstCount: 50 } : null;
 *   }
 * }
 * ```
 *
 * @public
 */
export const Ratelimit = decoratorsOf(ratelimit);

/**
 * Decorates callbacks that are notified of what goes to other servers.
 *
 * @example
 * ```ts
 * import { Federation, inject, Module, ModuleLogger, type FederationDelivery } from "ligand";
 *
 * @Module()
 * export class WatchesDeliveries {
 *   constructor(@inject(ModuleLogger) private readonly log: ModuleLogger) {}
 *
 *   @Federation.onEventDeliveredOverFederation()
 *   delivered({ serverName, events }: FederationDelivery) {
 *     this.log.info(`${events.length} events went to ${serverName}`);
 *   }
 * }
 * ```
 *
 * @public
 */
export const Federation = decoratorsOf(federation);
