import { fork } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { RoomEventDict } from "ligand";
import { readRaw, writeRaw } from "./raw-protocol.js";

/** A process that is asked by hand: the least that a call of another process costs with JSON. */
export class RawPeer {
  readonly #child = fork(fileURLToPath(new URL("raw-child.js", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "pipe", "ipc"],
  });
  readonly #socket = this.#child.stdio[3] as Socket;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #last = 0;

  constructor() {
    readRaw(this.#socket, ({ id, answer }: { id: number; answer: unknown }) => {
      const resolve = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      resolve(answer);
    });
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
