import { shown } from "../errors/caught.js";
import { LigandError } from "../errors/ligand-error.js";
import { TOO_LARGE, UNREADABLE } from "../dispatch/snapshot.js";
import { isPlainObject } from "../matrix/json.js";
import type { Recorded } from "./decision-record.js";
import { CANT_BE_READ, FUNCTION, SECRET, uncarried } from "./withheld.js";

/** What a process of modules wrote in place of a value that didn't leave it. */
export class CarriedMark {
  readonly #mark: Recorded;

  constructor(mark: Recorded) {
    this.#mark = mark;
  }

  /** As a record has it. A getter: it's no string that an error may quote. */
  get mark(): Recorded {
    return this.#mark;
  }
}

/** The writer's words for what doesn't leave a process have fewer characters. */
const LONGEST_WORDS = 100;

/**
 * A value that a process of modules wrote as records have it, to be written again. Throws for what it can't have written.
 */
export function carriedValue(written: Recorded): unknown {
  if (Array.isArray(written)) return written.map(carriedValue);
  if (!isPlainObject(written)) return written;
  const { $: mark, of } = written as { readonly $?: unknown; readonly of?: Recorded };
  switch (mark) {
    case undefined:
      return members(written);
    case "undefined":
      return undefined;
    case "number":
      return Number(of);
    case "object":
      return members(of as Readonly<Record<string, Recorded>>);
    case "set":
      return new Set((of as Recorded[]).map(carriedValue));
    case "map":
      return new Map((of as [Recorded, Recorded][]).map(([key, value]) => [carriedValue(key), carriedValue(value)]));
    case "cut":
      return TOO_LARGE;
    case "uncarried":
      // These are written before anything is withheld.
      if (of === FUNCTION.of) return () => undefined;
      if (of === CANT_BE_READ.of) return UNREADABLE;
      return new CarriedMark(uncarried(String(of).slice(0, LONGEST_WORDS)));
    case "secret":
      return new CarriedMark(SECRET);
    default:
      // Another mark would be written as it is, whatever is withheld.
      throw new LigandError("LIGAND_REMOTE_PROTOCOL", `a process of modules wrote a mark ${shown(String(mark))}`);
  }
}

function members(written: Readonly<Record<string, Recorded>>): object {
  return Object.fromEntries(Object.entries(written).map(([name, member]) => [name, carriedValue(member)]));
}
