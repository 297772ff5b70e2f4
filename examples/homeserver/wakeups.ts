/**
 * How a request that waits, such as `GET /sync`, hears that something has happened, in this process or in another one:
 *
 *     for (;;) {
 *       const stop = new AbortController();
 *       const waiting = wakeups.wait("events", { timeoutMs: end - Date.now(), signal: stop.signal }); // first wait,
 *       const news = await readNews(); // then look,
 *       if (news.length > 0) return stop.abort(), news;
 *       if ((await waiting) !== "woken") return []; // and look again.
 *     }
 *
 * In this order nothing that happens between looking and waiting is missed. Code that changes something calls
 * `await wakeups.notify("events")` once the change is committed.
 *
 * A wake-up says that it is worth to look, and no more: there may be nothing new. Topics are text, of less than 8000 bytes.
 * With PostgreSQL the wake-ups of other processes arrive by `LISTEN` and `NOTIFY`; after a lost connection all waiters are
 * woken, because no one knows what was missed.
 */
import { createLogger, PostgresSession, SystemClock } from "ligand";
import type { Logger } from "winston";

/** Why waiting has ended. */
export type WaitResult = "woken" | "timeout" | "aborted" | "closed";

/** See the head of the file. */
export interface Wakeups {
  /** Wakes those who wait for a topic, in all processes. */
  notify(topic: string): Promise<void>;
  /** Waits from now on for any of the topics. It never throws. */
  wait(topics: string | readonly string[], options: WaitOptions): Promise<WaitResult>;
  /** Ends all waiting, also that which begins later, and the connection. */
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
  let isClosed = false;
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
        if (isClosed) return resolve("closed");
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
      isClosed = true;
      for (const { end } of waiting) end("closed");
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
