import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";

/** What the thread that watches shares with the one it watches. */
interface Shared {
  /** Which case runs, counted from 1; 0 between two. */
  readonly current: Int32Array;
  /** The case's input, as UTF-8. */
  readonly input: Uint8Array;
  readonly limitMs: number;
  readonly title: string;
}

const SHOWN_BYTES = 16_384;

/**
 * Ends the process when a case uses too much CPU time, also one that never ends. It says which one on standard error. CPU
 * time, because on a busy machine any case may take long.
 */
export class CpuLimit {
  readonly #shared: Shared;
  readonly #worker: Worker;
  #count = 0;

  /** @param title how to find the case again */
  constructor(limitMs: number, title: string) {
    this.#shared = {
      current: new Int32Array(new SharedArrayBuffer(4)),
      input: new Uint8Array(new SharedArrayBuffer(SHOWN_BYTES)),
      limitMs,
      title,
    };
    this.#worker = new Worker(new URL(import.meta.url), { workerData: this.#shared });
  }

  /** Begins a case; it ends when what this returns is disposed of. */
  begin(input: string): Disposable {
    const { current, input: shown } = this.#shared;
    shown.fill(0).set(Buffer.from(input).subarray(0, SHOWN_BYTES));
    Atomics.store(current, 0, ++this.#count);
    return { [Symbol.dispose]: () => void Atomics.store(current, 0, 0) };
  }

  end(): void {
    void this.#worker.terminate();
  }
}

if (!isMainThread) watch(workerData as Shared);

function watch({ current, input, limitMs, title }: Shared): void {
  let watched = 0;
  let from = process.cpuUsage();
  setInterval(() => {
    const now = Atomics.load(current, 0);
    if (now !== watched) {
      watched = now;
      from = process.cpuUsage();
      return;
    }
    const { user, system } = process.cpuUsage(from);
    if (now === 0 || user + system < limitMs * 1000) return;
    const text = Buffer.from(input).toString().replace(/\0+$/, "");
    writeSync(2, `case ${now} has used more than ${limitMs} ms of CPU time (${title}):\n${text}\n`);
    process.kill(process.pid, "SIGKILL");
  }, 100);
}
