import type { Wire } from "./run.js";

// The answers that runs are made of, in the form in which they cross the pipe.

export const ALICE = "@alice:example.org";
export const BOB = "@bob:remote.example";
export const ROOM = "!room:example.org";

export const NOT_SPAM: Wire = { $: "notSpam" };
export const CALLBACK: Wire = { $: "callback" };

export const tuple = (...items: readonly Wire[]): Wire => ({ $: "tuple", items });
export const set = (...items: readonly Wire[]): Wire => ({ $: "set", items });
export const map = (...entries: readonly (readonly [Wire, Wire])[]): Wire => ({ $: "map", entries });
export const code = (text: string): Wire => ({ $: "code", text });
export const behaviour = (text: string): Wire => ({ $: "behaviour", text });
export const denial = (text: string, fields: { readonly [key: string]: Wire } = {}, error: Wire = null): Wire => ({
  $: "denial",
  code: text,
  fields,
  error,
});
export const limit = (maxBytes: number, timePeriodMs: number): Wire => ({ $: "limit", maxBytes, timePeriodMs });
export const override = (perSecond: number, burstCount: number): Wire => ({ $: "override", perSecond, burstCount });
export const slot = (ms: number): Wire => ({ $: "slot", ms });
export const presence = (userId: string, statusMsg: string | null = null): Wire => ({
  $: "presence",
  userId,
  state: "online",
  lastActiveTs: 1,
  lastFederationUpdateTs: 2,
  lastUserSyncTs: 3,
  statusMsg,
  currentlyActive: true,
});

export const event: Wire = {
  $: "event",
  dict: {
    event_id: "$invite",
    room_id: ROOM,
    type: "m.room.member",
    sender: BOB,
    state_key: ALICE,
    content: { membership: "invite" },
    origin_server_ts: 1,
    depth: 1,
    hashes: {},
    signatures: {},
    prev_events: [],
    auth_events: [],
  },
};
export const state: Wire = { $: "state", entries: [["m.room.member", ALICE, event]] };

// What callbacks throw.

export const ordinary: Wire = { $: "throw", kind: "ordinary", message: "boom" };
export const cancelled: Wire = { $: "throw", kind: "cancelled" };
export const redirect: Wire = { $: "throw", kind: "redirect" };
export const matrix = (status: number, errcode: string, fields: { readonly [key: string]: Wire } = {}): Wire => ({
  $: "throw",
  kind: "matrix",
  status,
  errcode,
  message: "slow down",
  fields,
});
/** One of each kind. */
export const ERRORS: readonly Wire[] = [
  ordinary,
  cancelled,
  redirect,
  matrix(429, "M_LIMIT_EXCEEDED", { retry_after_ms: 5 }),
];
