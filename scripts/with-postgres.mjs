#!/usr/bin/env node
// Runs a command with DATABASE_URL of a temporary PostgreSQL server:
//   node scripts/with-postgres.mjs [--required] COMMAND [ARGUMENT…]
// See scripts/temporary-server.mjs for what holds where one runs already, or where none can be started.
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.mjs";
import { runWithServer } from "./temporary-server.mjs";

await runWithServer({
  name: "PostgreSQL",
  script: "scripts/with-postgres.mjs",
  variable: "DATABASE_URL",
  start: startServer,
});

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
