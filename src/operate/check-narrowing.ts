import { isDeepStrictEqual } from "node:util";
import type { HookKey, HookSettings, MatcherKey } from "../config/operate/operate-settings.js";
import { problemOf, type Problem } from "../errors/problem.js";
import {
  and,
  byPlace,
  chainsOf,
  faultProblem,
  faultsAt,
  type CheckedModule,
  type OperatedHook,
} from "./checked-module.js";
import { facetReader } from "../config/operate/facets.js";
import { isNamed } from "./possible.js";

/** Shares and matchers of what hooks aren't about, and pairs of hooks that are narrowed differently. */
export function checkNarrowing(module: CheckedModule): Problem[] {
  return [
    ...impossibleShares(module),
    ...restsOfNothing(module),
    ...(["only", "except"] as const).flatMap((key) => impossibleMatchers(module, key)),
    ...unequalPairs(module),
  ];
}

function impossibleShares(module: CheckedModule): Problem[] {
  const isWrong = ({ hook, settings: { share } }: OperatedHook) =>
    share > 0 && share < 1 && !facetReader(hook, "room") && !facetReader(hook, "sender");
  return faultsAt(module, "share", isWrong, (hooks) => ({
    message: `\`share\` can't hold for ${chainsOf(hooks)} of module ${module.id}: ${theyAre(hooks)} about neither a room nor a user`,
    remedy: isNamed(hooks[0]!.settings, "share")
      ? "Leave it out."
      : "Write `share` below `hooks:`, for hooks that are about a room or a user.",
  }));
}

/** What is to hold outside of a share that isn't written. */
function restsOfNothing(module: CheckedModule): Problem[] {
  return byPlace(module.hooks, "rest")
    .filter((hooks) => hooks.every(({ settings }) => settings.rest === "shadow" && !settings.written.share))
    .map((hooks) =>
      faultProblem(module, {
        hooks,
        key: "rest",
        severity: "warning",
        message: `\`rest: shadow\` has no effect for module ${module.id}: without a \`share\`, nothing is left over`,
        remedy: "Write `share` beside it, such as `share: 10%`, or write `mode: shadow` instead.",
      }),
    );
}

const ABOUT: Readonly<Record<MatcherKey, string>> = {
  origin: "a request",
  type: "an event",
  sender: "one user",
  server: "one user",
  room: "a room",
};

function impossibleMatchers(module: CheckedModule, key: "only" | "except"): Problem[] {
  return byPlace(module.hooks, key).flatMap((all) =>
    (Object.keys(all[0]!.settings[key] ?? {}) as MatcherKey[]).flatMap((facet) => {
      const hooks = all.filter(({ hook }) => !facetReader(hook, facet));
      if (hooks.length === 0) return [];
      return [
        faultProblem(module, {
          hooks,
          key,
          message: `\`${key}.${facet}\` can't hold for ${chainsOf(hooks)} of module ${module.id}: ${theyAre(hooks)} not about ${ABOUT[facet]}`,
          remedy: isNamed(hooks[0]!.settings, key)
            ? `Leave \`${facet}\` out.`
            : `Write \`${key}\` below \`hooks:\`, for hooks that are.`,
        }),
      ];
    }),
  );
}

function theyAre({ length }: readonly unknown[]): string {
  return length === 1 ? "it's" : "they're";
}

/** Hooks that require each other answer one question together: both are asked, or neither. */
function unequalPairs(module: CheckedModule): Problem[] {
  return module.hooks.flatMap((one) =>
    (one.hook.requires ?? []).flatMap((required) => {
      const other = module.hooks.find(({ name }) => name === required);
      if (!other || isCounted(one, other)) return [];
      const keys = PAIRED.filter((key) => !isDeepStrictEqual(valueOf(one.settings, key), valueOf(other.settings, key)));
      if (keys.length === 0) return [];
      const place = [one, other].flatMap(({ settings }) => keys.map((key) => settings.written[key]));
      const path = place.find((written) => written?.[1] === "hooks");
      return [
        problemOf(
          "LIGAND_OPERATE_IMPOSSIBLE",
          `${and(keys.map((key) => `\`${key}\``))} of module ${module.id} must be the same for ${one.chain} and ${other.chain}: they need each other`,
          {
            ...(path && module.at(path, "key")),
            remedy: "Write the same for both, or write it for the module.",
          },
        ),
      ];
    }),
  );
}

/** Two hooks that require each other are one pair. */
function isCounted(one: OperatedHook, other: OperatedHook): boolean {
  return (other.hook.requires ?? []).includes(one.name) && one.name > other.name;
}

const PAIRED = ["mode", "share", "rest", "only", "except"] as const satisfies readonly HookKey[];

/** No matcher, and one that names nothing, are the same. */
function valueOf(settings: HookSettings, key: (typeof PAIRED)[number]): unknown {
  return settings[key] ?? {};
}
