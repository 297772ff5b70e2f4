import type { SqlDatabase } from "./sql-database.js";

/**
 * The versions of the schema: the first is number 1. A version that was released never changes; a change is a new one.
 *
 * A table for each of `TABLES` in `ligand/homeserver`, of that name, with
 * - a column for each column of the key, and for those that rows are often found by, which have an index;
 * - `row`: the whole row as JSON text, except bytes. Not jsonb, which refuses some text that clients may send, such as U+0000;
 * - `position`: counts up as rows are first added;
 * - a `bytea` for a column of bytes.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE sequences (name text PRIMARY KEY, number bigint NOT NULL)`,
    ...table("users", "userId"),
    ...table("profiles", "userId"),
    ...table("threepids", "medium, address", "userId text"),
    ...table("identityBindings", "userId, medium, address, idServer"),
    ...table("validations", "sid"),
    ...table("devices", "userId, deviceId"),
    ...table("tokens", "token", "userId text, deviceId text"),
    ...table("loginTokens", "token"),
    ...table("renewals", "token"),
    ...table("externalIds", "authProviderId, externalId"),
    ...table("connections", "token, ip", "userId text"),
    ...table("authSessions", "session"),
    ...table("rooms", "roomId"),
    ...table("events", "eventId", "roomId text, streamOrdering bigint"),
    ...table("state", "roomId, type, stateKey"),
    `CREATE INDEX ON state (type, "stateKey")`,
    ...table("transactions", "userId, deviceId, roomId, txnId"),
    ...table("aliases", "alias", "roomId text"),
    ...table("accountData", "userId, roomId, type"),
    ...table("filters", "userId, filterId"),
    ...table("pushRules", "userId, kind, ruleId"),
    ...table("pushers", "userId, appId, pushKey"),
    ...table("presence", "userId", "stream bigint"),
    ...table("media", "mediaId", "userId text"),
    `ALTER TABLE media ADD COLUMN content bytea`,
  ],
  [...table("deviceKeys", "userId, deviceId")],
  [
    ...table("receipts", "roomId, userId, type, threadId", "stream bigint"),
    ...table("typing", "roomId, userId"),
    ...table("forgotten", "userId, roomId"),
  ],
  [
    ...table("deviceChanges", "userId", "stream bigint"),
    ...table("toDevice", "userId, deviceId, messageId", "stream bigint"),
  ],
];

/** Any number, the same in all processes. */
const LOCK = 7_236_531;

/** Brings the schema to the newest version; processes that start together do so one after the other. */
export async function migrate(database: SqlDatabase): Promise<void> {
  await database.transaction(async (txn) => {
    // A snapshot of before the lock would not show what the process has done that held it.
    await txn.query(`SET TRANSACTION ISOLATION LEVEL READ COMMITTED`);
    await txn.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    await txn.query(
      `CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())`,
    );
    const [applied] = await txn.query<{ version: number | null }>(`SELECT max(version) AS version FROM migrations`);
    for (let version = applied?.version ?? 0; version < MIGRATIONS.length; version += 1) {
      for (const statement of MIGRATIONS[version]!) await txn.query(statement);
      await txn.query(`INSERT INTO migrations (version) VALUES ($1)`, [version + 1]);
    }
  });
}

/** The statements for a table, with an index over the columns `found`, if there are any. */
function table(name: string, key: string, found?: string): string[] {
  const keys = quoted(key);
  const columns = [...keys.map((column) => `${column} text NOT NULL`), ...quoted(found)];
  return [
    `CREATE TABLE "${name}" (
      ${columns.join(", ")},
      "row" text NOT NULL,
      position bigint GENERATED ALWAYS AS IDENTITY,
      PRIMARY KEY (${keys.join(", ")})
    )`,
    ...(found === undefined ? [] : [`CREATE INDEX ON "${name}" (${quoted(found.replace(/ (text|bigint)/g, ""))})`]),
  ];
}

/** The names of the columns have capitals, as those of the rows do. */
function quoted(columns = ""): string[] {
  return columns
    .split(", ")
    .filter(Boolean)
    .map((column) => column.replace(/^\w+/, '"$&"'));
}
