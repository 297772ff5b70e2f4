import { category } from "../hooks/category.js";
import { skip } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { legal } from "../hooks/legal-answers.js";
import { unionByKey, unionUnlessAll } from "../hooks/strategies.js";
import { isPlainObject, jsonFault } from "../matrix/json.js";
import type { UserId } from "../matrix/identifiers.js";
import { PRESENCE_PRIVACY } from "../matrix/privacy.js";
import { PRESENCE_ALL_USERS, type PresenceAllUsers, type UserPresenceState } from "../matrix/records.js";

const routed = { failure: skip("warn"), refusal: null, shield: true, repeatable: true, frequent: true } as const;

export const presenceRouter = category({
  name: "PresenceRouter",
  summary: "Sends presence to users who share no room. Both hooks belong together.",
  since: "1.42.0",
  hooks: {
    getUsersForStates: hook<
      [stateUpdates: Iterable<UserPresenceState>],
      ReadonlyMap<UserId, ReadonlySet<UserPresenceState>>,
      ReadonlyMap<UserId, ReadonlySet<UserPresenceState>>
    >({
      ...routed,
      summary:
        "Asked which users receive which presence states, besides those who share a room, whenever presence changes.",
      since: "1.42.0",
      parameters: [{ name: "stateUpdates", summary: "the states that changed", privacy: { "*": PRESENCE_PRIVACY } }],
      answers: legal(
        "a `Map` from user id, local or remote, to a `Set` of the states for that user",
        unionByKey<UserId, UserPresenceState>(stateIdentity, isRoute),
        { privacy: "personal" },
      ),
      requires: ["getInterestedUsers"],
    }),
    getInterestedUsers: hook<
      [userId: UserId],
      ReadonlySet<UserId> | PresenceAllUsers,
      ReadonlySet<UserId> | PresenceAllUsers
    >({
      ...routed,
      summary: "Asked whose presence a user receives, besides those who share a room, whenever presence is read.",
      since: "1.42.0",
      parameters: [{ name: "userId", summary: "the user who reads, local or remote", privacy: "personal" }],
      answers: legal(
        "a `Set` of user ids, or `PRESENCE_ALL_USERS`",
        unionUnlessAll<UserId, PresenceAllUsers>(PRESENCE_ALL_USERS),
        { privacy: "personal" },
      ),
      requires: ["getUsersForStates"],
    }),
  },
});

function isRoute(user: unknown, state: unknown): boolean {
  return typeof user === "string" && isPlainObject(state) && jsonFault(state) === undefined;
}

/** Two presence states are the same if all their members are equal. */
function stateIdentity(state: UserPresenceState): string {
  return JSON.stringify([
    state.userId,
    state.state,
    state.lastActiveTs,
    state.lastFederationUpdateTs,
    state.lastUserSyncTs,
    state.statusMsg,
    state.currentlyActive,
  ]);
}
