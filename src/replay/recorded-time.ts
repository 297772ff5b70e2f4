import { hashOf } from "../operate/share.js";
import { Clock, type Timer } from "../services/clock.js";
import type { Scene } from "./scene.js";

/**
 * While a decision is replayed, the process lives in its time: `Date`, `performance.now()` and the `Clock` stand still at
 * it. Random numbers follow from its id, so that a replay comes to the same each time; who asks for them is noted.
 */
export class RecordedTime {
  #ms: number | undefined;
  #firstMs = 0;
  #chance = 0;
  #realNow = Date.now;

  constructor(private readonly scene: Scene) {}

  /** Milliseconds since the epoch. */
  nowMs(): number {
    return this.#ms ?? this.#realNow();
  }

  /** From now on, it's the time of a decision. */
  enter(time: string, id: string): void {
    this.#ms = Date.parse(time);
    this.#firstMs ||= this.#ms;
    this.#chance = hashOf(id);
  }

  /** From now on, it's today. */
  leave(): void {
    this.#ms = undefined;
  }

  /** Puts itself in the place of the process's own time. One at a time. @returns what takes it back */
  install(): () => void {
    const RealDate = Date;
    const realRandom = Math.random;
    this.#realNow = RealDate.now;
    const now = () => this.nowMs();
    const realNow = performance.now.bind(performance);
    globalThis.Date = new Proxy(RealDate, {
      construct: (target, args: unknown[], asked) =>
        Reflect.construct(target, args.length > 0 ? args : [now()], asked) as object,
      apply: () => new RealDate(now()).toString(),
      get: (target, property) => (property === "now" ? now : (Reflect.get(target, property) as unknown)),
    });
    Math.random = () => (this.#ms === undefined ? realRandom() : this.#nextChance());
    performance.now = () => (this.#ms === undefined ? realNow() : this.#ms - this.#firstMs + 1);
    return () => {
      globalThis.Date = RealDate;
      Math.random = realRandom;
      Reflect.deleteProperty(performance, "now");
    };
  }

  /** Mulberry32: small, and the same on every machine. */
  #nextChance(): number {
    if (this.scene.call) this.scene.call.usesChance = true;
    this.#chance = (this.#chance + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#chance ^ (this.#chance >>> 15), 1 | this.#chance);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/**
 * A clock in recorded time. A timer of a callback fires once the callback has nothing else to wait for, and is gone when it
 * has answered; others never fire.
 */
export class ReplayedClock extends Clock {
  constructor(
    private readonly scene: Scene,
    private readonly time: RecordedTime,
  ) {
    super();
  }

  nowMs(): number {
    return this.time.nowMs();
  }

  setTimer(_ms: number, callback: () => void): Timer {
    const { call } = this.scene;
    if (!call) return { cancel: () => undefined };
    // Answers of services come in microtasks, which run before.
    const immediate = setImmediate(() => {
      if (this.scene.call === call) callback();
    });
    return { cancel: () => clearImmediate(immediate) };
  }
}
