import type { Dispatch } from "../dispatch/dispatch.js";
import { DecisionRecorder, type RecorderLog } from "./decision-recorder.js";
import type { DecisionRecord } from "./decision-record.js";
import { readKeep, readRetention, type DecisionsOptions } from "./decisions-options.js";
import { PersonalHash } from "./personal-hash.js";
import type { RecordClaim } from "./record-claim.js";
import type { RecordWriter, WriterLog } from "./record-writer.js";

/** Called with each decision that was recorded, shortly after it was made. @public */
export type DecisionListener = (record: DecisionRecord) => void;

/** How recording is doing. @public */
export interface DecisionsHealth {
  /** How many decisions were recorded since the host started. */
  readonly recorded: number;
  /** How many weren't, because too many waited or because the file couldn't be written. */
  readonly dropped: number;
  /** Why the file couldn't be written last; null if it could. */
  readonly problem: string | null;
}

/** What recording needs of its host. */
export interface DecisionsFrame {
  readonly dispatch: Dispatch;
  readonly log: RecorderLog & WriterLog;
  /** Whether modules of a class can ask services. */
  readonly asksServices: (moduleClass: Function) => boolean;
}

/** So many of the latest decisions are kept for those who come later. */
export const MOST_RECENT = 500;

/** Without options nothing is written down: what subscribers see is theirs to keep. */
const LIVE: DecisionsOptions = { personal: "whole" };

/** The decisions of a host: recorded to a file, and offered live. */
export class Decisions {
  readonly #listeners = new Set<DecisionListener>();
  readonly #recent: DecisionRecord[] = [];
  #frame: DecisionsFrame | undefined;
  #recorder: DecisionRecorder | undefined;
  #writer: RecordWriter | undefined;
  #ownClaim: RecordClaim | undefined;
  #recorded = 0;
  #hasEnded = false;
  #hashOf: ((text: string) => string) | undefined;

  /**
   * @param options how decisions are recorded; without them only while something is subscribed
   * @param claim on their file, which its owner releases; without it, one is taken for as long as decisions are recorded
   */
  constructor(
    private readonly options?: DecisionsOptions,
    private readonly claim?: RecordClaim,
  ) {}

  /** Whether decisions are recorded whether or not something is subscribed, and with them what services answer. */
  get isOn(): boolean {
    return this.options !== undefined;
  }

  /** How recording is doing; undefined if it was never on. */
  get health(): DecisionsHealth | undefined {
    if (!this.#recorder) return undefined;
    const dropped = this.#recorder.dropped + (this.#writer?.dropped ?? 0);
    return { recorded: this.#writer?.written ?? this.#recorded, dropped, problem: this.#writer?.problem ?? null };
  }

  /**
   * Calls a function with each decision from now on. Without the option `decisions`, they are recorded while something is
   * subscribed, and without what services answered.
   *
   * @returns what ends that
   */
  subscribe(listener: DecisionListener): () => void {
    // The same function may be subscribed twice.
    const own: DecisionListener = (record) => listener(record);
    this.#listeners.add(own);
    this.#recordIfWanted();
    return () => {
      this.#listeners.delete(own);
      this.#recordIfWanted();
    };
  }

  /** The latest decisions, the last one first: 500 at most. */
  recent(): readonly DecisionRecord[] {
    return this.#recent.slice(-MOST_RECENT).toReversed();
  }

  /** What stands for a user or a room in records; undefined where it's the id itself, or nothing. */
  hashOf(text: string): string | undefined {
    return this.#hashOf?.(text);
  }

  /** Makes the records of all decisions that are made, without waiting for the turn of the event loop that does. */
  drain(): void {
    this.#recorder?.drain();
  }

  /**
   * Begins to record, if that's wanted. Called before the modules start.
   *
   * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if the file or the key can't be used, or if another process records to
   *   the file.
   */
  async start(frame: DecisionsFrame): Promise<void> {
    this.#frame = frame;
    const { options = LIVE } = this;
    const { file, personal = "hashed", bodies = false } = options;
    const key = file === undefined ? undefined : await this.#open(file, options, frame.log);
    const hash = key ?? PersonalHash.ephemeral();
    this.#hashOf = personal === "hashed" ? hash.of : undefined;
    this.#recorder = new DecisionRecorder(
      {
        keep: readKeep(options.keep),
        withholding: { personal, bodies },
        hash,
        asksServices: this.isOn ? frame.asksServices : undefined,
      },
      (record, line) => this.#deliver(record, line),
      frame.log,
    );
    this.#recordIfWanted();
  }

  /** Opens the file. @returns the key of its hashes, if it needs one */
  async #open(file: string, options: DecisionsOptions, log: WriterLog): Promise<PersonalHash | undefined> {
    // Most hosts keep no decisions: they load nothing of this.
    const { RecordClaim } = await import("./record-claim.js");
    const { RecordWriter } = await import("./record-writer.js");
    const { keyOf } = await import("./claim-record.js");
    if (!this.claim) this.#ownClaim = await RecordClaim.take(file);
    this.#writer = new RecordWriter(file, readRetention(options), log);
    await this.#writer.open();
    return keyOf(options);
  }

  /** The number of the configuration that runs now. */
  revised(revision: number): void {
    if (this.#recorder) this.#recorder.revision = revision;
  }

  /** Resolves once all decisions that are made are in the file. */
  async written(): Promise<void> {
    this.drain();
    await this.#writer?.flush();
  }

  /** Offers a decision to those who are subscribed. */
  publish(record: DecisionRecord): void {
    if (this.#recent.push(record) > 2 * MOST_RECENT) this.#recent.splice(0, MOST_RECENT);
    for (const listener of this.#listeners) {
      // A page that fails must not keep decisions from the file, or from other pages.
      try {
        listener(record);
      } catch (error) {
        this.#frame?.log.error("A subscriber to decisions failed", { error });
      }
    }
  }

  /** Whether no further decisions will come. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Writes what waits, and ends. */
  async stop(): Promise<void> {
    this.#hasEnded = true;
    this.drain();
    try {
      await this.#writer?.close();
    } finally {
      await this.#ownClaim?.release();
    }
  }

  #recordIfWanted(): void {
    if (!this.#frame) return;
    const recorder = this.isOn || this.#listeners.size > 0 ? this.#recorder : undefined;
    const { dispatch } = this.#frame;
    if (dispatch.recorder !== recorder) dispatch.record(recorder);
  }

  #deliver(record: DecisionRecord, line: string): void {
    this.#recorded++;
    this.#writer?.add(line);
    this.publish(record);
  }
}
