import type { Timer } from "../services/clock.js";
import { ClockScheduler, type ClockSchedulerOptions } from "./clock-scheduler.js";
import { CLUSTER_NAME, type ClusterOptions } from "./cluster.js";
import { PostgresSession, type PostgresConnection } from "./postgres-session.js";
import type { LoopingCallOptions } from "../services/scheduler.js";

/** What a {@link PostgresScheduler} needs. */
export interface PostgresSchedulerOptions extends ClockSchedulerOptions, ClusterOptions {}

/**
 * A {@link ClockScheduler} for several processes. Looping calls run in one of them: the one that holds an advisory lock
 * of PostgreSQL. The lock belongs to a connection; when the process dies or the connection drops, another process gets it
 * within seconds. A looping call with `runOnAllInstances` runs in every process, and so does everything else.
 *
 * The process checks its lock before each call. A call that has begun continues if the connection drops, next to the
 * first call of the next process: only work that takes longer than an interval can notice.
 */
export class PostgresScheduler extends ClockScheduler {
  readonly #session: PostgresSession;
  readonly #contends: () => boolean;
  /** The connection that holds the lock. */
  #holder: PostgresConnection | undefined;

  constructor(options: PostgresSchedulerOptions) {
    super(options);
    this.#contends = options.shouldRunBackgroundTasks ?? (() => true);
    const lock = `${options.name ?? CLUSTER_NAME} scheduler`;
    this.#session = new PostgresSession({
      ...options,
      neededBy: "Scheduler on PostgreSQL",
      onConnected: (connection) => this.#contend(connection, lock),
      onCheck: (connection) => this.#contend(connection, lock),
    });
  }

  override loopingBackgroundCall(f: () => unknown, ms: number, options: LoopingCallOptions = {}): Timer {
    if (options.runOnAllInstances) return super.loopingBackgroundCall(f, ms, options);
    const onOneProcess = async () => {
      if (await this.#holdsLock()) await f();
    };
    const timer = super.loopingBackgroundCall(onOneProcess, ms, { desc: f.name || "anonymous", ...options });
    if (this.#contends()) this.#session.start();
    return timer;
  }

  override async shutdown(): Promise<void> {
    await super.shutdown();
    await this.#session.close();
  }

  async #contend(connection: PostgresConnection, lock: string): Promise<void> {
    if (this.#holder === connection) {
      await connection.query("SELECT 1");
      return;
    }
    const statement = "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked";
    const [answer] = await connection.query<{ locked: boolean }>(statement, [lock]);
    if (answer!.locked) this.#holder = connection;
  }

  /** A connection that answers still holds its locks. */
  async #holdsLock(): Promise<boolean> {
    const { connection } = this.#session;
    if (!connection || connection !== this.#holder) return false;
    try {
      await connection.query("SELECT 1");
      return connection === this.#session.connection;
    } catch {
      // The session reports the loss of its connection.
      return false;
    }
  }
}
