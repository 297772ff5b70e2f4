import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { PYTHON } from "./running-synapse.js";

const PROGRAM = resolve("test/synapse/fill_room.py");

/** What makes a room large. */
export interface RoomSize {
  /** How many users of another server join it. */
  readonly members: number;
  /** How many further state events it gets, of 48 KB each. */
  readonly largeEvents: number;
}

export const FIVE_THOUSAND_MEMBERS: RoomSize = { members: 5000, largeEvents: 0 };
export const STATE_OF_36_MB: RoomSize = { members: 0, largeEvents: 750 };

/** The users come from a server that doesn't exist: Synapse shouldn't look for it. */
export const SETTINGS_OF_LARGE_ROOMS = { federation_domain_whitelist: [] };

/**
 * Makes a room of a Synapse on SQLite large, by writing its rows; `fill_room.py` says which. Synapse must be stopped,
 * because it keeps the state of rooms in memory.
 *
 * @param directory that of the Synapse
 */
export function fillRoom(directory: string, roomId: string, { members, largeEvents }: RoomSize): void {
  const database = join(directory, "homeserver.db");
  execFileSync(PYTHON, [PROGRAM, database, roomId, String(members), String(largeEvents)]);
}
