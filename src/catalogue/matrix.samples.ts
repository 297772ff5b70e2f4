import { RoomEvent } from "../matrix/room-event.js";
import { StateMap } from "../matrix/state-map.js";

export const ALICE = "@alice:example.org";
export const BOB = "@bob:remote.example";
export const ROOM = "!room:example.org";
export const INVITE = new RoomEvent({
  event_id: "$event",
  room_id: ROOM,
  type: "m.room.member",
  sender: BOB,
  state_key: ALICE,
  content: { membership: "invite" },
});
export const STATE = StateMap.ofEvents([INVITE]);

/** A password that log lines show in several forms: escaped in JSON, encoded in a URL. */
export const PASSWORD = 'hunter2 & "Höl/der"';

/** Answers of hooks that callbacks are only notified by. */
export const notified = { empty: undefined, pass: [undefined, false, "x"], decides: [] } as const;

/** Answers of hooks of which the first `false` decides. */
export const unlessFalse = {
  empty: true,
  pass: [true],
  decides: [[false, false]],
  illegal: [null, undefined, 0, "", "false", [], {}].map((answer) => [answer, "skip"] as const),
} as const;
