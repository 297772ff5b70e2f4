import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { TABLES, type Rows, type Storage } from "#src/homeserver.js";
import { openStorage, type OpenStorage, type StoragePlace } from "#examples/homeserver/storage/open-storage.js";

const { DATABASE_URL: url } = process.env;
if (url === undefined) {
  console.error(
    "The example homeserver is not tested on PostgreSQL: no DATABASE_URL is set; see scripts/with-postgres.mjs",
  );
}

/** A kind of place for a storage. */
export interface Kind {
  readonly name: "memory" | "PGlite" | "PostgreSQL";
  /** An empty place of this kind, and what removes it. */
  create(): Promise<{ place: StoragePlace; remove(): Promise<void> }>;
}

const memory: Kind = { name: "memory", create: async () => ({ place: "memory", remove: async () => {} }) };

const pglite: Kind = {
  name: "PGlite",
  async create() {
    const folder = await mkdtemp(join(tmpdir(), "ligand-homeserver-"));
    return { place: { folder }, remove: () => rm(folder, { recursive: true }) };
  },
};

let schemas = 0;

/** Each place is a schema of its own on the one server. */
const postgres = (server: string): Kind => ({
  name: "PostgreSQL",
  async create() {
    const schema = `test_${process.pid}_${(schemas += 1)}`;
    await runStatement(server, `CREATE SCHEMA ${schema}`);
    const place = new URL(server);
    place.searchParams.set("options", `-c search_path=${schema}`);
    return { place: { url: place.href }, remove: () => runStatement(server, `DROP SCHEMA ${schema} CASCADE`) };
  },
});

/** The kinds of places that outlive a process. */
export const LASTING_KINDS: readonly Kind[] = [pglite, ...(url === undefined ? [] : [postgres(url)])];
export const KINDS: readonly Kind[] = [memory, ...LASTING_KINDS];

/** Opens a storage in an empty place, to be closed and removed. */
export async function openEmpty(kind: Kind): Promise<OpenStorage> {
  const { place, remove } = await kind.create();
  const storage = await openStorage(place);
  return { ...storage, close: () => storage.close().then(remove) };
}

/** Empties all tables. */
export async function clear(storage: Storage): Promise<void> {
  for (const name of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
    const rows = storage[name] as unknown as Rows<Record<string, unknown>, string>;
    for (const row of await rows.find()) await rows.delete(row);
  }
}

async function runStatement(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
