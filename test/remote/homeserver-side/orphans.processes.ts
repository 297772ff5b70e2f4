import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { isAlive } from "../../is-alive.js";
import { until } from "../../until.js";

const HOST = fileURLToPath(new URL("orphaned-host.js", import.meta.url));

/** Starts a homeserver whose modules do a deed. @returns it, and the pid of its modules. */
async function hostWith(deed: string, ...limit: readonly string[]) {
  const host = spawn(process.execPath, [HOST, deed, ...limit], { stdio: ["ignore", "pipe", "pipe"] });
  host.stderr.resume();
  const [line] = (await once(host.stdout, "data")) as [Buffer];
  return { host, pid: Number(line.toString()) };
}

describe("isolated modules whose homeserver is killed end with it", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ligand-orphans-"));
    execFileSync("mkfifo", [join(folder, "fifo")]);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [what, deed] of Object.entries<() => string>({
    "while they do nothing": () => "ham",
    "while a callback computes": () => "compute",
    "while a callback computes, after which it would log": () => "compute 3000",
    "while a regular expression backtracks": () => "regexp",
    "while they wait for a file": () => `fifo ${join(folder, "fifo")}`,
    "while they log": () => "log",
    "while they print": () => "print",
    "while a callback is pending": () => "hang",
  })) {
    it(what, async () => {
      const { host, pid } = await hostWith(deed());
      host.kill("SIGKILL");
      await until(() => !isAlive(pid));
    });
  }

  it("with what they started and wait for", async () => {
    // So that it's found among those of other runs.
    const seconds = `300.${process.pid}`;
    const { host, pid } = await hostWith(`execute ${seconds}`);
    const sleeping = () => spawnSync("pgrep", ["-f", `^sleep ${seconds}$`]).status === 0;
    await until(sleeping);
    host.kill("SIGKILL");
    await until(() => !isAlive(pid) && !sleeping());
  });

  it("even when Ctrl-C reached the whole group of processes before", async () => {
    const host = spawn(process.execPath, [HOST, "compute"], { stdio: ["ignore", "pipe", "ignore"], detached: true });
    const [line] = (await once(host.stdout, "data")) as [Buffer];
    process.kill(-host.pid!, "SIGINT");
    await until(() => !isAlive(Number(line.toString())));
  });
});

describe("isolated modules on a machine that is suspended", () => {
  it("isolated modules on a machine that is suspended aren't killed for what they could not do", async () => {
    const { host, pid } = await hostWith("ham", "2000");
    const both = [host.pid!, pid];
    for (const one of both) process.kill(one, "SIGSTOP");
    await pause(4000);
    for (const one of both.toReversed()) process.kill(one, "SIGCONT");
    await pause(1500);
    expect(isAlive(pid)).to.equal(true);
    host.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });

  it("isolated modules on a machine that is suspended would be killed if they alone were stopped", async () => {
    const { host, pid } = await hostWith("ham", "2000");
    process.kill(pid, "SIGSTOP");
    await until(() => !isAlive(pid));
    host.kill("SIGKILL");
  });
});
