import type { ServiceDeclaration } from "./service-declaration.js";

/** The result of a statement. @public */
export interface QueryResult<Row> {
  readonly rows: readonly Row[];
  /** The number of rows that the statement changed. */
  readonly affectedRows: number;
}

/** An open transaction. Don't use it after the function that received it has returned. @public */
export interface Transaction {
  /** Runs one statement; its parameters are written `$1`, `$2`, … */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<QueryResult<Row>>;
}

const MAX_ATTEMPTS = 6;
/** PostgreSQL: serialization_failure and deadlock_detected. */
const REPEATABLE = new Set<unknown>(["40001", "40P01"]);

/** The homeserver's own database, or one that a host provides for modules. @public */
export abstract class Database {
  static readonly declaration: ServiceDeclaration<Database> = {
    runsIn: "module",
    methods: {
      open: { does: "own", returns: "nothing" },
      runInteraction: { does: "own", takes: ["public"], returns: "body" },
    },
  };

  /**
   * Opens the database. Called while modules start, before the first one that injects it is constructed. By default it
   * does nothing, and the first transaction opens the database. Override it if opening takes long or blocks the
   * process.
   *
   * @throws whatever keeps the database from opening; the modules don't start then.
   */
  async open(): Promise<void> {}

  /**
   * Runs a function inside one transaction: it is committed when the function returns, and rolled back when it throws.
   * After a serialisation failure or a deadlock the function runs **again**, so it must do nothing but use the
   * transaction. (`run_db_interaction`, 0.25.)
   *
   * @param desc a name for logs and metrics.
   * @throws whatever the function throws, or the database.
   */
  async runInteraction<T>(desc: string, f: (txn: Transaction) => T | Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.transact(desc, f);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !REPEATABLE.has((error as { code?: unknown } | null)?.code)) throw error;
      }
    }
  }

  /** Runs a function inside one transaction, once. Database errors keep their SQLSTATE as `code`. */
  protected abstract transact<T>(desc: string, f: (txn: Transaction) => T | Promise<T>): Promise<T>;
}
