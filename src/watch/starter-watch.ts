import { Socket } from "node:net";
import type { Starter } from "./messages.js";

/** Notices that the process which started this one has exited: by its id, and by the end of standard input. */
export class StarterWatch {
  #why: string | undefined;

  constructor(private readonly starter: Starter) {
    if (!starter.hasPipe) return;
    // The main thread leaves standard input alone: of two readers, the first to close it would take the end from the other.
    const input = new Socket({ fd: 0, readable: true, writable: false, allowHalfOpen: true });
    const ended = () => (this.#why ??= "its standard input ended");
    input.once("end", ended).once("error", ended).resume();
  }

  /** How it was noticed; undefined while the starter is alive. */
  get goneBecause(): string | undefined {
    if (process.ppid !== this.starter.pid) this.#why ??= "its parent process ended";
    return this.#why;
  }
}
