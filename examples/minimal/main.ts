import { NOT_SPAM, RoomEvent, startModules } from "ligand";

const host = await startModules({ configFile: "examples/minimal/homeserver.yaml" });

for (const sender of ["@alice:example.org", "@eve:example.org"] as const) {
  const content = { msgtype: "m.text", body: "Hello!" };
  const event = new RoomEvent({ room_id: "!lobby:example.org", type: "m.room.message", sender, content });
  const verdict = await host.hooks.spamChecker.checkEventForSpam(event);
  console.log(sender, verdict === NOT_SPAM ? "may speak" : `is refused: ${verdict.code}, ${verdict.error}`);
}

await host.stop();
