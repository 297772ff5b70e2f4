import { Socket } from "node:net";
import type { Starter } from "./messages.js";

/** Notices that whoever started this process has ended: by its parent's id, and by the end of standard input. */
export class StarterWatch {
  #why: string | undefined;

  constructor(private readonly starter: Starter) {
    if (!starter.hasPipe) return;
    // The main thread leaves standard input alone: whoever of two readers closes it first takes the end from the other.
    const input = new Socket({ fd: 0, readable: true, writable: false, allowHalfOpen: true });
    const ended = () => (this.#why ??= "its standard input ended");
    input.once("end", ended).once("error", ended).resume();
  }

  /** How it was noticed; undefined while the starter is there. */
  get goneBecause(): string | undefined {
    if (process.ppid !== this.starter.pid) this.#why ??= "its parent process ended";
    return this.#why;
  }
}
