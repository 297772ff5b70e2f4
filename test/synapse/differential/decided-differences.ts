import { isTruthy } from "#src/hooks/answer-predicates.js";
import { isPlainObject } from "#src/matrix/json.js";
import { isCode } from "#src/matrix/codes.js";
import { ALICE, behaviour, cancelled, code, denial, NOT_SPAM, override, presence, set, tuple } from "./answers.js";
import { runOf } from "./hooks-under-test.js";
import { hookOf } from "./ligand-hosts.js";
import { tagOf, withAnswers, type Outcome, type Run, type Wire } from "./run.js";
import { decode } from "./values.js";

/**
 * Where Ligand differs from Synapse by decision. A difference says to which other run of Synapse a run of Ligand
 * corresponds (`reads`), or what Ligand makes of Synapse's outcome (`gives`).
 */
export interface Difference {
  readonly name: string;
  /** Why; the sections are those of the design. */
  readonly decision: string;
  readonly reads?: (run: Run) => Run;
  readonly gives?: (outcome: Outcome, run: Run) => Outcome;
  /** A run that shows it: without the difference, the two sides do not agree. */
  readonly example: Run;
}

const VERDICT_HOOKS = /^SpamChecker\.(checkEventForSpam|checkMediaFileForSpam|checkLoginForSpam|.*May.*)$/;
const STOCK_TEXT = {
  "This message has been rejected as probable spam": "This message was rejected as probable spam",
} as const;

const nameOf = ({ category, hook }: Run) => `${category}.${hook}`;
const isVerdict = (run: Run) => VERDICT_HOOKS.test(nameOf(run));
const answersOf = (hooks: (run: Run) => boolean, change: (gives: Wire) => Wire) => (run: Run) =>
  hooks(run) ? withAnswers(run, change) : run;
const resultOf = (hooks: (run: Run) => boolean, change: (result: Wire) => Wire) => (outcome: Outcome, run: Run) =>
  hooks(run) && outcome.result !== undefined ? { ...outcome, result: change(outcome.result) } : outcome;
const among =
  (...names: readonly string[]) =>
  (run: Run) =>
    names.includes(nameOf(run));
const asCode = (wire: Wire) => (isCode(wire) ? code(wire) : wire);
const isNumber = (result: Wire | undefined) => typeof result === "number";
/** Hooks of one callback at most, with what their answers must be. */
const LOOKED_AT: Readonly<Record<string, (result: Wire | undefined) => boolean>> = {
  onLegacyRenew: (result) => Array.isArray(result) && result.length === 3,
  onLegacyAdminRequest: isNumber,
  defaultBatchSize: isNumber,
  minBatchSize: isNumber,
  onUpdate: (result) => tagOf(result ?? null) === "slot",
};
/** What no hook knows, and Python cannot take apart either. */
const MEANINGLESS = 3;

