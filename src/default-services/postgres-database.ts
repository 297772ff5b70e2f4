import type { Pool, PoolClient } from "pg";
import type { Logger } from "winston";
import { LigandError } from "../errors/ligand-error.js";
import { Database, type QueryResult, type Transaction } from "../services/database.js";
import { outsideRequests } from "../services/outside-requests.js";
import { importOptional } from "./import-optional.js";

/** Where a {@link PostgresDatabase} is. @public */
export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database`; libpq's environment variables by default. */
  readonly connectionString?: string;
  /** The maximum number of connections; 10 by default. */
  readonly maxConnections?: number;
  /** Logs broken connections. */
  readonly logger?: Logger;
}

/** A {@link Database} on PostgreSQL by the package `pg`, which is loaded with the first transaction. @public */
export class PostgresDatabase extends Database {
  readonly #options: PostgresOptions;
  #pool: Promise<Pool> | undefined;

  constructor(options: PostgresOptions = {}) {
    super();
    this.#options = options;
  }

  /** Closes all connections; the next transaction opens new ones. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await (await pool)?.end();
  }

  protected async transact<T>(desc: string, f: (txn: Transaction) => T | Promise<T>): Promise<T> {
    // The connection is reused by later requests.
    const client = await outsideRequests(async () => (await (this.#pool ??= openPool(this.#options))).connect());
    let broken: Error | undefined;
    try {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      const result = await f(transactionOf(client));
      const { command } = await client.query("COMMIT");
      if (command !== "COMMIT") throw rolledBack(desc);
      return result;
    } catch (error) {
      broken = await rollBack(client);
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

async function openPool({ connectionString, maxConnections, logger }: PostgresOptions): Promise<Pool> {
  const { default: pg } = await importOptional<typeof import("pg")>("pg", "Database on PostgreSQL");
  const pool = new pg.Pool({
    ...(connectionString !== undefined && { connectionString }),
    ...(maxConnections !== undefined && { max: maxConnections }),
  });
  // Without a listener for these events, a connection that breaks, in use or idle, would crash the process.
  pool.on("connect", (client) =>
    client.on("error", (error) => logger?.warn("A connection to PostgreSQL broke", { error })),
  );
  pool.on("error", () => {
    // The connection itself has reported it, and the pool has dropped the connection.
  });
  return pool;
}

/** After a failed statement, PostgreSQL answers COMMIT by rolling back, without an error. */
function rolledBack(desc: string): LigandError {
  return new LigandError(
    "LIGAND_SERVICE_FAILED",
    `the transaction ${desc} was rolled back: a statement in it failed, but the function returned normally`,
    { remedy: "Let statement errors propagate, or run such a statement inside a savepoint." },
  );
}

/** The error of a connection that can't even roll back: it must not go back into the pool. */
async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function transactionOf(client: PoolClient): Transaction {
  return {
    async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult<Row>> {
      const { rows, rowCount } = await client.query(sql, [...parameters]);
      return { rows: rows as Row[], affectedRows: rowCount ?? 0 };
    },
  };
}
