import type { CategorySamples } from "../hooks/samples.js";
import { PRESENCE_ALL_USERS, type UserPresenceState } from "../matrix/records.js";
import { ALICE, BOB } from "./matrix.samples.js";
import type { presenceRouter } from "./presence-router.js";

const presence: UserPresenceState = {
  userId: ALICE,
  state: "online",
  lastActiveTs: 1,
  lastFederationUpdateTs: 2,
  lastUserSyncTs: 3,
  statusMsg: null,
  currentlyActive: true,
};

export const presenceRouterSamples: CategorySamples<typeof presenceRouter> = {
  getUsersForStates: {
    args: [[presence]],
    empty: new Map(),
    pass: [new Map()],
    decides: [],
    illegal: [null, undefined, [], {}, new Set(), "ALL", new Map([[BOB, [presence]]])].map(
      (answer) => [answer, "skip"] as const,
    ),
  },
  getInterestedUsers: {
    args: [ALICE],
    empty: new Set(),
    pass: [new Set()],
    decides: [[PRESENCE_ALL_USERS, PRESENCE_ALL_USERS]],
    illegal: [null, undefined, [BOB], {}, "all", BOB].map((answer) => [answer, "skip"] as const),
  },
};
