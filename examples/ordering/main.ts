import { RoomEvent, startModules, StateMap } from "ligand";

const BODIES = ["Call +49 30 1234567", "See https://example.org", "Call +49 30 1234567 or see https://example.org"];

for (const file of ["phone-numbers-first.yaml", "links-first.yaml"]) {
  const host = await startModules({ configFile: `examples/ordering/${file}` });
  const { checkEventAllowed } = host.hooks.thirdPartyRules;
  console.log(`# ${file}: ${checkEventAllowed.callbacks.map(({ name }) => name).join(", then ")}`);
  for (const body of BODIES) {
    const content = { msgtype: "m.text", body };
    const event = new RoomEvent({
      room_id: "!r:example.org",
      type: "m.room.message",
      sender: "@a:example.org",
      content,
    });
    const [allowed, replacement] = await checkEventAllowed(event, new StateMap());
    console.log(
      `${body}\n  ${!allowed ? "refused" : replacement ? JSON.stringify(replacement["content"]) : "as it is"}`,
    );
  }
  console.log();
  await host.stop();
}
