/**
 * How a request that waits, such as `GET /sync`, hears that something has happened, in this process or in another one:
 *
 *     const stop = new AbortController();
 *     const woken = wakeups.wait("events", { timeoutMs: 30_000, signal: stop.signal });   // first wait,
 *     const news = await readNews();                                                      // then look,
 *     if (news.length > 0) stop.abort();
 *     else await woken;                                                                   // and look again.
 *
 * In this order nothing that happens between looking and waiting is missed. Whoever changes something calls
 * `await wakeups.notify("events")` once the change is committed.
 *
 * A wake-up says that it is worth to look, and no more: there may be nothing new. Topics are text, of less than 8000 bytes.
 * With PostgreSQL the wake-ups of other processes arrive by `LISTEN` and `NOTIFY`; after a lost connection everybody is
 * woken, since nobody knows what was missed.
 */
import { createLogger, PostgresSession, SystemClock } from "ligand";
import type { Logger } from "winston";

/** Why waiting has ended. */
export type WaitResult = "woken" | "timeout" | "aborted";

/** See the head of the file. */
export interface Wakeups {
  /** Wakes those who wait for a topic, in all processes. */
  notify(topic: string): Promise<void>;
  /** Waits from now on for any of the topics. It never throws. */
  wait(topics: string | readonly string[], options: WaitOptions): Promise<WaitResult>;
  /** Wakes everybody, and ends the connection. */
  close(): Promise<void>;
}

/** How long to wait. */
export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const CHANNEL = "homeserver_wakeups";

interface Waiting {
  readonly topics: readonly string[];
  readonly end: (result: WaitResult) => void;
}

/** @param url the PostgreSQL by which processes talk; without it there is one process. */
export function openWakeups(url?: string, logger: Logger = createLogger()): Wakeups {
  const waiting = new Set<Waiting>();
  const wake = (topic?: string) => {
    for (const { topics, end } of waiting) if (topic === undefined || topics.includes(topic)) end("woken");
  };
  const session = url === undefined ? undefined : openSession(url, logger, wake);
  session?.start();
  return {
    async notify(topic) {
      wake(topic);
      await session?.query("SELECT pg_notify($1, $2)", [CHANNEL, topic]);
    },
    wait: (topics, { timeoutMs, signal }) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve("aborted");
        const end = (result: WaitResult) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
          waiting.delete(entry);
          resolve(result);
        };
        const abort = () => end("aborted");
        const entry: Waiting = { topics: [topics].flat(), end };
        const timer = setTimeout(() => end("timeout"), timeoutMs);
        signal?.addEventListener("abort", abort, { once: true });
        waiting.add(entry);
      }),
    async close() {
      wake();
      await session?.close();
    },
  };
}

function openSession(url: string, logger: Logger, wake: (topic?: string) => void): PostgresSession {
  return new PostgresSession({
    connectionString: url,
    neededBy: "The homeserver's wake-ups",
    clock: new SystemClock(),
    logger,
    onConnected: async (connection) => {
      await connection.query(`LISTEN ${CHANNEL}`);
      wake();
    },
    onNotification: (_channel, topic) => wake(topic),
  });
}
