import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { PGlite, types, type Transaction } from "@electric-sql/pglite";
import { LigandError } from "ligand";
import type { SqlDatabase, Statements } from "./sql-database.js";

// Optimising PGlite's WebAssembly takes about 60 MB that the process never gives back.
setFlagsFromString("--liftoff-only");

/** The beginning of the names of databases that are being made. */
const UNFINISHED = "data.new";

const OPTIONS = {
  // PGlite reserves 128 MB by default, which is most of what this process would hold.
  postgresqlconf: ["shared_buffers = 4MB"],
  // PGlite's own way with bytes, an array of strings of one byte each, takes too long for media.
  serializers: { [types.BYTEA]: (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString("hex")}` },
  parsers: { [types.BYTEA]: (text: string) => Buffer.from(text.slice(2), "hex") },
};

/**
 * PGlite on a folder, or in memory without one. What is committed survives the end of the process, also a sudden one. It
 * does not survive that of the machine: PGlite leaves it to the operating system when files reach the disk.
 *
 * @throws {LigandError} `LIGAND_SERVICE_FAILED` when another process uses the folder.
 */
export async function openPglite(folder?: string): Promise<SqlDatabase> {
  const release = folder === undefined ? () => Promise.resolve() : await occupy(folder);
  const database = folder === undefined ? await PGlite.create(OPTIONS) : await openIn(folder);
  return {
    ...statementsOf(database),
    transaction: (f) => database.transaction((txn) => f(statementsOf(txn))),
    close: async () => {
      await database.close();
      await release();
    },
  };
}

/** A new database is made elsewhere and then moved: a process that ends meanwhile leaves no half of one. */
async function openIn(folder: string): Promise<PGlite> {
  const data = join(folder, "data");
  await removeUnfinished(folder);
  const isNew = await stat(data).then(
    () => false,
    () => true,
  );
  if (isNew) {
    // A name of its own: what makes one outlives a process that is killed, and would write into the same folder.
    const fresh = join(folder, `${UNFINISHED}${randomUUID()}`);
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, "create-pglite.js"), fresh]);
    await rename(fresh, data);
  }
  return PGlite.create({ dataDir: data, ...OPTIONS });
}

async function removeUnfinished(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(UNFINISHED));
  // Something may still write there: then the next start removes it.
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true }).catch(() => {})));
}

/** Two processes on one folder would ruin it, and PGlite does not look. */
async function occupy(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "process-id");
  const owner = Number(await readFile(file, "utf8").catch(() => "0"));
  if (owner > 0 && owner !== process.pid && isAlive(owner)) {
    throw new LigandError("LIGAND_SERVICE_FAILED", `the database folder ${folder} is in use by process ${owner}`, {
      remedy: `Stop that process, or give another folder. If process ${owner} is something else, delete ${file}.`,
    });
  }
  await writeFile(file, String(process.pid));
  return () => rm(file, { force: true });
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM";
  }
}

function statementsOf(client: PGlite | Transaction): Statements {
  return {
    async query<Row>(sql: string, parameters: readonly unknown[] = []) {
      return (await client.query<Row>(sql, [...parameters])).rows;
    },
  };
}
