// Starts the modules of a homeserver.yaml and feeds a recording through their hooks:
//   node examples/replay/main.js [homeserver.yaml [traffic.jsonl]]
import { join } from "node:path";
import { bindService, Clock, createLogger, Server, startModules, type Observation } from "ligand";
import { SteppedClock } from "../stepped-clock.js";
import { outcomeOf, outcomeOfError, watchRequest, type Outcome } from "./outcome.js";
import { readRecording, startOfRecording, type RecordedCall } from "./recording.js";
import { Report } from "./report.js";
import { readServer } from "./read-server.js";
import { finishLogin } from "./finish-login.js";

const [
  configFile = join(import.meta.dirname, "homeserver.yaml"),
  recording = join(import.meta.dirname, "traffic.jsonl"),
] = process.argv.slice(2);

// The modules live in the time of the recording.
const clock = new SteppedClock(await startOfRecording(recording));
const server = await readServer(configFile);
const observations: Observation[] = [];
const host = await startModules({
  configFile,
  services: [bindService(Clock, clock), bindService(Server, server)],
  logger: createLogger({ level: "warn" }),
  observer: (observation) => observations.push(observation),
});

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
