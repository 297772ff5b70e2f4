// Starts the modules of a homeserver.yaml and feeds a recording through their hooks:
//   node build/examples/replay/main.js [homeserver.yaml [traffic.jsonl]]
import { ConfigError, StartError, type Observation } from "ligand";
import { startDay } from "./day.js";
import { readRecording } from "./recording.js";
import { Report } from "./report.js";

const [configFile = "examples/replay/homeserver.yaml", recording = "examples/replay/traffic.jsonl"] =
  process.argv.slice(2);

// A reader such as `head` may go away before the end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const observations: Observation[] = [];
const day = await startDay(configFile, recording, {
  observer: (observation) => observations.push(observation),
}).catch(explain);
const { host, clock } = day;

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
  report.call(read, await day.ask(read), observations);
}
report.summary();
await host.stop();

/** The message of these errors lists every problem, with its place in the configuration; the stack adds nothing. */
function explain(error: unknown): never {
  if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
  console.error(error.message);
  process.exit(1);
}
