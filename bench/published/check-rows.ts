import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { promisify } from "node:util";
import { spreadRow, type Row } from "../row.js";
import { shuffled, spreadOf } from "../statistics.js";
import { BUNDLE, withPublished } from "./published.js";

const run = promisify(execFile);

/** Says on standard error how many seconds of processor time the process took, from its beginning to its end. */
const REPORT = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    writeSync(2, String((user + system) / 1e6));
  });
`)}`;

/** What the published `ligand check` takes for a configuration of one module. */
export async function checkRows(times: number): Promise<Row[]> {
  const main = join(BUNDLE, "cli", "main.js");
  const commands = {
    "node, an empty file": [fileURLToPath(new URL("./empty.js", import.meta.url))],
    "ligand check, a module without config class": [main, "check", "plain.yaml"],
    "ligand check, a module with a config class": [main, "check", "words.yaml"],
  };
  const seconds = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
  await withPublished(async (cwd) => {
    for (let time = 0; time < times; time++) {
      for (const [name, command] of shuffled(Object.entries(commands))) {
        const { stderr } = await run(process.execPath, ["--import", REPORT, ...command], { cwd });
        seconds.get(name)!.push(Number(stderr));
      }
    }
  });
  return Array.from(seconds, ([name, each]) => {
    const target = name.startsWith("ligand") ? 0.65 : undefined;
    return spreadRow("commands: processor time", name, "s", spreadOf(each), target);
  });
}
