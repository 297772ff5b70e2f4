import type { UserId, RoomEvent } from "ligand";
import type { Homeserver } from "ligand/homeserver";

/** Whether the user of a membership wants to know no more of the room. (Specification, "Leaving rooms".) */
export async function isForgotten({ storage }: Pick<Homeserver, "storage">, member: RoomEvent): Promise<boolean> {
  const row = await storage.forgotten.get({ userId: member.stateKey as UserId, roomId: member.roomId });
  return row?.eventId === member.eventId;
}
