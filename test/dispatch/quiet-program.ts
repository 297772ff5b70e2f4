/** A program that calls one hook, and has nothing else to do. Its argument says how, as JSON. */
import { writeSync } from "node:fs";
import { createLogger, Module, NOT_SPAM, SpamChecker, startModules } from "#src/index.js";
import type { Operate } from "#src/config/operate/operate.js";

/** What the program does. */
export interface QuietProgram {
  readonly operate: Operate;
  /** Whether its module never answers. */
  readonly hangs: boolean;
  /** How long the request has, in milliseconds. */
  readonly hasMs?: number;
  /** Whether it stops its host while the hook waits, and doesn't wait for it. */
  readonly stops?: boolean;
}

const { operate, hangs, hasMs, stops } = JSON.parse(process.argv[2]!) as QuietProgram;

@Module()
class Answering {
  @SpamChecker.userMayInvite()
  async answer(): Promise<typeof NOT_SPAM> {
    return hangs ? new Promise(() => undefined) : NOT_SPAM;
  }
}

const host = await startModules({
  logger: createLogger({ level: "error" }),
  modules: [{ module: Answering, operate }],
});
const context = hasMs === undefined ? {} : { deadline: Date.now() + hasMs };
const deciding = host.hooks.spamChecker.userMayInvite(
  "@ann:example.org",
  "@bob:example.org",
  "!room:example.org",
  context,
);
if (stops) {
  await host.stop();
  writeSync(1, "stopped");
} else {
  const verdict = await deciding;
  writeSync(1, verdict === NOT_SPAM ? "allowed" : verdict.code);
}
