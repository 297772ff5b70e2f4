import type { FileHandle } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { openRegular } from "../../services/readable-file.js";
import { LIMITS, type Limits } from "./limits.js";
import { connectTo, listen } from "./listen.js";
import type { SocketAddress } from "./listen-address.js";

/** A timer that fires later than this was delayed by this process itself. */
const MAX_TIMER_DELAY_MS = 1000;

/** A timer. Once `unref` was called, it doesn't keep the process from ending. */
export interface Timer {
  unref(): this;
}

/** Knows which of the values that were registered code can't reach any more. */
export type Registry<Held> = Pick<FinalizationRegistry<Held>, "register" | "unregister">;

/**
 * What the two sides of a connection take from the machine that they run on. A simulation gives them another one, in
 * which it decides what happens when.
 */
export interface Runtime {
  readonly limits: Limits;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** The time of day. */
  date(): Date;
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
  /** Resolves once the time is over. Rejects when the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls back in this turn of the event loop if its input is still being read, otherwise in the next one. */
  setImmediate(callback: () => void): void;
  /** Resolves in a later turn of the event loop. */
  nextTurn(): Promise<void>;
  /** @param collected called some time after a registered value was collected as garbage, with what it stands for. */
  registry<Held>(collected: (held: Held) => void): Registry<Held>;
  /** As `openRegular`. */
  openFile(path: string): Promise<FileHandle>;
  /** As `listen`. */
  listen(address: SocketAddress, connected: (socket: Socket) => void): Promise<Server>;
  /** As `connectTo`. */
  connect(address: SocketAddress): Promise<Socket>;
}

/** Whether a timer fires so late that this process must have been blocked, or without a processor: it has read nothing meanwhile. */
export function isLate(runtime: Runtime, due: number): boolean {
  return runtime.now() - due > MAX_TIMER_DELAY_MS;
}

/** The machine itself. */
export const REAL_RUNTIME: Runtime = {
  limits: LIMITS,
  now: () => performance.now(),
  date: () => new Date(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  pause: (ms, signal) => pause(ms, undefined, { signal }),
  setImmediate: (callback) => void setImmediate(callback),
  nextTurn: () => nextTurn(),
  registry: (collected) => new FinalizationRegistry(collected),
  openFile: openRegular,
  listen,
  connect: connectTo,
};
