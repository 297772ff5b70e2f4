import type { Logger } from "winston";
import type { Hooks } from "../../catalogue/index.js";
import type { Clock } from "../../services/clock.js";
import type { HomeserverSettings } from "../homeserver-settings.js";

/** A database migration that runs in batches. @public */
export interface BackgroundUpdate {
  readonly name: string;
  /** Whether one iteration does all of it. */
  readonly isOneShot?: boolean;
  /** Processes up to `batchSize` items and returns how many; 0 when it's done. */
  readonly run: (batchSize: number) => Promise<number>;
}

const DATABASE = "master";
const MAX_FAILURES = 5;
const NEW_WEIGHT = 0.1;

/** Runs background updates in a loop, one iteration after the other. @public */
export class BackgroundUpdateLoop {
  readonly #queue: BackgroundUpdate[] = [];
  /** Moving averages of how many items an iteration processes, and of how long it takes; by update. */
  readonly #averages = new Map<string, { readonly items: number; readonly ms: number }>();
  #failures = 0;

  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "backgroundUpdates">;
      readonly settings: Pick<HomeserverSettings, "backgroundUpdates">;
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {}

  /** Whether the loop has given up after five failures in a row. */
  get hasStopped(): boolean {
    return this.#failures >= MAX_FAILURES;
  }

  add(update: BackgroundUpdate): void {
    this.#queue.push(update);
  }

  /** Runs until nothing is left, or five iterations in a row have failed. */
  async run(): Promise<void> {
    while (this.#queue.length > 0 && !this.hasStopped) {
      try {
        await this.runIteration();
        this.#failures = 0;
      } catch (error) {
        this.#failures += 1;
        this.parts.logger.error(`An iteration of background update ${this.#queue[0]?.name} failed`, { error });
      }
    }
  }

  /** `onUpdate`, `enter`, the batch size, the update, `exit`: the last one in any case. */
  async runIteration(): Promise<void> {
    const update = this.#queue[0];
    if (!update) return;
    const { hooks, clock } = this.parts;
    const slot = hooks.backgroundUpdates.onUpdate(update.name, DATABASE, update.isOneShot ?? false) ?? this.#ownSlot();
    const durationMs = await slot.enter();
    let failure: { error: unknown } | undefined;
    try {
      const batchSize = await this.#batchSize(update.name, durationMs);
      const start = clock.nowMs();
      const done = await update.run(batchSize);
      this.#measure(update.name, done, clock.nowMs() - start);
      if (done === 0 || update.isOneShot) this.#queue.shift();
    } catch (error) {
      failure = { error };
      throw error;
    } finally {
      await (failure ? slot.exit(failure.error) : slot.exit());
    }
  }

  #ownSlot() {
    const { sleepMs, durationMs } = this.parts.settings.backgroundUpdates;
    return {
      enter: async () => {
        if (sleepMs > 0) await this.parts.clock.sleep(sleepMs);
        return durationMs;
      },
      exit: async () => {},
    };
  }

  /** Based on the speed so far; for the first iteration, on what modules or the settings say. */
  async #batchSize(name: string, durationMs: number): Promise<number> {
    const { hooks, settings } = this.parts;
    const { defaultBatchSize, minBatchSize } = settings.backgroundUpdates;
    const average = this.#averages.get(name);
    if (!average) {
      return (await hooks.backgroundUpdates.defaultBatchSize(name, DATABASE)) ?? defaultBatchSize;
    }
    const least = (await hooks.backgroundUpdates.minBatchSize(name, DATABASE)) ?? minBatchSize;
    return Math.max(Math.trunc((durationMs * average.items) / average.ms), least);
  }

  #measure(name: string, items: number, elapsedMs: number): void {
    // An iteration that took no time says nothing about the speed.
    if (elapsedMs === 0) return;
    const { items: oldItems, ms: oldMs } = this.#averages.get(name) ?? { items, ms: elapsedMs };
    this.#averages.set(name, {
      items: oldItems + NEW_WEIGHT * (items - oldItems),
      ms: oldMs + NEW_WEIGHT * (elapsedMs - oldMs),
    });
  }
}
