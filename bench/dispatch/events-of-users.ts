import { RoomEvent } from "ligand";
import { EVENT_DICT } from "./event-dict.js";

/** Users and rooms of the events: a hash is kept, and made anew for a user who wasn't there for long. */
const USERS = 200;

/** An event of about one KB of JSON for each of many users, in a room of their own. */
export function eventsOfUsers(): readonly RoomEvent[] {
  return Array.from({ length: USERS }, (_, user) => eventOf(user));
}

function eventOf(user: number): RoomEvent {
  return new RoomEvent({
    ...EVENT_DICT,
    event_id: `$h29iv0s8sPcgVkxRrgBTvPQMM2oHQ6dAaiAkVqDT${user}`,
    room_id: `!jEsUZKDJdhlrceRyVU${user}:example.org`,
    sender: `@alice${user}:example.org`,
    content: { msgtype: "m.text", body: "A message of usual length, as people write them. ".repeat(8) },
  });
}
