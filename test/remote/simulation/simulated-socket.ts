import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { World } from "./world.js";

/** The bytes that one end has written and the other one has not received. */
class Pipe {
  #chunks: Buffer[] = [];
  size = 0;
  /** How the end that writes has ended, which the other one learns after the bytes. */
  end: "finished" | "reset" | undefined;
  /** What was received of it, in the pieces in which it came. */
  readonly received: Buffer[] = [];

  push(bytes: Buffer): void {
    if (this.end) return;
    this.#chunks.push(bytes);
    this.size += bytes.length;
  }

  /** The first bytes, which are under way no longer. */
  take(count: number): Buffer {
    const all = Buffer.concat(this.#chunks, this.size);
    this.#chunks = count < this.size ? [all.subarray(count)] : [];
    this.size -= count;
    return all.subarray(0, count);
  }

  /** Loses what is under way beyond the first bytes. */
  cut(count: number): void {
    const kept = this.take(Math.min(count, this.size));
    this.#chunks = [kept];
    this.size = kept.length;
  }
}

/** Of a delay as long, time limits of the protocol may take notice. */
const HURTING_DELAY_MS = 10_000;

/** One end of a simulated connection, as far as Ligand uses sockets. The world decides when its bytes arrive. */
export class SimulatedSocket extends EventEmitter {
  destroyed = false;
  readonly out = new Pipe();
  other!: SimulatedSocket;
  /** For how long, in milliseconds, time passed while something could have happened here. */
  lag = 0;
  /** When it was cut on purpose, or its process ended. */
  cutAt: number | undefined;
  /** Since when the server that it leads to has been stopping. */
  serverClosedAt = (): number | undefined => undefined;
  #isPaused = false;
  #isEnding = false;

  constructor(
    readonly world: World,
    readonly name: string,
  ) {
    super();
  }

  get writable(): boolean {
    return !this.destroyed && !this.#isEnding;
  }

  get writableLength(): number {
    return this.out.size;
  }

  isPaused(): boolean {
    return this.#isPaused;
  }

  pause(): this {
    this.#isPaused = true;
    return this;
  }

  resume(): this {
    this.#isPaused = false;
    return this;
  }

  cork(): void {}
  uncork(): void {}

  write(data: string | Buffer): boolean {
    if (this.writable) this.out.push(Buffer.from(data));
    return true;
  }

  end(data?: string | Buffer): this {
    if (data !== undefined) this.write(data);
    this.#isEnding = true;
    this.out.end ??= "finished";
    return this;
  }

  /** Ends once what was written has left this process; it may still be under way then. */
  destroySoon(): void {
    if (this.destroyed) return;
    this.end();
    this.#close();
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    const { world, out } = this;
    // What was written may get lost, from somewhere on.
    if (!out.end && world.chance(0.5)) {
      out.cut(world.below(out.size + 1));
      out.end = "reset";
    }
    this.end();
    this.#close(error);
    return this;
  }

  #close(error?: Error): void {
    this.destroyed = true;
    this.world.turn(`${this.name} closes`, () => {
      if (error) this.emit("error", error);
      this.emit("close");
    });
  }

  /** What would arrive here next. */
  readonly next = (): string | undefined => {
    const { other, destroyed } = this;
    const from = other.out;
    if (destroyed || this.listenerCount("data") === 0) return undefined;
    if (from.size > 0) return this.#isPaused ? undefined : `${this.name} receives`;
    return from.end && `${this.name} ends`;
  };

  readonly waited = (ms: number): void => {
    this.lag += ms;
  };

  /** The schedule breaks the connection. */
  cut(): void {
    this.cutAt ??= this.world.now;
    this.other.cutAt ??= this.world.now;
    this.destroy();
  }

  /** Whether bytes or its end are still to be seen here. */
  get isUnderWay(): boolean {
    const { out } = this.other;
    return this.world.sources.has(this) && (this.destroyed || out.size > 0 || out.end !== undefined);
  }

  /** Whether what happened to the connection is a reason for losing what is under way on it. */
  get isHurt(): boolean {
    return this.cutAt !== undefined || this.delay >= HURTING_DELAY_MS;
  }

  /** For how long, in milliseconds, something was under way on the connection that could have arrived. */
  get delay(): number {
    return this.lag + this.other.lag;
  }

  readonly happen = (): void => {
    const { world, other } = this;
    const from = other.out;
    if (from.size > 0) {
      const chunk = from.take(Math.min(from.size, 1 + world.below(world.chance(0.05) ? 7 : world.chunkBytes)));
      from.received.push(chunk);
      this.emit("data", chunk);
      return;
    }
    if (from.end === "reset") this.emit("error", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    else this.emit("end");
    this.destroySoon();
  };
}

/** A connection. @returns its two ends. */
export function socketPair(world: World, name: string): [here: SimulatedSocket, there: SimulatedSocket] {
  const here = new SimulatedSocket(world, `${name} (client)`);
  const there = new SimulatedSocket(world, `${name} (server)`);
  here.other = there;
  there.other = here;
  for (const end of [here, there]) {
    world.sources.add(end);
    end.once("close", () => world.sources.delete(end));
  }
  return [here, there];
}

export function asSocket(socket: SimulatedSocket): Socket {
  return socket as unknown as Socket;
}
