import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";

const PROGRAM = "build/test/remote/homeserver-side/descriptors-left.js";

describe("a process of modules", () => {
  it("a process of modules that can't be started because no more files can be opened leaves none open, and the error says what to do", async () => {
    const limited = 'ulimit -n 100; exec "$0" --require reflect-metadata "$1"';
    const { stdout } = await promisify(execFile)("sh", ["-c", limited, process.execPath, PROGRAM]);
    const { outcomes, logs, leaked } = JSON.parse(stdout) as { outcomes: string[]; logs: string[]; leaked: number };
    expect(new Set(outcomes)).to.deep.equal(
      new Set([
        "started",
        "LIGAND_START_FAILED: process filters can't be started: no more files can be opened " +
          "Raise the limit of open files: `ulimit -n`, or `LimitNOFILE=` where systemd starts the homeserver.",
      ]),
    );
    expect(outcomes.at(-1)).to.equal("started");
    expect(leaked, logs.join("\n")).to.equal(0);
  });
});
