import type { CallbackRecord, DecisionRecord } from "./decision-record.js";
import { CUT } from "./withheld.js";

/** So many callbacks of a hook fit a record whatever their names are. */
const MOST_CALLBACKS = 100;

/** A record that is too long by what isn't values: its values are cut, and the callbacks that decided nothing are left out. */
export function withoutValues(record: DecisionRecord): DecisionRecord {
  const named = record.callbacks.filter(({ decided, error }) => decided || error);
  const callbacks = (named.length > 0 ? named : record.callbacks).slice(0, MOST_CALLBACKS).map(withoutAnswer);
  return {
    ...record,
    args: record.args.map(() => CUT),
    callbacks,
    ...("result" in record && { result: CUT }),
    truncated: ["args", "callbacks", "result"],
  };
}

function withoutAnswer({ module, callback, mode, notAsked, decided, shadow }: CallbackRecord): CallbackRecord {
  return {
    module: module.slice(0, 200),
    callback: callback.slice(0, 200),
    mode,
    ...(notAsked && { notAsked }),
    answer: CUT,
    ...(decided && { decided }),
    ...(shadow !== undefined && { shadow }),
  };
}
