import type { RoomEvent, UserId } from "ligand";

/**
 * The events of a room that a user may see. (Matrix specification, "Room history visibility".)
 *
 * @param timeline all of the room, the oldest first.
 */
export function visibleEvents(timeline: readonly RoomEvent[], userId: UserId): RoomEvent[] {
  const shown = timeline.filter(({ internalMetadata }) => !internalMetadata.softFailed);
  const lastJoin = shown.findLastIndex((event) => isMember(event, userId) && event.membership === "join");
  let visibility: unknown = "shared";
  let membership: string | undefined;
  return shown.filter((event, index) => {
    const before = { visibility, membership };
    if (event.type === "m.room.history_visibility" && event.stateKey === "") {
      visibility = event.content.history_visibility;
    }
    const isOwn = isMember(event, userId);
    if (isOwn) membership = event.membership;
    // Who changes the visibility, or comes and goes, sees it, whichever way it goes.
    const now = [before, { visibility, membership }];
    return (
      isOwn ||
      now.some((at) => at.visibility === "world_readable" || at.membership === "join") ||
      (before.visibility === "shared" && index < lastJoin) ||
      now.some((at) => at.visibility === "invited" && at.membership === "invite")
    );
  });
}

function isMember(event: RoomEvent, userId: UserId): boolean {
  return event.type === "m.room.member" && event.stateKey === userId;
}