export const DIFFERENCES: readonly Difference[] = [
  {
    name: "a list of two is a pair",
    decision: "§3: JavaScript has no tuples",
    reads: answersOf(
      (run) => isVerdict(run) || run.hook === "authChecker" || run.hook === "check3pidAuth",
      (gives) => (Array.isArray(gives) ? tuple(...(gives as readonly Wire[])) : gives),
    ),
    example: runOf("SpamChecker.userMayJoinRoom", [[code("M_BAD_ALIAS"), { a: 1 }]]),
  },
  {
    name: "a string shaped like a code is a code",
    decision: "§3 Verdicts: a code is text",
    reads: answersOf(isVerdict, (gives) => {
      if (tagOf(gives) !== "tuple") return asCode(gives);
      const [first = null, ...others] = (gives as { readonly items: readonly Wire[] }).items;
      return tuple(asCode(first), ...others);
    }),
    example: runOf("SpamChecker.userMayJoinRoom", ["M_LIMIT_EXCEEDED"]),
  },
  {
    name: "NOT_SPAM is the text, whichever object holds it",
    decision: "§3 Verdicts: texts are compared by value",
    reads: answersOf(isVerdict, (gives) => (gives === "NOT_SPAM" ? NOT_SPAM : gives)),
    example: runOf("SpamChecker.userMayInvite", ["NOT_SPAM", false]),
  },
  {
    name: "a registration behaviour is its text",
    decision: "§3 Verdicts: members of enumerations are texts",
    reads: answersOf(among("SpamChecker.checkRegistrationForSpam"), (gives) =>
      gives === "allow" || gives === "shadow_ban" || gives === "deny" ? behaviour(gives) : gives,
    ),
    example: runOf("SpamChecker.checkRegistrationForSpam", ["shadow_ban"]),
  },
  {
    name: "a denial is a record",
    decision: "§3 Verdicts: `Denial { code, error?, fields }`",
    gives: resultOf(isVerdict, (result) => {
      if (!Array.isArray(result)) return result;
      const [of, fields] = result as [{ readonly text: string }, { readonly [key: string]: Wire }];
      const { error, ...others } = fields;
      return typeof error === "string" ? denial(of.text, others, error) : denial(of.text, fields);
    }),
    example: runOf("SpamChecker.userMayJoinRoom", [code("M_LIMIT_EXCEEDED")]),
  },
  {
    name: "a plain text comes in a denial with M_FORBIDDEN, the stock text in our words",
    decision: "§3 Verdicts: deprecated forms become a `Denial`",
    gives: resultOf(among("SpamChecker.checkEventForSpam"), (result) =>
      typeof result === "string" && result !== "NOT_SPAM"
        ? denial("M_FORBIDDEN", {}, STOCK_TEXT[result as keyof typeof STOCK_TEXT] ?? result)
        : result,
    ),
    example: runOf("SpamChecker.checkEventForSpam", ["boo"]),
  },
  {
    name: "userMaySendStateEvent takes deny(code, fields)",
    decision:
      "§3 Verdicts: what a callback may answer is the same in all hooks; the deprecated pair stays unknown there",
    gives: (outcome, run) => {
      const answered = answerAt(run, outcome);
      const denies = run.hook === "userMaySendStateEvent" && tagOf(answered) === "denial" && "result" in outcome;
      return denies ? { ...outcome, result: answered } : outcome;
    },
    example: runOf("SpamChecker.userMaySendStateEvent", [denial("M_BAD_ALIAS", { a: 1 })]),
  },
  {
    name: "a result that callers test for truth is a boolean",
    decision: "§3: the types of `host.hooks`",
    gives: resultOf(
      among(
        "SpamChecker.shouldDropFederatedEvent",
        "AccountValidity.isUserExpired",
        "MediaRepository.isUserAllowedToUploadMediaOfSize",
      ),
      (result) => (tagOf(result) === "builtIn" ? result : isTruthy(decode(result))),
    ),
    example: runOf("AccountValidity.isUserExpired", [1]),
  },
  {
    name: "where no module decides, the homeserver learns so",
    decision: "§3: what the homeserver does then is its own affair",
    gives: (outcome) => (tagOf(outcome.result ?? null) === "builtIn" ? { ...outcome, result: null } : outcome),
    example: runOf("BackgroundUpdates.onUpdate", []),
  },
  {
    name: "a login type that no module offers has no success",
    decision: "§3 `checkAuth`: undefined; Synapse's dispatcher fails, and its endpoint does not ask it",
    gives: (outcome, run) =>
      run.hook === "authChecker" && run.modules.length === 0
        ? { result: null, called: outcome.called!, loads: outcome.loads!, args: outcome.args! }
        : outcome,
    example: runOf("PasswordAuth.authChecker", []),
  },
  {
    name: "a login type with different fields is refused",
    decision: "§5: as Synapse documents it; its code lets the later list of fields replace the earlier",
    gives: (outcome, run) => (offersDiffer(run) ? { refused: true } : outcome),
    example: {
      category: "PasswordAuth",
      hook: "loginTypes",
      args: [],
      modules: [["password"], ["password", "code"]].map((fields) => [
        { hook: "authChecker", gives: null, options: ["m.login.password", fields] },
      ]),
    },
  },
  {
    name: "callbacks receive every argument, whatever they declare",
    decision: "§3: callbacks may declare fewer parameters",
    reads: (run) => ({
      ...run,
      modules: run.modules.map((module) => module.map(({ declares: _, ...spec }) => spec)),
    }),
    example: runOf("SpamChecker.userMayCreateRoom", [{ gives: false, declares: 1 }]),
  },
  {
    name: "a callback is not interrupted: where the hook is no shield, it sees the signal",
    decision: "§3 `HookContext`: a promise cannot be cancelled from outside",
    reads: ({ cancelAt, ...run }) =>
      cancelAt === undefined || hookOf(run.category, run.hook).shield
        ? { ...run, ...(cancelAt !== undefined && { cancelAt }) }
        : run,
    example: runOf("ThirdPartyRules.onCreateRoom", [{ gives: null, later: true }], { cancelAt: 0 }),
  },
  {
    name: "a cancelled request sees the callback's own cancellation",
    decision:
      "§3 `HookContext`: the cancellation that a callback throws is the same object, also when the request is cancelled",
    gives: (outcome, run) =>
      run.cancelAt !== undefined &&
      outcome.error?.kind === "cancelled" &&
      (answerAt(run, outcome) as { readonly kind?: Wire } | null)?.kind === "cancelled"
        ? { ...outcome, error: { kind: "cancelled", own: thrownBefore(run, outcome) } }
        : outcome,
    example: runOf("SpamChecker.userMayJoinRoom", [{ gives: cancelled, later: true }], { cancelAt: 0 }),
  },
  {
    name: "destinations of presence come in a Map",
    decision: "§3: the types of callbacks; an object is no map",
    reads: answersOf(among("PresenceRouter.getUsersForStates"), (gives) =>
      tagOf(gives) === undefined ? MEANINGLESS : gives,
    ),
    example: runOf("PresenceRouter.getUsersForStates", [{ gives: { [ALICE]: set(presence(ALICE)) } }]),
  },
  {
    name: "a pair is a list",
    decision: "§3: the types of callbacks; Python takes a string, an object or a set of two apart as well",
    reads: answersOf(among("ThirdPartyRules.checkEventAllowed"), (gives) =>
      Array.isArray(gives) || tagOf(gives) === "tuple" || tagOf(gives) === "throw" ? gives : MEANINGLESS,
    ),
    example: runOf("ThirdPartyRules.checkEventAllowed", ["ab"]),
  },
  {
    name: "fields for unsigned come in an object",
    decision: "§3: the types of callbacks; Python also takes pairs, and whatever is empty",
    reads: answersOf(among("UnsignedFields.addFieldToUnsigned"), (gives) =>
      Array.isArray(gives) || gives === "" ? MEANINGLESS : gives,
    ),
    example: runOf("UnsignedFields.addFieldToUnsigned", [[]]),
  },
  {
    name: "what the only callback answers is looked at in the hook",
    decision: "§5: an error of a callback names its module; Synapse fails later, where it uses the answer, or sends it",
    gives: (outcome, run) => {
      const isLegal = LOOKED_AT[run.hook];
      if (!isLegal || outcome.error || outcome.called?.length !== 1 || isLegal(outcome.result)) return outcome;
      const { result: _, ...others } = outcome;
      return { ...others, error: { kind: "ordinary", own: null } };
    },
    example: runOf("AccountValidity.onLegacyRenew", [true]),
  },
  {
    name: "a rate that is none leaves the configured one in force",
    decision: "§3: the types of callbacks; Synapse takes it, and fails where it uses it",
    reads: answersOf(among("Ratelimit.getRatelimitOverrideForUser"), (gives) =>
      tagOf(gives) === "override" || tagOf(gives) === "throw" ? gives : null,
    ),
    example: runOf("Ratelimit.getRatelimitOverrideForUser", ["boo", override(1, 10)]),
  },
  {
    name: "a configuration of the media repository that is no object is left out",
    decision: "§3: the types of callbacks; Synapse sends whatever it is to the client",
    reads: answersOf(among("MediaRepository.getMediaConfigForUser"), (gives) =>
      isPlainObject(gives) && (tagOf(gives) === undefined || tagOf(gives) === "throw") ? gives : null,
    ),
    example: runOf("MediaRepository.getMediaConfigForUser", ["boo", { a: 1 }]),
  },
];

