import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import type { ReadingCall, RecordedDispatch, Recorder } from "../dispatch/recorded-dispatch.js";
import { caught, shownError } from "../errors/caught.js";
import { outsideRequests } from "../services/outside-requests.js";
import { DecisionIds } from "./decision-ids.js";
import type { DecisionRecord } from "./decision-record.js";
import { describeDispatch } from "./describe-dispatch.js";
import { isDecided, keepOf, type Keep } from "./keep.js";
import type { PersonalHash } from "./personal-hash.js";
import { readingOf } from "./reading-calls.js";
import type { Withholding } from "./withheld.js";

/** So many dispatches wait to be written down. */
const MOST_WAITING = 10_000;
/** For how long they are written down in one turn of the event loop, in milliseconds. */
const TURN_MS = 5;

/** How decisions are recorded. */
export interface RecorderSettings {
  readonly keep: Keep;
  readonly withholding: Omit<Withholding, "hash">;
  readonly hash: PersonalHash;
  /** Whether modules of a class can ask services; undefined where what is answered isn't recorded. */
  readonly asksServices?: ((moduleClass: Function) => boolean) | undefined;
}

/** Where records go. @param line the record as JSON */
export type Deliver = (record: DecisionRecord, line: string) => void;

/** Where a recorder says that it can't describe a decision. */
export interface RecorderLog {
  error(message: string, meta: object): unknown;
}

/** Takes dispatches that are over, and makes their records in later turns of the event loop. */
export class DecisionRecorder implements Recorder {
  revision = 1;
  /** Dispatches that weren't recorded because too many waited, or because they couldn't be described. */
  dropped = 0;
  #waiting: RecordedDispatch[] = [];
  #isScheduled = false;
  #hasFailed = false;
  /** Read once a turn of the event loop, because it costs more than the rest of a dispatch. */
  #now = 0;
  readonly #ids = new DecisionIds();
  readonly #withholding: Withholding;
  readonly #key: string | undefined;

  constructor(
    private readonly settings: RecorderSettings,
    private readonly deliver: Deliver,
    private readonly log: RecorderLog,
  ) {
    const { hash, withholding } = settings;
    this.#withholding = { ...withholding, hash: hash.of };
    this.#key = withholding.personal === "hashed" ? hash.keyId : undefined;
  }

  enter(dispatch: RecordedDispatch): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.dropped++;
      return;
    }
    this.#waiting.push(dispatch);
    if (this.#isScheduled) {
      dispatch.endedAt = this.#now;
      return;
    }
    this.#isScheduled = true;
    dispatch.endedAt = this.#now = Date.now();
    outsideRequests(() => setImmediate(() => this.#turn()));
  }

  reading(callback: ChainCallback, hook: AnyHook): ReadingCall | undefined {
    const { asksServices } = this.settings;
    return asksServices && readingOf(callback, hook, asksServices(callback.moduleClass));
  }

  /** Makes the records of all that is over. */
  drain(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const dispatch of waiting) this.#record(dispatch);
  }

  #turn(): void {
    const end = performance.now() + TURN_MS;
    let count = 0;
    while (count < this.#waiting.length && performance.now() < end) this.#record(this.#waiting[count++]!);
    this.#waiting.splice(0, count);
    this.#now = Date.now();
    this.#isScheduled = this.#waiting.length > 0;
    if (this.#isScheduled) setImmediate(() => this.#turn());
  }

  #record(dispatch: RecordedDispatch): void {
    const { name, hook } = dispatch.chain;
    try {
      const keep = keepOf(this.settings.keep, name, hook);
      if (keep === "decided" ? !isDecided(dispatch) : typeof keep === "number" && Math.random() >= keep) return;
      const id = this.#ids.next(dispatch.endedAt);
      const { record, line } = describeDispatch(dispatch, id, this.#withholding, this.#key);
      this.deliver(record, line);
    } catch (thrown) {
      this.dropped++;
      if (!this.#hasFailed) {
        const error = caught(thrown);
        this.log.error(`Can't record a decision of ${name}: ${shownError(error)}`, { stack: error.stack });
      }
      this.#hasFailed = true;
    }
  }
}
