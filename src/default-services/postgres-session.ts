import type { Client } from "pg";
import type { Logger } from "winston";
import { LigandError } from "../errors/ligand-error.js";
import type { Clock } from "../services/clock.js";
import { outsideRequests } from "../services/outside-requests.js";
import { importOptional } from "./import-optional.js";

/** A connection of a {@link PostgresSession}, while it lasts. Statements run in the order of the calls. @public */
export interface PostgresConnection {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/** Options of a {@link PostgresSession}. @public */
export interface PostgresSessionOptions {
  /** `postgresql://user:password@host:port/database`; libpq's environment variables by default. */
  readonly connectionString?: string;
  /** Which service needs it, for messages. */
  readonly neededBy: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with each new connection, before anything else uses it. If it throws, the connection is closed. */
  readonly onConnected?: (connection: PostgresConnection) => Promise<void>;
  /** Called every second with the connection. If it throws, or takes five seconds, the connection is closed. */
  readonly onCheck?: (connection: PostgresConnection) => Promise<void>;
  /** Called for what other connections `NOTIFY`, on the channels that {@link onConnected} listens to. */
  readonly onNotification?: (channel: string, payload: string) => void;
}

const CHECK_MS = 1000;
const ANSWER_MS = 5000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;
const QUERY_MS = 30_000;

/**
 * Makes the server release a connection to a machine that is gone, with the locks of its session, within about ten
 * seconds; by default that takes hours.
 */
const KEEPALIVES = "SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3";

/**
 * A permanent connection to PostgreSQL: for `LISTEN`, and for session locks. When it's lost, it reconnects, without
 * the state of the lost session. It needs the server itself, or a pooler that lends whole sessions.
 *
 * @public
 */
export class PostgresSession {
  readonly #options: PostgresSessionOptions;
  readonly #closed = new AbortController();
  #running: Promise<void> | undefined;
  #current: PostgresConnection | undefined;
  #connected = new Deferred<PostgresConnection>();
  #failure: unknown;

  constructor(options: PostgresSessionOptions) {
    this.#options = options;
  }

  /** The connection; undefined while there is none. */
  get connection(): PostgresConnection | undefined {
    return this.#current;
  }

  /** Starts connecting. Calling it again does nothing. */
  start(): void {
    this.#running ??= outsideRequests(() => this.#run());
  }

  /**
   * Runs a statement. It waits for a connection, and the statement may run **twice** if the connection is lost meanwhile.
   *
   * @throws {LigandError} `LIGAND_SERVICE_FAILED` after 30 seconds without a connection, and once it's closed;
   *   `LIGAND_PACKAGE_MISSING` without the package `pg`; and errors of the statement.
   */
  async query(sql: string, parameters: readonly unknown[]): Promise<void> {
    this.start();
    const done = new AbortController();
    const late = this.#options.clock.sleep(QUERY_MS, done).then(() => {
      throw this.#unreachable();
    });
    late.catch(() => {});
    try {
      for (;;) {
        const connection = await Promise.race([this.#connected.promise, late]);
        try {
          await connection.query(sql, parameters);
          return;
        } catch (error) {
          // Otherwise the connection is lost, and the next one awaited.
          if (isOfStatement(error)) throw error;
        }
      }
    } finally {
      done.abort();
    }
  }

  /** Closes the connection for good. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger, neededBy } = this.#options;
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#closed.signal.aborted) {
      try {
        await this.#useConnection(() => (pauseMs = FIRST_PAUSE_MS));
      } catch (error) {
        if (this.#closed.signal.aborted) break;
        this.#failure = error;
        if (isPackageMissing(error)) {
          logger.error(`${neededBy} can't run`, { error });
          break;
        }
        logger.warn(`${neededBy} has no connection to PostgreSQL; retrying in ${pauseMs} ms`, { error });
        await clock.sleep(pauseMs, this.#closed).catch(() => {});
        pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
      }
    }
    this.#connected.reject(this.#unreachable());
  }

  /** Never returns: it throws when the connection is lost, or there is none. */
  async #useConnection(onOpen: () => void): Promise<never> {
    const { connectionString, neededBy, clock, onConnected, onNotification } = this.#options;
    const { default: pg } = await importOptional<typeof import("pg")>("pg", neededBy);
    const client = new pg.Client({
      ...(connectionString !== undefined && { connectionString }),
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    });
    const gone = new AbortController();
    const connection = connectionOf(client, gone);
    gone.signal.addEventListener("abort", () => {
      if (this.#current === connection) {
        this.#current = undefined;
        this.#connected = new Deferred();
      }
      void client.end().catch(() => {});
    });
    const end = () => gone.abort(new LigandError("LIGAND_SERVICE_FAILED", "the connection was closed"));
    client.on("error", (error) => gone.abort(error));
    client.on("end", end);
    this.#closed.signal.addEventListener("abort", end, { once: true });
    try {
      // It may have been closed while the package was loading.
      this.#closed.signal.throwIfAborted();
      await unlessAborted(client.connect(), gone.signal);
      await connection.query(KEEPALIVES);
      const [backend] = await connection.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      client.on("notification", ({ processId, channel, payload = "" }) => {
        if (processId !== backend!.pid) onNotification?.(channel, payload);
      });
      await onConnected?.(connection);
      this.#current = connection;
      this.#connected.resolve(connection);
      onOpen();
      for (;;) {
        await clock.sleep(CHECK_MS, gone);
        await (this.#options.onCheck?.(connection) ?? connection.query("SELECT 1"));
      }
    } catch (error) {
      // The reason why it's gone says more than the statement that failed because of it.
      throw gone.signal.aborted ? (gone.signal.reason as Error) : error;
    } finally {
      this.#closed.signal.removeEventListener("abort", end);
      end();
    }
  }

  #unreachable(): LigandError {
    const { neededBy } = this.#options;
    if (this.#closed.signal.aborted)
      return new LigandError("LIGAND_HOST_STOPPED", `${neededBy} was used after it was stopped`);
    if (isPackageMissing(this.#failure)) return this.#failure;
    return new LigandError("LIGAND_SERVICE_FAILED", `${neededBy} had no connection to PostgreSQL for ${QUERY_MS} ms`, {
      cause: this.#failure,
      remedy: "Check that PostgreSQL is running and that the connection string is right.",
    });
  }
}

function isPackageMissing(error: unknown): error is LigandError {
  return error instanceof LigandError && error.code === "LIGAND_PACKAGE_MISSING";
}

/** Whether an error is about the statement, by its SQLSTATE; otherwise it's about the connection or the whole server. */
function isOfStatement(error: unknown): boolean {
  const { severity, code } = error as { severity?: unknown; code?: unknown };
  return severity !== undefined && typeof code === "string" && !/^(08|57P)/.test(code);
}

function connectionOf(client: Client, gone: AbortController): PostgresConnection {
  let last: Promise<unknown> = Promise.resolve();
  const run = async (sql: string, parameters: readonly unknown[]): Promise<unknown[]> => {
    try {
      return (await client.query(sql, [...parameters])).rows;
    } catch (error) {
      if (!isOfStatement(error)) gone.abort(error);
      throw error;
    }
  };
  return {
    query<Row>(sql: string, parameters: readonly unknown[] = []) {
      const result = last.then(() => run(sql, parameters) as Promise<Row[]>);
      last = result.catch(() => {});
      return result;
    },
  };
}

/** Without this, connecting would never settle if the connection is closed meanwhile. */
async function unlessAborted(connecting: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
  await Promise.race([connecting, aborted]);
}

class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    // Possibly nothing awaits it.
    this.promise.catch(() => {});
  }
}
