import { isEnforced } from "../config/operate/operate-settings.js";
import { problemOf, type Problem } from "../errors/problem.js";
import { acts, actingServices } from "../services/acting-services.js";
import { and, chainsOf, faultProblem, faultsAt, type CheckedModule, type OperatedHook } from "./checked-module.js";
import { isNamed } from "./possible.js";
import { shadowedParts, shadowing } from "./shadowable.js";

/** What shadow can't be, and what it doesn't do. */
export function checkShadow(module: CheckedModule): Problem[] {
  return [
    ...uncallable(module),
    ...partlyShadowed(module),
    ...policiesOfShadows(module),
    ...limits(module),
    ...unusedServices(module),
  ];
}

/** A hook that is named for shadow, and isn't called in it. */
function uncallable(module: CheckedModule): Problem[] {
  return SHADOW_KEYS.flatMap(({ key, isWanted }) =>
    module.hooks
      .filter(
        (each) => isWanted(each) && isNamed(each.settings, key) && shadowing(each.hook, each.chain) === "not called",
      )
      .map((each) =>
        faultProblem(module, {
          hooks: [each],
          key,
          message: `${each.chain} of module ${module.id} can't be in shadow: one module alone answers it, so there is nothing to compare it with`,
          remedy: "Write `mode: enforce` or `mode: disabled`.",
        }),
      ),
  );
}

const SHADOW_KEYS = [
  { key: "mode", isWanted: ({ settings }: OperatedHook) => settings.mode === "shadow" },
  { key: "rest", isWanted: ({ settings }: OperatedHook) => settings.rest === "shadow" && settings.share < 1 },
] as const;

/**
 * Services are injected once, into one instance. They can act for some of its calls and not for others only where it's known
 * for which call code runs: in a process of its own, and in `ligand serve`.
 */
function partlyShadowed(module: CheckedModule): Problem[] {
  const { id, operate, services, tellsCallsApart } = module;
  const acting = actingServices(services, operate.shadowServices);
  if (acting.length === 0 || isWholly(module) || operate.process || tellsCallsApart) return [];
  const injects = `it injects ${and(acting)}, which there can't act for some of its calls and not for others`;
  const where = "in the homeserver's own process";
  const others = `write \`mode: shadow\` for the whole module, or let the service act by \`shadow: { services: [${acting.join(", ")}] }\`.`;
  return SHADOW_KEYS.flatMap(({ key, isWanted }) =>
    faultsAt(module, key, isWanted, () =>
      tellsCallsApart === undefined
        ? {
            code: "LIGAND_SHADOW_LIMITED",
            severity: "warning",
            message: `module ${id} can be partly in shadow beside Synapse only, and not ${where}: ${injects}`,
            remedy: `Unless \`ligand serve\` runs the module, give it a \`process\`, ${others}`,
          }
        : {
            message: `module ${id} can't be partly in shadow ${where}: ${injects}`,
            remedy: `Give the module a \`process\`, ${others}`,
          },
    ),
  );
}

/** Whether no callback of the module decides anything. */
function isWholly({ operate, hooks }: Pick<CheckedModule, "operate" | "hooks">): boolean {
  return operate.mode === "shadow" && !hooks.some(({ settings }) => isEnforced(settings));
}

/** A policy for failures beside `mode: shadow`, where nothing is decided. */
function policiesOfShadows(module: CheckedModule): Problem[] {
  const hasNoEffect = ({ settings }: OperatedHook) =>
    settings.mode === "shadow" && isNamed(settings, "mode") === isNamed(settings, "on_failure");
  return faultsAt(module, "on_failure", hasNoEffect, (hooks) => ({
    severity: "warning",
    message: `\`on_failure\` has no effect while ${isNamed(hooks[0]!.settings, "mode") ? chainsOf(hooks) : `module ${module.id}`} is in shadow: a module in shadow stands in for nothing`,
    remedy: "Leave it for when the module is enforced, or remove it.",
  }));
}

/** What isn't called, or costs something, while a module is in shadow. */
function limits(module: CheckedModule): Problem[] {
  const { id } = module;
  const warning = (hooks: readonly OperatedHook[], message: string, remedy: string) => {
    const { key } = SHADOW_KEYS.find(({ isWanted }) => isWanted(hooks[0]!))!;
    return faultProblem(module, { hooks, key, severity: "warning", code: "LIGAND_SHADOW_LIMITED", message, remedy });
  };
  const wanted = module.hooks.filter((each) => SHADOW_KEYS.some(({ isWanted }) => isWanted(each)));
  const isCalled = ({ hook, chain, settings }: OperatedHook) => {
    const { share, rest } = shadowedParts(hook, chain, settings);
    return share || rest;
  };
  const alone = wanted.filter(
    ({ hook, chain, settings }) =>
      shadowing(hook, chain) === "not called" && !SHADOW_KEYS.some(({ key }) => isNamed(settings, key)),
  );
  const secret = wanted.filter((each) => shadowing(each.hook, each.chain) === "named" && !isCalled(each));
  const unregistered = wanted.filter((each) => isCalled(each) && each.hook.atSynapse?.kind === "changes");
  const costly = wanted.filter((each) => isCalled(each) && each.hook.atSynapse?.kind === "costs");
  return [
    ...(alone.length > 0
      ? [
          warning(
            alone,
            `in shadow, module ${id} isn't called for ${chainsOf(alone)}: one module alone answers ${alone.length > 1 ? "each" : "it"}`,
            "Nothing is to be done. Beside Synapse, `mode: enforce` takes effect for these hooks when Synapse restarts.",
          ),
        ]
      : []),
    ...(secret.length > 0
      ? [
          warning(
            secret,
            `in shadow, module ${id} isn't called for ${chainsOf(secret)}, which ${secret.length > 1 ? "carry" : "carries"} secrets`,
            "To try them as well, write `mode: shadow` for each below `hooks:`. What the module does with a password by itself, such as to log in elsewhere, it does.",
          ),
        ]
      : []),
    ...unregistered.map((each) =>
      warning(
        [each],
        `beside Synapse, module ${id} isn't called in shadow for ${each.chain}, because registering it there isn't neutral: ${each.hook.atSynapse!.what}`,
        "Nothing is to be done. `mode: enforce` takes effect for this hook when Synapse restarts.",
      ),
    ),
    ...costly.map((each) =>
      warning(
        [each],
        `module ${id} in shadow costs Synapse something on ${each.chain}: ${each.hook.atSynapse!.what}`,
        "Nothing is to be done.",
      ),
    ),
  ];
}

/** Services that are to stay real, and make no difference. */
function unusedServices({ id, operate, services, at }: CheckedModule): Problem[] {
  return operate.shadowServices.flatMap((name, index) => {
    const fault = !services.includes(name)
      ? `doesn't inject ${name}`
      : acts(name)
        ? undefined
        : `has a ${name} of its own, which is always real`;
    if (fault === undefined) return [];
    return [
      problemOf("LIGAND_CONFIG_UNUSED", `module ${id} ${fault}, so \`shadow.services\` needn't name it`, {
        severity: "warning",
        ...at(["operate", "shadow", "services", index], "value"),
        remedy: "Remove it.",
      }),
    ];
  });
}
