import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";

const PROGRAM = new URL("./full-disk-recorder.js", import.meta.url).pathname;

/** What the process says of its record. */
interface Said {
  readonly allowed: number;
  readonly recorded: number;
  readonly dropped: number;
  readonly problem: string | null;
  readonly errors: readonly string[];
}

/** What a process says that records where there is too little room, and what once there is room. @param command starts it */
async function recordedIn(file: string, command: readonly string[], makeRoom: () => void): Promise<[Said, Said]> {
  const [program, ...args] = [...command, process.execPath, PROGRAM, file];
  const child = spawn(program!, args, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const said: Said[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const found = JSON.parse(line) as Said;
      const lines = readFileSync(file, "utf8").split("\n");
      expect(lines.pop()).to.equal("");
      expect(lines.map((each) => (JSON.parse(each) as { hook: string }).hook)).to.deep.equal(
        Array.from({ length: found.recorded }, () => "SpamChecker.userMayInvite"),
      );
      said.push(found);
      if (said.length > 1) continue;
      makeRoom();
      child.stdin.end("go on\n");
    }
    return said as [Said, Said];
  } finally {
    child.kill("SIGKILL");
  }
}

/** All that was asked was answered; what there was no room for was dropped and counted, with one line in the log. */
function expectDropped(file: string, { allowed, recorded, dropped, problem, errors }: Said, code: string): void {
  expect([allowed, recorded > 0, dropped > 0, recorded + dropped]).to.deep.equal([3000, true, true, 3000]);
  expect(problem).to.match(new RegExp(`^${code}: `));
  expect(errors).to.deep.equal([`Can't record decisions to ${file}, and drops them: ${problem}`]);
}

function mount(disk: string, options: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `${options},mode=0700`, "tmpfs", disk], { stdio: "ignore" });
}

function canMount(): boolean {
  const disk = mkdtempSync(join(tmpdir(), "ligand-full-"));
  try {
    mount(disk, "size=256k");
    execFileSync("umount", [disk]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(disk, { recursive: true });
  }
}

describe("a disk that is full while decisions are recorded", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ligand-full-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  // Only root may mount; the next test needs no one's leave.
  if (canMount())
    it("drops decisions and counts them, fails no request, and records again once there is room", async () => {
      const disk = join(folder, "disk");
      mkdirSync(disk, { mode: 0o700 });
      mount(disk, "size=256k");
      try {
        const file = join(disk, "decisions.jsonl");
        const [full, after] = await recordedIn(file, [], () => mount(disk, "remount,size=8m"));
        expectDropped(file, full, "ENOSPC");
        expect(after).to.deep.equal({
          allowed: 10,
          recorded: full.recorded + 10,
          dropped: full.dropped,
          problem: null,
          errors: full.errors,
        });
      } finally {
        execFileSync("umount", [disk]);
      }
    });

  it("a file that may not grow is like a disk that is full", async () => {
    const file = join(folder, "records", "decisions.jsonl");
    const limited = ["bash", "-c", 'ulimit -f 128; exec "$@"', "limited"];
    const [full, after] = await recordedIn(file, limited, () => undefined);
    expectDropped(file, full, "EFBIG");
    expect([after.allowed, after.recorded + after.dropped]).to.deep.equal([10, 3010]);
  });
});
