import type { FailureWish } from "../config/operate/operate-keys.js";
import type { HookSettings } from "../config/operate/operate-settings.js";
import { ModuleFailedError } from "../errors/module-failed-error.js";
import type { HookContext } from "../hooks/context.js";
import { answerWith, type FailureOutcome, type FailurePolicy } from "../hooks/failure-policy.js";
import type { AnyHook } from "../hooks/hook.js";

/** What an administrator wants a failure to lead to, by what caused the request. */
export type FailureWishesOf = HookSettings["onFailure"];

/** The policy that does what an administrator wants; undefined where that's the hook's own. */
export function failurePolicy(hook: AnyHook, wishes: FailureWishesOf): FailurePolicy | undefined {
  if (wishes.local === "default" && wishes.federation === "default") return undefined;
  const wish = ({ origin }: Pick<HookContext, "origin">) => wishes[origin ?? "local"];
  return {
    name: nameOf(wishes),
    outcome(error, callback, isCancelled, context = {}) {
      const wanted = wish(context);
      return wanted === "default"
        ? hook.failure.outcome(error, callback, isCancelled, context)
        : outcomeOf(hook, wanted, error);
    },
    level(error, isCancelled, context = {}) {
      const wanted = wish(context);
      if (wanted === "default") return hook.failure.level(error, isCancelled, context);
      return wanted === "error" ? "error" : "warn";
    },
  };
}

/** What a failure leads to where it isn't the hook's policy that says it. */
export function outcomeOf(hook: AnyHook, wish: Exclude<FailureWish, "default">, error: unknown): FailureOutcome {
  if (wish === "allow") return { kind: "skip" };
  // Synapse sends the message to other servers: it names nothing of this one.
  if (wish === "error") return { kind: "propagate", error: new ModuleFailedError("a module failed", { cause: error }) };
  const { refusal } = hook;
  if (!refusal) return { kind: "skip" };
  return "answer" in refusal ? answerWith(refusal.answer) : { kind: "propagate", error: refusal.error() };
}

const WORDS: Readonly<Record<FailureWish, string>> = {
  default: "the hook's own policy",
  allow: "no opinion",
  deny: "the hook's denial",
  error: "`ModuleFailedError` (500)",
};

function nameOf({ local, federation }: FailureWishesOf): string {
  if (local === federation) return `\`on_failure: ${local}\`: ${WORDS[local]}`;
  return `\`on_failure\`: ${WORDS[local]}; for other servers' requests ${WORDS[federation]}`;
}
