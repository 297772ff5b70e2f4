import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import type { Came, RecordedDispatch } from "../hooks/recorded-dispatch.js";
import { secretsOf } from "../hooks/secrets-of.js";
import { isCode } from "../matrix/codes.js";
import { RoomEvent } from "../matrix/room-event.js";
import { NOT_SPAM } from "../matrix/verdict.js";
import { facetReader } from "../operate/facets.js";
import type {
  CallbackRecord,
  DecisionRecord,
  DecisionSubject,
  ErrorRecord,
  NotAsked,
  Recorded,
} from "./decision-record.js";
import { errorRecord, withheldTexts } from "./error-writer.js";
import { ReadNote } from "./read-note.js";
import { jsonBytes, RoomLeft } from "./room-left.js";
import { ValueWriter } from "./value-writer.js";
import { uncarried, type Withholding } from "./withheld.js";

/** How many bytes the values of a record may take: the line has at most 64 KiB. */
const MOST_BYTES = 60 * 1024;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Makes the record of a dispatch that is over. @param id of the record */
export function describeDispatch(
  dispatch: RecordedDispatch,
  id: string,
  withholding: Withholding,
  key: string | undefined,
): DecisionRecord {
  return new Description(dispatch, withholding).record(id, key);
}

class Description {
  readonly #room = new RoomLeft(MOST_BYTES);
  readonly #writer: ValueWriter;
  readonly #hook: AnyHook;
  readonly #parameters: readonly Parameter[];
  readonly #args: readonly unknown[];
  #written: readonly Recorded[] = [];
  #withheld: readonly string[] | undefined;

  constructor(
    private readonly dispatch: RecordedDispatch,
    withholding: Withholding,
  ) {
    this.#writer = new ValueWriter(withholding, this.#room);
    this.#hook = dispatch.chain.hook;
    this.#parameters = this.#hook.parameters as readonly Parameter[];
    this.#args = dispatch.args!;
  }

