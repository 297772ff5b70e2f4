#!/usr/bin/env node
// Runs a command with DATABASE_URL of a temporary PostgreSQL server:
//   node scripts/with-postgres.mjs [--required] COMMAND [ARGUMENT…]
// Where DATABASE_URL is set already, the command runs with it. Where no server can be started, the command runs
// without one and the reason is printed; with --required that is an error.
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const required = process.argv[2] === "--required";
const [command, ...args] = process.argv.slice(required ? 3 : 2);
if (command === undefined) {
  say("usage: node scripts/with-postgres.mjs [--required] COMMAND [ARGUMENT…]");
  process.exit(2);
}

let server;
if (!process.env.DATABASE_URL) {
  try {
    server = await startServer();
  } catch (error) {
    say(`No PostgreSQL server: ${error.message}`);
    if (required) process.exit(1);
  }
}
const child = spawn(command, args, {
  stdio: "inherit",
  env: server ? { ...process.env, DATABASE_URL: server.url } : process.env,
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
process.exitCode = await new Promise((resolve) => {
  child.on("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  child.on("error", (error) => {
    say(`${command} cannot be started: ${error.message}`);
    resolve(127);
  });
});
server?.stop();

function say(message) {
  process.stderr.write(`${message}\n`);
}

async function startServer() {
  const bin = binaries();
  const user = serverUser();
  const directory = mkdtempSync(join(tmpdir(), "with-postgres-"));
  if (user) chownSync(directory, user.uid, user.gid);
  const data = join(directory, "data");
  const log = join(directory, "log");
  const run = (name, ...options) =>
    execFileSync(join(bin, name), options, { cwd: directory, stdio: ["ignore", "ignore", "pipe"], ...user });
  try {
    run("initdb", "-D", data, "-U", "ligand", "-A", "trust", "-E", "UTF8", "--no-sync");
    const port = await freePort();
    const settings = `-p ${port} -k ${directory} -c listen_addresses=127.0.0.1 -c fsync=off`;
    run("pg_ctl", "-D", data, "-l", log, "-w", "-o", settings, "start");
    return {
      url: `postgresql://ligand@127.0.0.1:${port}/postgres`,
      stop() {
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop");
        rmSync(directory, { recursive: true });
      },
    };
  } catch (error) {
    const details = existsSync(log) ? readFileSync(log, "utf8") : "";
    rmSync(directory, { recursive: true });
    throw new Error(`${error.message}\n${details}`.trim(), { cause: error });
  }
}

/** Debian keeps the binaries of the server out of PATH, one directory per version. */
function binaries() {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const directories = [
    ...versions.map((version) => join(root, version, "bin")),
    ...(process.env.PATH ?? "").split(":"),
  ];
  const found = directories.find((directory) => existsSync(join(directory, "initdb")));
  if (!found) throw new Error("initdb is not installed (Debian: apt-get install postgresql)");
  return found;
}

/** PostgreSQL refuses to run as root. */
function serverUser() {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ["-u", "-g"].map((option) =>
    Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" })),
  );
  return { uid, gid };
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
