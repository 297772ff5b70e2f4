/** Runs statements; their parameters are written `$1`, `$2`, … */
export interface Statements {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** PostgreSQL, or PGlite, which is PostgreSQL in this process. */
export interface SqlDatabase extends Statements {
  /**
   * Runs a function inside a serialisable transaction, one at a time in this process. After a conflict with another process the
   * function runs **again**, so that it must do nothing else than to use the statements that it is given.
   */
  transaction<T>(f: (statements: Statements) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