  record(id: string, key: string | undefined): DecisionRecord {
    const { chain, time, context = {}, revision, beganAt, endedAt, outcome } = this.dispatch;
    const { origin, requestId } = context;
    const about = this.#about();
    this.#written = this.#room.at("args", () =>
      this.#parameters.map((parameter, position) =>
        this.#room.at(position, () => this.#argument(parameter, this.#args[position], false)),
      ),
    );
    const ended =
      outcome && "error" in outcome
        ? { error: this.#error(outcome.error) }
        : { result: this.#room.at("result", () => this.#answer(outcome?.result)) };
    const callbacks = this.#room.at("callbacks", () => this.#callbacks());
    const { cuts } = this.#room;
    return {
      version: 1,
      id,
      time: new Date(time).toISOString(),
      hook: chain.name,
      ...(origin !== undefined && { origin }),
      ...(requestId !== undefined && { requestId: String(requestId).slice(0, 200) }),
      about,
      ...this.#roomVersion(),
      args: this.#written,
      callbacks,
      ...ended,
      ms: milliseconds(endedAt - beganAt),
      revision,
      ...(key !== undefined && { key }),
      ...(cuts.length > 0 && { truncated: cuts }),
    };
  }

  #about(): DecisionSubject {
    const [a0, a1, a2, a3, a4, a5] = this.#args;
    const facets = facetsOf(this.#hook);
    const write = (value: unknown) =>
      typeof value === "string" ? this.#writer.write(value, "personal", false) : undefined;
    const room = write(facets.room?.(a0, a1, a2, a3, a4, a5));
    const user = write(facets.user?.(a0, a1, a2, a3, a4, a5));
    return {
      ...(room !== undefined && { room }),
      ...(user !== undefined && { user }),
      ...(a0 instanceof RoomEvent && { event: this.#writer.write(a0.eventId, "public", false) }),
    };
  }

  #roomVersion(): Pick<DecisionRecord, "roomVersion"> {
    const [event] = this.#args;
    return event instanceof RoomEvent && event.roomVersion !== "11" ? { roomVersion: event.roomVersion } : {};
  }

  #argument({ kind, lent, privacy = "body" }: Parameter, value: unknown, isOfModule: boolean): Recorded {
    if (kind === "state") return uncarried("the state of the room");
    if (lent) return uncarried("something that was lent for the call");
    return this.#writer.write(value, privacy, isOfModule);
  }

  #answer(answer: unknown): Recorded {
    const { kind, privacy } = this.#hook.answers;
    if (kind === "verdict" && (answer === NOT_SPAM || isCode(answer))) return answer as string;
    return this.#writer.write(answer, privacy);
  }

  #error(thrown: unknown): ErrorRecord {
    this.#withheld ??= [
      ...secretsOf(this.#parameters, this.#args),
      ...this.#parameters.flatMap((_, position) =>
        withheldTexts(this.#args[position], this.#written[position] ?? null),
      ),
    ];
    const error = errorRecord(thrown, this.#withheld);
    this.#room.take(jsonBytes(error.message) + 100);
    return error;
  }

  /** Answers first: what doesn't fit is rather something that was read. */
  #callbacks(): CallbackRecord[] {
    const { chain, came } = this.dispatch;
    const byIndex = new Map(came.map((each) => [each.index, each]));
    const last = came.at(-1);
    const end = last && (last.decided || this.#endedBy(last)) ? last.index : chain.callbacks.length - 1;
    let before = this.dispatch.beganAt;
    const records = chain.callbacks.map((callback, index) => {
      const each = byIndex.get(index);
      const ms = each && milliseconds(each.at - before);
      if (each) before = each.at;
      return this.#room.at(index, () => this.#callback(callback, each, index > end, ms));
    });
    for (const [index, notes] of this.dispatch.reads ?? []) {
      const record = records[index] as Mutable<CallbackRecord> | undefined;
      if (!record || notes.length === 0) continue;
      record.reads = this.#room.at(index, () => this.#room.at("reads", () => this.#reads(notes)));
    }
    return records;
  }

  #endedBy({ thrown }: Came): boolean {
    const { outcome } = this.dispatch;
    return thrown !== undefined && outcome !== undefined && "error" in outcome;
  }

  #callback(
    callback: ChainCallback,
    came: Came | undefined,
    isBehind: boolean,
    ms: number | undefined,
  ): CallbackRecord {
    const { module, name, shadow } = callback;
    this.#room.take(60 + jsonBytes(module.id) + jsonBytes(name));
    const record: Mutable<CallbackRecord> = { module: module.id, callback: name, mode: shadow ? "shadow" : "enforce" };
    if (shadow) return this.#shadowed(callback, record, isBehind);
    if (!came) {
      record.notAsked = isBehind ? "decided before" : this.#whyNot(callback);
      return record;
    }
    if (came.stoodIn) record.notAsked = "circuit breaker";
    if (came.thrown) record.error = this.#error(came.thrown.error);
    else record.answer = this.#room.at("answer", () => this.#answer(came.answer));
    if (came.decided) record.decided = true;
    if (ms !== undefined) record.ms = ms;
    const changed = this.#changed(came);
    if (changed) record.changed = changed;
    return record;
  }

  #shadowed(callback: ChainCallback, record: Mutable<CallbackRecord>, isBehind: boolean): CallbackRecord {
    const outcome = this.dispatch.shadows?.get(callback);
    if (outcome?.result === undefined) {
      record.notAsked = isBehind ? "decided before" : this.#whyNot(callback);
      return record;
    }
    record.shadow = outcome.result;
    if (outcome.error) record.error = this.#error(outcome.error);
    else if ("answer" in outcome) record.answer = this.#room.at("answer", () => this.#answer(outcome.answer));
    return record;
  }

  #whyNot(callback: ChainCallback): NotAsked {
    const { interest, whyNot, remote, failed } = callback;
    const [a0, a1, a2, a3, a4, a5] = this.#args;
    if (interest.types && a0 instanceof RoomEvent && !interest.types.includes(a0.type)) return "types";
    const why = whyNot?.(a0, a1, a2, a3, a4, a5);
    if (why !== undefined) return why;
    if (remote) return "process";
    return failed ? "circuit breaker" : "options";
  }

  /** Live arguments that aren't what they were before the callback. */
  #changed({ index, live }: Came): CallbackRecord["changed"] {
    if (live.length === 0) return undefined;
    const { chain, came } = this.dispatch;
    const place = came.findIndex((each) => each.index === index);
    const changed: Record<number, Recorded> = {};
    for (const [order, position] of chain.live.entries()) {
      const before = place === 0 ? this.#args[position] : came[place - 1]!.live[order];
      if (JSON.stringify(before) === JSON.stringify(live[order])) continue;
      changed[position] = this.#room.at("changed", () =>
        this.#room.at(position, () => this.#argument(this.#parameters[position]!, live[order], true)),
      );
    }
    return Object.keys(changed).length > 0 ? changed : undefined;
  }

  #reads(notes: readonly unknown[]): NonNullable<CallbackRecord["reads"]> {
    return notes
      .filter((note) => note instanceof ReadNote)
      .map((note, place) => this.#room.at(place, () => note.record(this.#writer)));
  }
}

interface Facets {
  readonly room: ReturnType<typeof facetReader>;
  readonly user: ReturnType<typeof facetReader>;
}

const FACETS = new WeakMap<AnyHook, Facets>();

function facetsOf(hook: AnyHook): Facets {
  let facets = FACETS.get(hook);
  if (!facets) FACETS.set(hook, (facets = { room: facetReader(hook, "room"), user: facetReader(hook, "sender") }));
  return facets;
}

function milliseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000);
}
