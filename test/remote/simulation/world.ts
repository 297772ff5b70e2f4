/** Random numbers that a seed decides (mulberry32). */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Something that may happen next, such as that bytes arrive. */
export interface Source {
  /** What would happen, for the schedule; undefined while nothing can. */
  readonly next: () => string | undefined;
  readonly happen: () => void;
  /** Called when time passes while it could happen, or while anything else keeps the processes busy. */
  readonly waited: (ms: number) => void;
}

/** A timer of the simulation. */
export class SimulatedTimer {
  constructor(
    readonly at: number,
    readonly what: string,
    readonly callback: () => void,
    readonly owner: object,
  ) {}

  unref(): this {
    return this;
  }
}

interface Turn {
  readonly what: string;
  readonly callback: () => void;
  readonly owner: object;
}

/** More steps than any schedule that comes to rest takes. */
const MOST_STEPS = 8000;
/** As of the real event loop; the simulation has its own. */
const { setImmediate } = globalThis;

/**
 * One event loop for everything in a simulation, in which the seed decides what happens next: which bytes arrive, which
 * timer or turn runs, and when time passes. Time may pass while anything is under way.
 */
export class World {
  now = 0;
  readonly random: Random;
  readonly sources = new Set<Source>();
  readonly timers = new Set<SimulatedTimer>();
  /** What happened, step by step; kept when the schedule is to be printed. */
  readonly schedule: string[] = [];
  /** A digest of the schedule: the same seed has the same one. */
  digest = 0;
  steps = 0;
  readonly #turns: Turn[] = [];
  /** How likely time passes while something is under way. */
  haste: number;
  /** How many bytes arrive together at most. */
  readonly chunkBytes: number;

  constructor(
    readonly seed: number,
    private readonly keepsSchedule = false,
  ) {
    this.random = randomOf(seed);
    this.haste = this.pick([0, 0.001, 0.01, 0.05]);
    this.chunkBytes = this.pick([200, 2000, 50_000]);
  }

  /** Whole numbers from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  setTimeout(what: string, callback: () => void, ms: number, owner: object = this): SimulatedTimer {
    const timer = new SimulatedTimer(this.now + Math.ceil(ms), what, callback, owner);
    this.timers.add(timer);
    return timer;
  }

  /** Something that runs in a later turn of the event loop. @returns how to keep it from running. */
  turn(what: string, callback: () => void, owner: object = this): () => void {
    const turn = { what, callback, owner };
    this.#turns.push(turn);
    return () => this.#removeTurn(turn);
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.setTimeout("pause", resolve, ms));
  }

  /** What a process had planned doesn't happen once it is dead. */
  forget(owner: object): void {
    for (const timer of this.timers) if (timer.owner === owner) this.timers.delete(timer);
    for (const turn of this.#turns.filter((one) => one.owner === owner)) this.#removeTurn(turn);
  }

  /** Notes what happened, for the schedule. */
  note(what: string): void {
    for (let index = 0; index < what.length; index++) this.digest = (this.digest * 31 + what.charCodeAt(index)) | 0;
    if (this.keepsSchedule) this.schedule.push(`${String(Math.round(this.now)).padStart(7)} ms  ${what}`);
  }

  /** Whether anything can happen before time passes. */
  get isUnderWay(): boolean {
    if (this.#turns.length > 0) return true;
    for (const { next } of this.sources) if (next() !== undefined) return true;
    return false;
  }

  /** Goes on until nothing can happen any more, or until `isDone`. @returns false when that takes too long. */
  async run(isDone: () => boolean = () => false): Promise<boolean> {
    await settled();
    for (let left = MOST_STEPS; left > 0; left--) {
      if (isDone() || !this.#step()) return true;
      this.steps++;
      await settled();
    }
    return false;
  }

  #step(): boolean {
    const events: (() => void)[] = [];
    const names: string[] = [];
    for (const source of this.sources) {
      const name = source.next();
      if (name === undefined) continue;
      names.push(name);
      events.push(source.happen);
    }
    for (const turn of this.#turns) {
      names.push(turn.what);
      events.push(() => {
        this.#removeTurn(turn);
        turn.callback();
      });
    }
    let nextAt = Infinity;
    for (const timer of this.timers) {
      if (timer.at > this.now) nextAt = Math.min(nextAt, timer.at);
      else {
        names.push(timer.what);
        events.push(() => {
          this.timers.delete(timer);
          timer.callback();
        });
      }
    }
    if (Number.isFinite(nextAt) && (events.length === 0 || this.chance(this.haste))) {
      // While something is under way, only a little time passes in one go: a machine may be slow, but not for hours.
      this.#pass(Math.min(nextAt - this.now, events.length > 0 ? 1 + this.below(500) : Infinity));
      return true;
    }
    if (events.length === 0) return false;
    const index = this.below(events.length);
    this.note(names[index]!);
    events[index]!();
    return true;
  }

  #pass(ms: number): void {
    const isBusy = this.#turns.length > 0 || [...this.timers].some(({ at }) => at <= this.now);
    for (const { next, waited } of this.sources) if (isBusy || next() !== undefined) waited(ms);
    this.now += ms;
    this.note("time passes");
  }

  #removeTurn(turn: Turn): void {
    const index = this.#turns.indexOf(turn);
    if (index >= 0) this.#turns.splice(index, 1);
  }
}

/** All promises that can settle have, by the next turn of the real event loop. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
