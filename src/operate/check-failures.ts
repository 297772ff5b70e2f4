import type { FailureWish } from "../config/operate/operate-keys.js";
import type { Problem } from "../errors/problem.js";
import { byPlace, chainsOf, faultProblem, faultsAt, type CheckedModule, type OperatedHook } from "./checked-module.js";
import { isNamed, passesErrors, possibleWishes, whyNot } from "./possible.js";

/** What can't be of what failures are to lead to, and of circuit breakers. */
export function checkFailures(module: CheckedModule): Problem[] {
  return [...impossibleWishes(module), ...impossibleTimeouts(module), ...impossibleBreakers(module)];
}

/** A policy that a hook can't have; for a whole module, only one that none of its hooks can have. */
function impossibleWishes(module: CheckedModule): Problem[] {
  return byPlace(module.hooks, "on_failure").flatMap((hooks) => {
    const { onFailure } = hooks[0]!.settings;
    return [...new Set([onFailure.local, onFailure.federation])].flatMap((wish) => {
      const reasons = hooks.map((each) => reasonAgainst(each, wish));
      if (reasons.some((reason) => reason === undefined)) return [];
      const named = isNamed(hooks[0]!.settings, "on_failure");
      if (!named && module.hooks.some((each) => reasonAgainst(each, wish) === undefined)) {
        return [overriddenWish(module, hooks, wish)];
      }
      const whom = named ? `${chainsOf(hooks)} of module ${module.id}` : `any hook of module ${module.id}`;
      const [why] = reasons;
      return [
        faultProblem(module, {
          hooks,
          key: "on_failure",
          message: `\`on_failure: ${wish}\` can't hold for ${whom}: ${hooks.length > 1 ? `${hooks[0]!.chain}, for one: ` : ""}${why}`,
          remedy: named
            ? `Write another policy, or leave it out; the hook's own is: ${hooks[0]!.hook.failure.name}.`
            : "Write another policy, or leave it out.",
        }),
      ];
    });
  });
}

/** For a module that has hooks which can have a policy, each with one of its own. */
function overriddenWish(module: CheckedModule, hooks: readonly OperatedHook[], wish: FailureWish): Problem {
  const others = `${chainsOf(hooks)} can't have it`;
  return faultProblem(module, {
    hooks,
    key: "on_failure",
    severity: "warning",
    message: `\`on_failure: ${wish}\` has no effect for module ${module.id}: ${others}, and \`hooks:\` says something else for the rest`,
    remedy: "Remove it, or remove `on_failure` below `hooks:`.",
  });
}

function reasonAgainst({ hook, settings }: OperatedHook, wish: FailureWish): string | undefined {
  if (wish === "deny" && hook.refusal?.onlyWhenNamed && !isNamed(settings, "on_failure")) {
    return "it's denied only where it's named below `hooks:`, because that does harm: " + hook.refusal.effect;
  }
  return whyNot(hook, wish);
}

function impossibleTimeouts(module: CheckedModule): Problem[] {
  if (module.operate.process) return [];
  return byPlace(module.hooks, "timeout")
    .filter((hooks) => hooks.every(({ hook }) => hook.synchronous))
    .map((hooks) =>
      faultProblem(module, {
        hooks,
        key: "timeout",
        message: `\`timeout\` can't hold for ${chainsOf(hooks)} of module ${module.id}: it answers synchronously, and nothing can interrupt it in the homeserver's own process`,
        remedy: "Leave it out, or give the module a `process`.",
      }),
    );
}

/** A breaker that opens makes each call a failure: nothing must come of that which is worse than what it saves. */
function impossibleBreakers(module: CheckedModule): Problem[] {
  const isWrong = (each: OperatedHook) => each.settings.mode === "enforce" && !canStandIn(each);
  return faultsAt(module, "circuit_breaker", isWrong, (hooks) => ({
    message: `\`circuit_breaker\` of module ${module.id} needs \`on_failure: allow\` or \`deny\` on ${chainsOf(hooks)}: there, each call that it leaves out would fail the request`,
    remedy: isNamed(hooks[0]!.settings, "circuit_breaker")
      ? "Write `on_failure` beside it."
      : "Write `on_failure` for these hooks, or `circuit_breaker` below `hooks:`, for others.",
  }));
}

function canStandIn({ hook, settings }: Pick<OperatedHook, "hook" | "settings">): boolean {
  const { local, federation } = possibleWishes(hook, settings);
  return [local, federation].every((wish) => (wish === "default" ? !passesErrors(hook) : wish !== "error"));
}
