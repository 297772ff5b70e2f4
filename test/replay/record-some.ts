import { join } from "node:path";
import { homeserverBindings } from "ligand/homeserver";
import { createInMemoryHomeserver, requester, roomEvent, stateOf } from "ligand/testing";
import type { DecisionsOptions } from "#src/decisions/decisions-options.js";
import type { RoomEvent } from "#src/matrix/room-event.js";
import type { StateMap } from "#src/matrix/state-map.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { entry, type Folder } from "./recorded.js";

export const MODULES = [
  entry("WordFilter", { words: ["gold"] }),
  entry("UserFilter", { users: ["@eve:example.org"] }),
  entry("AdminsInvite"),
  entry("NamedRooms"),
  entry("RoomNamer"),
  entry("NamePicker"),
  entry("Noting"),
];

/** Asks modules some hooks, and records what comes of it: nine decisions. */
export async function recordSome(
  folder: Folder,
  options: Omit<DecisionsOptions, "file">,
): Promise<{ readonly file: string; readonly config: string }> {
  const config = await folder.config(MODULES, "modules.yaml", { server_name: "example.org" });
  const file = join(folder.path, "records", "record.jsonl");
  const { logger } = captureLogs();
  const homeserver = createInMemoryHomeserver({ logger });
  const host = await startModules({
    configFile: config,
    services: homeserverBindings(homeserver),
    logger,
    decisions: { file, ...options },
  });
  try {
    const { spamChecker, thirdPartyRules, passwordAuth } = host.hooks;
    const admin = await homeserver.user("ann", { admin: true });
    await homeserver.user("bob");
    const named = stateOf(roomEvent({ type: "m.room.name", state_key: "", content: { name: "Tea" } }));
    const message = (sender: `@${string}:${string}`, body: string) => roomEvent({ sender, content: { body } });
    await spamChecker.checkEventForSpam(message("@ann:example.org", "tea"));
    await spamChecker.checkEventForSpam(message("@ann:example.org", "gold"));
    await spamChecker.checkEventForSpam(message("@eve:example.org", "tea"));
    await spamChecker.userMayInvite(admin.userId, "@bob:example.org", "!room:example.org");
    await spamChecker.userMayInvite("@bob:example.org", "@ann:example.org", "!room:example.org");
    await thirdPartyRules.checkEventAllowed(message("@ann:example.org", "tea"), named);
    await thirdPartyRules.checkEventAllowed(message("@ann:example.org", "tea"), stateOf() as StateMap<RoomEvent>);
    await thirdPartyRules.onCreateRoom(requester("@ann:example.org"), { topic: "tea" }, false);
    await passwordAuth.getUsernameForRegistration({}, {});
  } finally {
    await host.stop();
  }
  return { file, config };
}
