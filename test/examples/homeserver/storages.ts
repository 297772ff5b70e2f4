import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TABLES, type Rows, type Storage } from "#src/homeserver.js";
import { openStorage, type OpenStorage, type StoragePlace } from "#examples/homeserver/storage/open-storage.js";
import { newPgliteFolder } from "../../default-services/new-pglite-folder.js";

/** A kind of place for a storage. */
export interface Kind {
  readonly name: "memory" | "PGlite" | "PostgreSQL";
  /** A place of this kind with a storage that is empty, and what removes it. */
  create(): Promise<{ place: StoragePlace; remove(): Promise<void> }>;
}

export const MEMORY: Kind = { name: "memory", create: async () => ({ place: "memory", remove: async () => {} }) };

export const PGLITE: Kind = {
  name: "PGlite",
  async create() {
    const folder = await mkdtemp(join(tmpdir(), "ligand-homeserver-"));
    await rename(await newPgliteFolder(), join(folder, "data"));
    // What a killed process left may still write there.
    return { place: { folder }, remove: () => rm(folder, { recursive: true, maxRetries: 20, retryDelay: 100 }) };
  },
};

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
