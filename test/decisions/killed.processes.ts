import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect } from "chai";
import type { DecisionRecord } from "#src/decisions/decision-record.js";
import { RecordFile } from "#src/decisions/record-file.js";
import { until } from "../until.js";
import { RecordFolder } from "./record-folder.js";

const PROGRAM = new URL("./killed-recorder.js", import.meta.url).pathname;

/** How many processes are killed. */
const KILLS = 20;

/** What a process says: how many decisions it had made, after so many milliseconds. */
type Said = readonly [made: number, ms: number];

/** Starts a process that records up to a thousand decisions a second, and kills it after a while. */
async function killed(file: string, afterMs: number): Promise<readonly Said[]> {
  const child = spawn(process.execPath, [PROGRAM, file], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const said: Said[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [made, ms] = line.split(" ").map(Number) as [number, number];
      said.push([made, ms]);
    });
    await until(() => (said.at(-1)?.[1] ?? 0) >= afterMs);
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
    return said;
  } finally {
    child.kill("SIGKILL");
  }
}

describe("a process that's killed while it records", function () {
  // It starts twenty, and lets each run for more than a second of its own time.
  this.timeout(600_000);

  it("has recorded all that's older than a second, and at most the last line is cut", async () => {
    const kill = async (number: number) => {
      using folder = new RecordFolder();
      const said = await killed(folder.file, 1500 + 37 * number);
      const text = readFileSync(folder.file, "utf8");
      const lines = text.split("\n");
      const last = lines.pop()!;
      const made = lines.map((line) => Number((JSON.parse(line) as DecisionRecord).requestId));
      expect(made).to.deep.equal(Array.from(made, (_, index) => index));
      const [, endedAt] = said.at(-1)!;
      const [old] = said.findLast(([, ms]) => ms <= endedAt - 1000)!;
      expect(made.length).to.be.at.least(old);
      // The next process goes on behind the last whole line.
      const file = new RecordFile(folder.file);
      await file.open();
      await file.add("{}\n", Date.now());
      await file.close();
      expect(readFileSync(folder.file, "utf8")).to.equal(`${text.slice(0, text.length - last.length)}{}\n`);
    };
    for (let number = 0; number < KILLS; number += 5) {
      await Promise.all([0, 1, 2, 3, 4].map((more) => kill(number + more)));
    }
  });
});
