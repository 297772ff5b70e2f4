import { execFile } from "node:child_process";
import { open, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { called, decision, entry, Folder } from "./recorded.js";

const run = promisify(execFile);
const CLI = "dist/cli/main.js";
const SIZE = 1024 ** 3;
/** Node and Ligand take 100 MiB without reading anything. */
const MOST_RESIDENT = 400 * 1024 ** 2;
/** Says how much memory the process had at most, in bytes, where its own output doesn't go. */
const MEASURED = `data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS*1024)))`;

describe("a record of 1 GB", function () {
  this.timeout(600_000);
  let folder: Folder;
  let record: string;

  before(async () => {
    folder = await Folder.make();
    const callbacks = [called("UserFilter", "UserFilter.check")];
    record = await folder.record([decision({ id: "first", callbacks })]);
    const file = await open(record, "r+");
    try {
      // What is in between takes no room on the disk, and is one line that no decision is as long as.
      await file.write(`\n${JSON.stringify(decision({ id: "last", callbacks }))}\n`, SIZE);
    } finally {
      await file.close();
    }
    const { size, blocks } = await stat(record);
    expect([size > SIZE, blocks * 512 < 1024 ** 2]).to.deep.equal([true, true]);
  });
  after(() => folder.remove());

  async function ligand(...args: string[]): Promise<{ readonly lines: object[]; readonly resident: number }> {
    const { stdout, stderr } = await run(process.execPath, ["--import", MEASURED, CLI, ...args]);
    const [resident] = /\d+$/.exec(stderr)!;
    return {
      lines: stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
      resident: Number(resident),
    };
  }

  it("is replayed in little memory", async () => {
    const config = await folder.config([entry("UserFilter", { users: ["@ann:hs"] })]);
    const { lines, resident } = await ligand("replay", record, "--config", config, "--format", "json");
    expect(lines.at(-1)).to.deep.include({ decisions: 3, same: 2, unknown: { "broken line": 1 } });
    expect(resident).to.be.lessThan(MOST_RESIDENT);
  });

  it("is searched in little memory, to its end", async () => {
    const { stdout, stderr } = await run(process.execPath, [
      "--import",
      MEASURED,
      CLI,
      "why",
      "last",
      "--record",
      record,
    ]);
    expect(stdout).to.include("SpamChecker.checkEventForSpam").and.include("last");
    expect(Number(/\d+$/.exec(stderr)![0])).to.be.lessThan(MOST_RESIDENT);
  });
});
