// Starts processes of one module each, as the published package does, and as many of Node alone, and prints what one takes:
// node processes-child.js COUNT CONFIG. Reads /proc, which Linux has.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BUNDLE } from "./published.js";

type Ligand = typeof import("ligand");
const { bindService, ConfiguredServer, createLogger, Server, startIsolated } = (await import(
  pathToFileURL(join(BUNDLE, "index.js")).href
)) as Ligand;

const [count, configFile] = [Number(process.argv[2]), process.argv[3]!];
const idle = fileURLToPath(new URL("./idle.js", import.meta.url));
const services = [bindService(Server, new ConfiguredServer({ serverName: "example.org" }))];
const logger = createLogger({ level: "error" });
const hosts = [];
const alone = [];
try {
  for (let started = 0; started < count; started++) {
    hosts.push(await startIsolated({ configFile, services, logger }));
    const child = spawn(process.execPath, [idle], { stdio: ["ignore", "pipe", "inherit"] });
    alone.push(child);
    await once(child.stdout, "data");
  }
  const measured = { node: meanOf("/idle.js"), ligand: meanOf("/isolated-process.js") };
  process.stdout.write(JSON.stringify(measured));
} finally {
  // Nothing else would end them.
  for (const child of alone) child.kill();
  await Promise.all(hosts.map((host) => host.stop()));
}

/** Of the children of this process that run a program. */
function meanOf(program: string): { readonly pssMiB: number; readonly cpuS: number } {
  const children = readdirSync("/proc").filter((pid) => isChild(pid, program));
  if (children.length !== count) throw new Error(`${children.length} of ${count} processes run ${program}`);
  const mean = (valueOf: (pid: string) => number) => children.map(valueOf).reduce((sum, each) => sum + each, 0) / count;
  return { pssMiB: mean(pssOf), cpuS: mean(cpuOf) };
}

function isChild(pid: string, program: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const [, parent] = statOf(pid);
    return parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(program);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

/** Its share of the memory that it has in common with others, and all that is its own. */
function pssOf(pid: string): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))![1]) / 1024;
}

/** In hundredths of a second, which is what Linux counts in. */
function cpuOf(pid: string): number {
  const [, , , , , , , , , , , user, system] = statOf(pid);
  return (Number(user) + Number(system)) / 100;
}

/** State, parent, …; the name of the program comes before, in parentheses. */
function statOf(pid: string): string[] {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
}
