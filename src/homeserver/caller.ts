import type { HookContext } from "../hooks/context.js";
import { ParsedUserId, type UserId } from "../matrix/identifiers.js";
import type { Requester } from "../matrix/records.js";

/** Who makes a request, and what callbacks learn about them. @public */
export interface Caller {
  readonly requester: Requester;
  readonly context: HookContext;
  /** The client's name for the request, which lets it retry. */
  readonly txnId?: string;
}

const LOCAL: HookContext = Object.freeze({ origin: "local" });

/** The homeserver itself, acting on a user's behalf. @public */
export function asServer(serverName: string, userId: UserId, context: HookContext = LOCAL): Caller {
  return { requester: requesterFor(userId, { authenticatedEntity: serverName }), context };
}

/** A plain requester, except for the members given. @public */
export function requesterFor(userId: UserId, members: Partial<Requester> = {}): Requester {
  return Object.freeze({
    user: ParsedUserId.fromString(userId),
    userId,
    accessTokenId: null,
    isGuest: false,
    scope: new Set<string>(),
    shadowBanned: false,
    deviceId: null,
    appServiceId: null,
    authenticatedEntity: userId,
    ...members,
  });
}
