import "reflect-metadata";
import { setTimeout } from "node:timers/promises";
import { Module, NOT_SPAM, RoomEvent, SpamChecker, startModules } from "#src/index.js";
import { createLogger } from "#src/logging/create-logger.js";

// Records at most a thousand decisions a second, whose requests are numbered, and says which it has made; until it's killed.

@Module()
class Passes {
  @SpamChecker.checkEventForSpam()
  check() {
    return NOT_SPAM;
  }
}

const [, , file] = process.argv;
const host = await startModules({
  logger: createLogger({ level: "error" }),
  modules: [{ module: Passes }, { module: Passes, id: "Second" }, { module: Passes, id: "Third" }],
  decisions: { file: file! },
});
const event = new RoomEvent({ room_id: "!room:hs", type: "m.room.message", sender: "@ann:hs", content: { body: "x" } });
// Counted in turns, each of which takes 50 ms or more: on a busy machine the process has no time that passes without it.
for (let ms = 0; ; ms += 50) {
  for (let made = ms; made < ms + 50; made++) {
    await host.hooks.spamChecker.checkEventForSpam(event, { requestId: String(made) });
  }
  process.stdout.write(`${ms + 50} ${ms}\n`);
  await setTimeout(50);
}
