import { LigandError } from "../errors/ligand-error.js";
import type { EventId } from "../matrix/identifiers.js";
import type { RoomEvent } from "../matrix/room-event.js";
import { randomId } from "./random-id.js";

/** A shadow-banned user's request: the client sees success, but nothing happens. @public */
export class ShadowBanError extends LigandError {
  constructor() {
    super("LIGAND_NOT_SUPPORTED", "the user is shadow-banned", { remedy: "Answer the client as if it had worked." });
  }
}

/** The id of a sent event; for shadow-banned users, the id of one that doesn't exist. @public */
export async function eventIdOrPretence(send: () => Promise<RoomEvent>): Promise<EventId> {
  try {
    return (await send()).eventId;
  } catch (error) {
    if (error instanceof ShadowBanError) return `$${randomId("nothing")}`;
    throw error;
  }
}
