import { readShare, readSize } from "../config/operate/amounts.js";
import { DECLARED_HOOKS } from "../catalogue/declared-hooks.js";
import { being, flag, oneOf, path, type OptionRule, type OptionRules } from "../options/check-options.js";
import { durationMs } from "../options/duration.js";
import type { Keep, KeepHook } from "./keep.js";
import type { Retention } from "./kept-records.js";

/** Which decisions of a hook are recorded: all, those in which a module had a part, or a percentage of all. @public */
export type KeptDecisions = "all" | "decided" | `${number}%`;

/** How decisions are recorded: what's asked, who answered what, and what came of it. @public */
export interface DecisionsOptions {
  /**
   * Where they are recorded: a file in a folder of its own, which only this user may look into. Full files are kept beside it.
   * Without it decisions are only offered live, as to the inspector.
   */
  readonly file?: string;
  /**
   * Which are recorded: `all` (by default; of hooks that are asked very often only those in which a module had a part), `decided`
   * (all hooks like that), or by hook, such as `{ "SpamChecker.checkEventForSpam": "10%", "*": "decided" }`.
   */
  readonly keep?: KeptDecisions | Readonly<Record<string, KeptDecisions>>;
  /** What becomes of user and room ids, addresses and names: `hashed` by default, with the key in `keyFile`. */
  readonly personal?: "hashed" | "whole" | "none";
  /** Whether what users wrote is recorded: the content of events, account data, HTTP bodies; false by default. */
  readonly bodies?: boolean;
  /** For how long they are kept, such as `7d`, which is the default. */
  readonly retain?: string;
  /** How much is kept in all, such as `1GiB`, which is the default. */
  readonly maxSize?: string;
  /**
   * The key of the hashes: made where there is none, readable by its owner alone, and outside the folder of the records. By
   * default beside that folder, with `.key` after its name.
   */
  readonly keyFile?: string;
}

/** The hooks that decisions may be kept of, as `Category.hook`. */
const HOOKS: ReadonlySet<string> = new Set(DECLARED_HOOKS.map(({ chain }) => chain));

/** The name that stands for all hooks that aren't named. */
const OTHERS = "*";

const kept = being("`all`, `decided` or a percentage such as `10%`", (value) => readKept(value) !== undefined);

const keep: OptionRule = (value, name) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return kept(value, name);
  return Object.entries(value).flatMap(([hook, wish]) =>
    hook === OTHERS || HOOKS.has(hook)
      ? kept(wish ?? null, `${name}.${hook}`)
      : [
          `\`${name}\` names ${JSON.stringify(hook)}, which is no hook; expected one such as \`SpamChecker.userMayInvite\`, or \`*\``,
        ],
  );
};

export const DECISIONS_RULES: OptionRules<DecisionsOptions> = {
  file: path,
  keep,
  personal: oneOf("hashed", "whole", "none"),
  bodies: flag,
  retain: being("a duration such as `7d` or `12h`, of a minute or more", (value) => readRetain(value) !== undefined),
  maxSize: being("a size such as `1GiB`, of 1MiB or more", (value) => readMaxSize(value) !== undefined),
  keyFile: path,
};

/** What options say of which decisions are recorded. */
export function readKeep(wish: DecisionsOptions["keep"]): Keep {
  if (typeof wish !== "object") return { hooks: new Map(), others: wish === "all" ? undefined : readKept(wish) };
  const hooks = new Map(Object.entries(wish).map(([hook, each]) => [hook, readKept(each)!] as const));
  const others = hooks.get(OTHERS);
  hooks.delete(OTHERS);
  return { hooks, others: others === "all" ? undefined : others };
}

export function readRetention({ retain = "7d", maxSize = "1GiB" }: DecisionsOptions): Retention {
  return { retainMs: readRetain(retain)!, maxBytes: readMaxSize(maxSize)! };
}

function readKept(value: unknown): KeepHook | undefined {
  return value === "all" || value === "decided" ? value : readShare(value);
}

function readRetain(value: unknown): number | undefined {
  const ms = typeof value === "string" ? durationMs(value) : undefined;
  return ms !== undefined && ms >= 60_000 ? ms : undefined;
}

function readMaxSize(value: unknown): number | undefined {
  const bytes = readSize(value);
  return bytes !== undefined && bytes >= 1024 ** 2 ? bytes : undefined;
}
