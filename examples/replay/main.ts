// Starts the modules of a homeserver.yaml and feeds a recording through their hooks:
//   node build/examples/replay/main.js [homeserver.yaml [traffic.jsonl]]
import { ConfigError, createLogger, StartError, startModules, type Observation } from "ligand";
import { homeserverBindings } from "ligand/homeserver";
import { createInMemoryHomeserver } from "ligand/testing";
import { outcomeOf, outcomeOfError, watchRequest, type Outcome } from "./outcome.js";
import { readRecording, startOfRecording, type RecordedCall } from "./recording.js";
import { Report } from "./report.js";
import { readServer } from "./read-server.js";
import { finishLogin } from "./finish-login.js";

const [configFile = "examples/replay/homeserver.yaml", recording = "examples/replay/traffic.jsonl"] =
  process.argv.slice(2);

// A reader such as `head` may go away before the end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const logger = createLogger({ level: "warn" });
// Offers every service to modules. It has no hooks: what modules do by services is not asked about.
const homeserver = createInMemoryHomeserver({ logger, server: await readServer(configFile) });
// The modules live in the time of the recording.
const { clock, server } = homeserver;
await clock.advance((await startOfRecording(recording)) - clock.nowMs());

const observations: Observation[] = [];
const host = await startModules({
  configFile,
  services: homeserverBindings(homeserver),
  logger,
  observer: (observation) => observations.push(observation),
}).catch(explain);

const report = new Report(process.stdout);
report.host(host);

for await (const read of readRecording(recording)) {
  if ("problem" in read) {
    report.badLine(recording, read);
    process.exitCode = 1;
    continue;
  }
  await clock.advance(read.timeMs - clock.nowMs());
  observations.length = 0;
  report.call(read, await ask(read), observations);
}
report.summary();
await host.stop();

async function ask({ hook, args, context }: RecordedCall): Promise<Outcome> {
  const [category, name] = hook.split(".") as [keyof typeof host.hooks, string];
  // The names come from the recording, and its reader made the arguments that the hook declares.
  const methods = host.hooks[category] as unknown as Record<string, (...args: unknown[]) => unknown>;
  const changes = watchRequest(hook, args);
  try {
    const result = await methods[name]!(...args, context);
    return changes() ?? outcomeOf(hook, await finishLogin(result, server));
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** The message of these errors lists every problem, with its place in the configuration; the stack adds nothing. */
function explain(error: unknown): never {
  if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
  console.error(error.message);
  process.exit(1);
}
