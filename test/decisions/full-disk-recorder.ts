import "reflect-metadata";
import { once } from "node:events";
import { decisionsOf } from "#src/container/host.js";
import { Module, NOT_SPAM, SpamChecker, startModules } from "#src/index.js";
import { captureLogs } from "#src/testing/captured-logs.js";

// Records more than there is room for, says how that went, and again once it's told that there is room.

@Module()
class Passes {
  @SpamChecker.userMayInvite()
  mayInvite() {
    return NOT_SPAM;
  }
}

// By default a file that has reached its limit ends the process.
process.on("SIGXFSZ", () => undefined);
const [, , file] = process.argv;
const { logger, records } = captureLogs();
const host = await startModules({
  logger,
  modules: [{ module: Passes }],
  decisions: { file: file!, personal: "whole" },
});

async function record(count: number): Promise<void> {
  let allowed = 0;
  for (let number = 0; number < count; number++) {
    const answer = await host.hooks.spamChecker.userMayInvite("@ann:hs", "@bob:hs", "!room:hs");
    if (answer === NOT_SPAM) allowed++;
    // In several blocks.
    if (number % 100 === 0) await decisionsOf(host).written();
  }
  await decisionsOf(host).written();
  const errors = records.filter(({ level }) => level === "error").map(({ message }) => message);
  process.stdout.write(`${JSON.stringify({ allowed, ...host.health().decisions, errors })}\n`);
}

await record(3000);
await once(process.stdin, "data");
await record(10);
await host.stop();
process.stdin.destroy();
