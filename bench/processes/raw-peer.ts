import { fork } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { RoomEventDict } from "ligand";
import { readRaw, writeRaw } from "./raw-protocol.js";

/**
 * A process that is asked by hand: the least that a call of another process costs with JSON. As a process of modules, it leads
 * a session of its own: Linux divides processors among sessions first, and a call between two of them waits longer for its turn.
 */
export class RawPeer {
  readonly #child;
  readonly #socket;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #last = 0;

  /** @param delayMs after how long the process answers; by default immediately, without a timer. */
  constructor(delayMs = 0) {
    this.#child = fork(fileURLToPath(new URL("raw-child.js", import.meta.url)), [String(delayMs)], {
      detached: true,
      stdio: ["ignore", "inherit", "inherit", "pipe", "ipc"],
    });
    this.#socket = this.#child.stdio[3] as Socket;
    readRaw(this.#socket, ({ id, answer }: { id: number; answer: unknown }) => {
      const resolve = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      resolve(answer);
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  ask(event: Partial<RoomEventDict>): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      writeRaw(this.#socket, { id, event });
    });
  }

  async stop(): Promise<void> {
    this.#socket.end();
    await once(this.#child, "exit");
  }
}