/** The run by which Synapse is asked for what Ligand makes of this one. */
export function readBySynapse(run: Run, differences = DIFFERENCES): Run {
  return differences.reduce((read, { reads }) => reads?.(read) ?? read, run);
}

/** What Ligand should make of a run, by what Synapse made of it. */
export function expectedOf(run: Run, outcome: Outcome, differences = DIFFERENCES): Outcome {
  return differences.reduce((given, { gives }) => gives?.(given, run) ?? given, outcome);
}

/** What the callback gave that was called last. */
function answerAt(run: Run, { called = [] }: Outcome): Wire {
  const last = called.at(-1);
  return run.modules[last?.module ?? -1]?.find(({ hook }) => hook === last?.hook)?.gives ?? null;
}

/** The number of the last error that callbacks threw. */
function thrownBefore(run: Run, { called = [] }: Outcome): number {
  const threw = called.filter(({ module, hook }) =>
    run.modules[module]!.some((spec) => spec.hook === hook && tagOf(spec.gives) === "throw"),
  );
  return threw.length - 1;
}

function offersDiffer({ modules }: Run): boolean {
  const fieldsOf = new Map<string, Set<string>>();
  for (const { options } of modules.flat()) {
    if (!options) continue;
    const [type, fields] = options;
    fieldsOf.set(type, (fieldsOf.get(type) ?? new Set()).add(JSON.stringify(fields)));
  }
  return Array.from(fieldsOf.values()).some(({ size }) => size > 1);
}
