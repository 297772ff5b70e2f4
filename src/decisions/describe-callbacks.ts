import { isDeepStrictEqual } from "node:util";
import type { ChainCallback } from "../hooks/contribution.js";
import type { Came, RecordedDispatch } from "../dispatch/recorded-dispatch.js";
import { RoomEvent } from "../matrix/room-event.js";
import type { CallbackRecord, NotAsked, ReadRecord, Recorded } from "./decision-record.js";
import { ReadNote } from "./read-note.js";
import type { ValuesOfHook } from "./values-of-hook.js";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What each callback of a hook had to do with a decision. Answers come first: what doesn't fit is rather something that was read. */
export function describeCallbacks(dispatch: RecordedDispatch, values: ValuesOfHook): CallbackRecord[] {
  const { chain, came, last, outcome, reads } = dispatch;
  const { room } = values.writer;
  const endedByError = last?.thrown && outcome && "error" in outcome;
  const end = last && (last.decided || endedByError) ? last.index : chain.callbacks.length - 1;
  let next = 0;
  const before = room.cuts.length;
  const records = chain.callbacks.map((callback, index) => {
    const each = came[next]?.index === index ? came[next++] : undefined;
    return room.at(index, () => callbackRecord(callback, each, index > end, dispatch, values));
  });
  for (const [index, notes] of reads ?? []) {
    if (notes.length === 0) continue;
    const record = records[index] as Mutable<CallbackRecord>;
    record.reads = room.at(index, () => room.at("reads", () => readRecords(notes, values)));
  }
  room.below("callbacks", before);
  return records;
}

function callbackRecord(
  callback: ChainCallback,
  came: Came | undefined,
  isBehind: boolean,
  dispatch: RecordedDispatch,
  values: ValuesOfHook,
): CallbackRecord {
  const { module, name, shadow } = callback;
  const { room } = values.writer;
  room.take(60 + module.id.length + name.length);
  const record: Mutable<CallbackRecord> = { module: module.id, callback: name, mode: shadow ? "shadow" : "enforce" };
  const outcome = shadow && dispatch.shadows?.get(callback);
  if (outcome?.result !== undefined) {
    record.shadow = outcome.result;
    if (outcome.error) record.error = values.error(outcome.error);
    else if ("answer" in outcome) record.answer = room.at("answer", () => values.answer(outcome.answer));
    return record;
  }
  if (!came) {
    record.notAsked = isBehind ? "decided before" : whyNot(callback, dispatch.args!);
    return record;
  }
  if (came.stoodIn) record.notAsked = "circuit breaker";
  if (came.thrown) record.error = values.error(came.thrown.error);
  else record.answer = room.at("answer", () => values.answer(came.answer));
  if (came.decided) record.decided = true;
  if (came.ms !== undefined) record.ms = Math.round(came.ms * 1000) / 1000;
  if (came.live.length > 0) {
    const changed = changedArguments(came, dispatch, values);
    if (changed) record.changed = changed;
  }
  return record;
}

function whyNot({ interest, whyNot: why, remote, guard }: ChainCallback, args: readonly unknown[]): NotAsked {
  const [a0, a1, a2, a3, a4, a5] = args;
  if (interest.types && a0 instanceof RoomEvent && !interest.types.includes(a0.type)) return "types";
  const wish = why?.(a0, a1, a2, a3, a4, a5);
  if (wish !== undefined) return wish;
  if (remote) return "process";
  return guard ? "circuit breaker" : "options";
}

/** Live arguments that aren't what they were before the callback. */
function changedArguments(
  { live, previous }: Came,
  { chain, args }: RecordedDispatch,
  values: ValuesOfHook,
): CallbackRecord["changed"] {
  const { room } = values.writer;
  const changed: Record<number, Recorded> = {};
  for (const [order, position] of chain.live.entries()) {
    const before = previous ? previous.live[order] : args![position];
    if (isDeepStrictEqual(before, live[order])) continue;
    changed[position] = room.at("changed", () => room.at(position, () => values.argument(position, live[order], true)));
  }
  return Object.keys(changed).length > 0 ? changed : undefined;
}

function readRecords(notes: readonly unknown[], { writer }: ValuesOfHook): ReadRecord[] {
  return notes
    .filter((note) => note instanceof ReadNote)
    .map((note, place) => writer.room.at(place, () => note.record(writer)));
}
