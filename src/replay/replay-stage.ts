import type { DecisionRecord } from "../decisions/decision-record.js";
import type { PersonalHash } from "../decisions/personal-hash.js";
import { createLogger } from "../logging/create-logger.js";
import { RecordComparer } from "./compare-recorded.js";
import { play, type PlayedDecision } from "./play.js";
import { RecordedTime, ReplayedClock } from "./recorded-time.js";
import {
  readReplayConfiguration,
  ReplayedModules,
  type ConfigurationSource,
  type ReplayConfiguration,
  type ReplayFrame,
} from "./replayed-modules.js";
import { Scene } from "./scene.js";
import { START_TIMEOUT_MS } from "../modules/within-budget.js";

/** How decisions are made anew. */
export interface StageOptions {
  /** Compares what was hashed; absent where no key is known. */
  readonly hasher?: Pick<PersonalHash, "keyId" | "of"> | undefined;
  /** How long a module may take to be imported, to start, and to stop, in milliseconds each; 30,000 by default. */
  readonly budgetMs?: number;
  /** How long a hook may take, in milliseconds; 10,000 by default. */
  readonly callbackLimitMs?: number;
}

/** The replay that lives in recorded time, until it has left it. */
let turn = Promise.resolve();

/** Where decisions are made anew: without a homeserver, in the time of the record, one at a time. */
export class ReplayStage {
  readonly #scene = new Scene();
  readonly #time = new RecordedTime(this.#scene);
  #comparer: RecordComparer;

  constructor(private readonly options: StageOptions) {
    this.#comparer = new RecordComparer(undefined, options.hasher);
  }

  /** Compares with the decision that was played last. */
  get comparer(): RecordComparer {
    return this.#comparer;
  }

  /**
   * Reads a configuration, and nothing starts.
   *
   * @param without the ids of modules to leave out
   * @throws {ConfigError} with everything that's wrong with it.
   */
  read(source: ConfigurationSource, without: readonly string[] = []): Promise<ReplayConfiguration> {
    return readReplayConfiguration(source, { budgetMs: this.#budgetMs, without });
  }

  /**
   * From then on the process lives in the time of the decision that is played. It can do so for one replay at a time: the
   * others wait.
   *
   * @returns what ends that
   */
  async enterRecordedTime(): Promise<() => void> {
    const before = turn;
    let leave = () => {};
    turn = new Promise((resolve) => (leave = resolve));
    await before;
    const uninstall = this.#time.install();
    return () => {
      uninstall();
      leave();
    };
  }

  /** Starts the modules of a configuration. */
  start(configuration: ReplayConfiguration): Promise<ReplayedModules> {
    return ReplayedModules.start(configuration, this.#frame());
  }

  /** Asks modules what was asked then. */
  play(record: DecisionRecord, modules: ReplayedModules): Promise<PlayedDecision> {
    const { hasher, callbackLimitMs = 10_000 } = this.options;
    if (this.#comparer.key !== record.key) this.#comparer = new RecordComparer(record.key, hasher);
    const [scene, time] = [this.#scene, this.#time];
    return play(record, modules, { scene, time, comparer: () => this.#comparer, callbackLimitMs });
  }

  get #budgetMs(): number {
    return this.options.budgetMs ?? START_TIMEOUT_MS;
  }

  #frame(): ReplayFrame {
    const logger = createLogger({ level: "error" });
    // What modules log was logged then.
    logger.silent = true;
    return {
      scene: this.#scene,
      comparer: () => this.#comparer,
      clock: new ReplayedClock(this.#scene, this.#time),
      logger,
      budgetMs: this.#budgetMs,
    };
  }
}
