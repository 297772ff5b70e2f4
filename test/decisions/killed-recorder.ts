import "reflect-metadata";
import { setTimeout } from "node:timers/promises";
import { Module, NOT_SPAM, RoomEvent, SpamChecker, startModules } from "#src/index.js";
import { createLogger } from "#src/logging/create-logger.js";

// Records a thousand decisions a second, whose requests are numbered, and says which it has made; until it's killed. A second in
// which the machine hasn't let it run is none.

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
let due = 0;
let before = performance.now();
for (let made = 0; ; await setTimeout(10)) {
  const now = performance.now();
  due += Math.min(now - before, 20);
  before = now;
  for (; made < due; made++) await host.hooks.spamChecker.checkEventForSpam(event, { requestId: String(made) });
  process.stdout.write(`${made} ${Math.round(due)}\n`);
}
