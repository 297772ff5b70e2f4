import { fileURLToPath } from "node:url";
import { importOptional } from "./import-optional.js";
import { outsideRequests } from "../services/outside-requests.js";
import type { ThreadPool, ThreadTask } from "../services/scheduler.js";

/** Runs tasks on a pool of worker threads: the host's, or one of its own that starts with the first task. */
export class WorkerThreads {
  readonly #given: ThreadPool | undefined;
  #own: Promise<ThreadPool & { close(): Promise<void> }> | undefined;

  constructor(pool?: ThreadPool) {
    this.#given = pool;
  }

  async run<T>({ module, name }: ThreadTask, argument: unknown): Promise<T> {
    const pool = this.#given ?? (await (this.#own ??= outsideRequests(startPool)));
    const filename = fileURLToPath(module);
    return (await pool.run(argument, { filename, ...(name !== undefined && { name }) })) as T;
  }

  /** Closes its own pool, if it was started, once its tasks have finished. */
  async close(): Promise<void> {
    await (await this.#own)?.close();
  }
}

async function startPool(): Promise<ThreadPool & { close(): Promise<void> }> {
  const { Piscina } = await importOptional<typeof import("piscina")>("piscina", "Scheduler.deferToThread()");
  return new Piscina();
}
