import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import type { DecisionRecord } from "#src/decisions/decision-record.js";
import { RECORDING, RecordClaim } from "#src/decisions/record-claim.js";
import { RecordFile } from "#src/decisions/record-file.js";
import type { LigandError } from "#src/errors/ligand-error.js";
import { failureOf } from "../failure-of.js";
import { RecordFolder } from "./record-folder.js";

const PROGRAM = new URL("./killed-recorder.js", import.meta.url).pathname;

/** How many processes are killed. */
const KILLS = 10;

/** What a process says: how many decisions it had made, after so many milliseconds. */
type Said = readonly [made: number, ms: number];

/** Starts a process that records up to a thousand decisions a second, and kills it after a while. */
async function killed(
  file: string,
  afterMs: number,
  meanwhile?: (pid: number) => Promise<void>,
): Promise<readonly Said[]> {
  const child = spawn(process.execPath, [PROGRAM, file], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const said: Said[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [made, ms] = line.split(" ").map(Number) as [number, number];
      said.push([made, ms]);
    });
    for (; (said.at(-1)?.[1] ?? 0) < afterMs; await setTimeout(10)) {
      if (child.exitCode !== null) throw new Error(`the process that records ended by itself: ${child.exitCode}`);
    }
    await meanwhile?.(child.pid!);
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
    return said;
  } finally {
    child.kill("SIGKILL");
  }
}

describe("a process that's killed while it records", function () {
  // It starts ten, and lets each run for more than a second of its own time.
  this.timeout(600_000);

  it("keeps others from recording to its file while it lives, and no longer", async () => {
    using folder = new RecordFolder();
    await killed(folder.file, 100, async (pid) => {
      const error = (await failureOf(RecordClaim.take(folder.file, RECORDING, 0))) as LigandError;
      expect([error.code, error.message, error.remedy]).to.deep.equal([
        "LIGAND_RECORD_UNUSABLE",
        `process ${pid} records decisions to ${folder.file}`,
        "Use another file, or wait until that one has ended.",
      ]);
    });
    const claim = await RecordClaim.take(folder.file, RECORDING, 0);
    await claim.release();
    expect(readdirSync(dirname(folder.file))).to.deep.equal(["decisions.jsonl"]);
  });

  it("has recorded all that's older than a second, and at most the last line is cut", async () => {
    const kill = async (number: number) => {
      using folder = new RecordFolder();
      const said = await killed(folder.file, 1500 + 74 * number);
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
