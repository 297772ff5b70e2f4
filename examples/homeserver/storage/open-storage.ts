import { createInMemoryStorage, TABLES, type Storage } from "ligand/homeserver";
import type { Logger } from "winston";
import { migrate } from "./migrations.js";
import { openPglite } from "./pglite.js";
import { openPostgres } from "./postgres.js";
import type { SqlDatabase, Statements } from "./sql-database.js";
import { SqlRows, type SqlTable } from "./sql-rows.js";

/** Where the world is kept: on a PostgreSQL server, in a folder by PGlite, or in memory, where it ends with the process. */
export type StoragePlace = { readonly url: string } | { readonly folder: string } | "memory";

/** A storage that holds connections or files until it is closed. */
export type OpenStorage = Storage & { close(): Promise<void> };

/** Opens a storage, and brings its schema to the newest version. */
export async function openStorage(place: StoragePlace, logger?: Logger): Promise<OpenStorage> {
  if (place === "memory") return { ...createInMemoryStorage(), close: async () => {} };
  return openSqlStorage("url" in place ? openPostgres(place.url, logger) : await openPglite(place.folder));
}

/** A storage in a database, which it closes with itself. */
export async function openSqlStorage(database: SqlDatabase): Promise<OpenStorage> {
  try {
    await migrate(database);
    const tables = await tablesOf(database);
    const view = (statements: Statements): Storage => ({
      ...(Object.fromEntries(tables.map((table) => [table.name, new SqlRows(statements, table)])) as unknown as Omit<
        Storage,
        "next" | "transact"
      >),
      async next(sequence) {
        const [row] = await statements.query<{ number: string | number }>(
          `INSERT INTO sequences VALUES ($1, 1)
           ON CONFLICT (name) DO UPDATE SET number = sequences.number + 1 RETURNING number`,
          [sequence],
        );
        return Number(row!.number);
      },
      transact: (f) => database.transaction((txn) => f(view(txn))),
    });
    return { ...view(database), close: () => database.close() };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The columns are those that the migrations have made. */
async function tablesOf(statements: Statements): Promise<SqlTable[]> {
  const columns = await statements.query<{ table: string; name: string; type: string }>(
    `SELECT table_name AS table, column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = current_schema() AND column_name NOT IN ('row', 'position') ORDER BY ordinal_position`,
  );
  return Object.entries(TABLES).map(([name, { key }]) => {
    const own = columns.filter(({ table }) => table === name);
    const named = (type: string) => own.filter((column) => column.type === type).map((column) => column.name);
    return { name, key, text: named("text"), numbers: named("bigint"), bytes: named("bytea") };
  });
}
