import { LigandError } from "../errors/ligand-error.js";

/** Why a replay can't say what a decision would have been. @public */
export type UnknownReason =
  /** A value was read that is recorded as a hash. */
  | "hashed"
  /** A value was read that isn't recorded: the body of an event, say. */
  | "left out"
  /** A password or a token was read. */
  | "secret"
  /** A value was read that didn't fit into the record. */
  | "cut"
  /** Something was read or called that only the process of then had. */
  | "uncarried"
  /** A service was asked something that it wasn't asked then. */
  | "missing read"
  /** The answers of a module depend on more than what is recorded. */
  | "not reproducible"
  /** A module answers by what it was asked before, and the configuration of then isn't known. */
  | "remembers"
  /** A module that had a say isn't there any more. */
  | "module gone"
  /** A module doesn't start without its homeserver. */
  | "not started"
  /** Chance had a part in an answer. */
  | "chance"
  /** A callback doesn't answer. */
  | "no answer"
  /** A callback failed for a reason that lay outside of it: its process, its time, its circuit breaker. */
  | "circumstances"
  /** The hashes of the record were made with another key. */
  | "another key"
  /** The record has a newer format. */
  | "newer version"
  /** The hook of the record doesn't exist. */
  | "no such hook"
  /** The line of the record is broken. */
  | "broken line";

/** Why a decision is unknown, and whose doing it is. */
export interface Unknown {
  readonly reason: UnknownReason;
  /** The id of the module. */
  readonly module?: string;
  /** `Class.method`. */
  readonly callback?: string;
  /** What was read: the path of a member, such as `args.0.sender`, or a method of a service. */
  readonly path?: string;
  /** The id of the decision that shows it, if it's another one. */
  readonly decision?: string;
}

/** Thrown at code of a module that reads what a replay doesn't have. The decision is unknown, even if the module catches it. */
export class UnknownInReplay extends LigandError {
  constructor(readonly unknown: Unknown) {
    super("LIGAND_REPLAY_UNKNOWN", describeUnknown(unknown));
  }
}

const WORDS: Readonly<Record<UnknownReason, string>> = {
  hashed: "is recorded as a hash",
  "left out": "isn't recorded",
  secret: "is a secret, which is never recorded",
  cut: "was cut from a record that would have been too large",
  uncarried: "can't be recorded",
  "missing read": "wasn't asked then, or not with these arguments",
  "not reproducible": "doesn't reproduce the answers that it gave then",
  remembers:
    "answers by what it was asked before; only with the configuration of then it's known whether that's recorded",
  "module gone": "had a say then, and neither configuration lists it",
  "not started": "doesn't start without its homeserver",
  chance: "asked for random numbers",
  "no answer": "doesn't answer",
  circumstances: "was subject to what isn't part of a replay: its time, its process or its circuit breaker",
  "another key": "is a hash that was made with another key",
  "newer version": "has a newer format than this version of Ligand knows",
  "no such hook": "is about a hook that doesn't exist",
  "broken line": "isn't a decision",
};

/** The reason as a sentence. */
export function describeUnknown({ reason, module, callback, path, decision }: Unknown): string {
  const who = module === undefined ? undefined : callback === undefined ? module : `${callback} of ${module}`;
  const words = `${WORDS[reason]}${decision === undefined ? "" : ` (${decision})`}`;
  if (path === undefined) return `${who ?? "the record"} ${words}`;
  return who === undefined ? `${path} ${words}` : `${who} reads ${path}, which ${words}`;
}
