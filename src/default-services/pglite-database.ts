import type { PGlite, Transaction as PgliteTransaction } from "@electric-sql/pglite";
import { Database, type QueryResult, type Transaction } from "../services/database.js";
import { outsideRequests } from "../services/outside-requests.js";
import { importOptional } from "./import-optional.js";

/** Where a {@link PgliteDatabase} keeps its data. @public */
export interface PgliteOptions {
  /** A directory; without it, the data stays in memory and is lost when the process ends. */
  readonly dataDir?: string;
}

/**
 * A {@link Database} inside this process, by the package `@electric-sql/pglite`, which is loaded when the database opens.
 * It runs one transaction at a time.
 *
 * @public
 */
export class PgliteDatabase extends Database {
  readonly #options: PgliteOptions;
  #database: Promise<PGlite> | undefined;

  constructor(options: PgliteOptions = {}) {
    super();
    this.#options = options;
  }

  /** Loads PostgreSQL into this process, which blocks it for seconds. */
  override async open(): Promise<void> {
    await this.#opened();
  }

  /** Closes the database; data in memory is gone, and the next transaction opens it again. */
  async close(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    await (await database)?.close();
  }

  protected async transact<T>(_desc: string, f: (txn: Transaction) => T | Promise<T>): Promise<T> {
    const database = await this.#opened();
    return database.transaction(async (txn) => {
      const result = await f(transactionOf(txn));
      // After a failed statement, a COMMIT would roll back without an error; this fails instead.
      await txn.query("SELECT 1");
      return result;
    });
  }

  #opened(): Promise<PGlite> {
    return (this.#database ??= outsideRequests(() => open(this.#options)));
  }
}

/** By default PGlite reserves 128 MB for itself. */
const CONFIGURATION = ["shared_buffers = 4MB"];

async function open({ dataDir }: PgliteOptions): Promise<PGlite> {
  const { PGlite } = await importOptional<typeof import("@electric-sql/pglite")>(
    "@electric-sql/pglite",
    "Database on PGlite",
  );
  return PGlite.create({ postgresqlconf: CONFIGURATION, ...(dataDir !== undefined && { dataDir }) });
}

function transactionOf(txn: PgliteTransaction): Transaction {
  return {
    async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult<Row>> {
      const { rows, affectedRows } = await txn.query<Row>(sql, [...parameters]);
      return { rows, affectedRows: affectedRows ?? 0 };
    },
  };
}
