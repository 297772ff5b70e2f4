import { setTimeout } from "node:timers/promises";
import { LigandError } from "ligand";
import pg from "pg";
import type { Logger } from "winston";
import type { SqlDatabase, Statements } from "./sql-database.js";

/** PostgreSQL: serialization_failure and deadlock_detected. */
const CONFLICTS = new Set<unknown>(["40001", "40P01"]);
const MAX_ATTEMPTS = 20;

/** A PostgreSQL server, which several processes can use together. */
export function openPostgres(connectionString: string, logger?: Logger): SqlDatabase {
  const pool = new pg.Pool({ connectionString, max: 10 });
  // Without a listener for this event, an idle connection that breaks would crash the process.
  pool.on("error", (error) => logger?.warn("A connection to PostgreSQL broke", { error }));
  let last: Promise<unknown> = Promise.resolve();

  const attempt = async <T>(f: (statements: Statements) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    const breaks = (error: Error) => (broken = error);
    client.on("error", breaks);
    try {
      await client.query("BEGIN ISOLATION LEVEL SERIALIZABLE");
      const result = await f(oneAtATime(statementsOf(client)));
      // After a statement that failed, PostgreSQL answers a COMMIT by rolling back, without an error.
      const { command } = await client.query("COMMIT");
      if (command !== "COMMIT") throw new LigandError("LIGAND_SERVICE_FAILED", "a statement of a transaction failed");
      return result;
    } catch (error) {
      await client.query("ROLLBACK").catch(breaks);
      throw error;
    } finally {
      client.off("error", breaks);
      client.release(broken);
    }
  };

  const untilNoConflict = async <T>(f: (statements: Statements) => Promise<T>): Promise<T> => {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt(f);
      } catch (error) {
        if (attempts === MAX_ATTEMPTS || !CONFLICTS.has((error as { code?: unknown }).code)) throw error;
        await setTimeout(Math.random() * attempts * 5);
      }
    }
  };

  return {
    ...statementsOf(pool),
    // One at a time: transactions of one process would mostly conflict with each other, and run again.
    transaction: (f) => {
      const result = last.then(() => untilNoConflict(f));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => pool.end(),
  };
}

function statementsOf(client: pg.Pool | pg.ClientBase): Statements {
  return {
    async query<Row>(sql: string, parameters: readonly unknown[] = []) {
      return (await client.query(sql, [...parameters])).rows as Row[];
    },
  };
}

/** A connection runs one statement at a time. */
function oneAtATime({ query }: Statements): Statements {
  let last: Promise<unknown> = Promise.resolve();
  return {
    query<Row>(sql: string, parameters?: readonly unknown[]) {
      const result = last.then(() => query<Row>(sql, parameters));
      last = result.catch(() => {});
      return result;
    },
  };
}
