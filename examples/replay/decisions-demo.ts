// Records what the modules of homeserver.yaml decide on the recorded day, and replays it with stricter.yaml: `npm run decisions:demo`.
// Ends with 1 if the decisions that differ aren't as many as a second program finds in the traffic.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startDay } from "./day.js";
import { readRecording, startOfRecording } from "./recording.js";

const run = promisify(execFile);
const OLD = "examples/replay/homeserver.yaml";
const NEW = "examples/replay/stricter.yaml";
const TRAFFIC = "examples/replay/traffic.jsonl";
const CLI = "dist/cli/main.js";
/** Counts the decisions that differ by the traffic alone. */
const COUNT = "build/examples/replay/changed-by-stricter.js";

const folder = await mkdtemp(join(tmpdir(), "ligand-decisions-"));
const record = join(folder, "record.jsonl");
try {
  const asked = await recordDay();
  console.log(`Recorded ${asked} questions of the day, as the modules of ${OLD} answer them.`);

  const replay = ["replay", record, "--config", NEW, "--baseline", OLD];
  const [differences, found, { stdout: counted }] = await Promise.all([
    ligand(...replay),
    differingDecisions(...replay),
    run(process.execPath, [COUNT]),
  ]);
  console.log(differences);
  console.log(`${found.length} decisions differ; the traffic alone says ${counted.trim()}.`);
  if (found.length !== Number(counted)) process.exitCode = 1;

  const [first] = found;
  if (first === undefined) throw new Error(`No decision differs with ${NEW}`);
  console.log(`\nWhy was the first of them decided as it was?\n`);
  console.log(await ligand("why", first, "--record", record));
  console.log(`And with ${NEW}?\n`);
  console.log(await ligand("why", first, "--record", record, "--config", NEW));
} finally {
  await rm(folder, { recursive: true });
}

/** @returns how many questions the day has */
async function recordDay(): Promise<number> {
  // The record has the times of the day, and not of today.
  let nowMs = await startOfRecording(TRAFFIC);
  const realNow = Date.now;
  Date.now = () => nowMs;
  const day = await startDay(OLD, TRAFFIC, { decisions: { file: record, personal: "whole", bodies: true } });
  let asked = 0;
  for await (const read of readRecording(TRAFFIC)) {
    if ("problem" in read) throw new Error(`${TRAFFIC}:${read.line}: ${read.problem}`);
    nowMs = read.timeMs;
    await day.clock.advance(nowMs - day.clock.nowMs());
    await day.ask(read);
    asked++;
  }
  await day.host.stop();
  Date.now = realNow;
  return asked;
}

/** The ids of the decisions that differ. */
async function differingDecisions(...replay: readonly string[]): Promise<string[]> {
  const lines = await ligand(...replay, "--format", "json");
  const all = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; id: string });
  return all.filter(({ kind }) => kind === "difference").map(({ id }) => id);
}

/** What a command writes. That decisions differ isn't a failure here. */
async function ligand(...args: readonly string[]): Promise<string> {
  try {
    return (await run(process.execPath, [CLI, ...args])).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    if (code === 1 && stdout) return stdout;
    throw new Error(`ligand ${args.join(" ")} failed: ${stderr}`, { cause: error });
  }
}
