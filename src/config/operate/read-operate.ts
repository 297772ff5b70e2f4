import type { Outcome } from "../../errors/outcome.js";
import { isError, problemOf, type Problem } from "../../errors/problem.js";
import type { ServiceName } from "../../services/services.js";
import { configClass } from "../config-class/config-class.js";
import { placesIn, type ConfigPath, type Locate, type PlaceOf } from "../config-path.js";
import { butFound } from "../describe-found.js";
import { readDuration, readShare } from "./amounts.js";
import { emptyKeys } from "./empty-keys.js";
import { hookNamed, hookNameProblems } from "./hook-names.js";
import { HookKeys, OperateKeys, type BreakerKeys, type FailureWishes, type MatcherKeys } from "./operate-keys.js";
import {
  HOOK_DEFAULTS,
  type BreakerSettings,
  type HookKey,
  type HookSettings,
  type MatcherSettings,
  type OperateSettings,
} from "./operate-settings.js";
import { misplacedLimits, processOf } from "./read-processes.js";

/** What is known of the keys of `operate:`. */
export const OPERATE = configClass(OperateKeys);

/**
 * Reads the `operate:` of an entry. No value and no problem where it says nothing.
 *
 * @param raw what the entry has there
 * @param locate where the parts of the entry are written
 * @param path the path of the entry as text, such as `modules[1]`
 * @param directory where the paths of permissions start
 */
export async function readOperate(
  raw: unknown,
  locate: Locate,
  path: string,
  directory: string,
): Promise<Outcome<OperateSettings>> {
  if (raw === undefined || raw === null) return { problems: [] };
  if (typeof raw !== "object" || Array.isArray(raw)) {
    const place = placesIn(locate, path)(["operate"], "value");
    const message = `\`operate\` must be a mapping, but it's ${butFound(raw)}`;
    return {
      problems: [
        problemOf("LIGAND_CONFIG_TYPE", message, { ...place, remedy: "Write its keys below it, one a line." }),
      ],
    };
  }
  if (Object.keys(raw).length === 0) return { problems: [] };
  const inside: Locate = (inner, what) => locate(["operate", ...inner], what);
  const at = placesIn(inside, `${path}.operate`);
  const keys = raw as Readonly<Record<string, unknown>>;
  const { hooks } = keys;
  const perHook = isMapping(hooks) ? hooks : {};
  const checked = await OPERATE.check(raw, inside, `${path}.operate`);
  const ofModules = keysOfModules(perHook, at);
  const isSaid = ({ path: place }: Problem) => ofModules.some((problem) => problem.path === place);
  const problems: Problem[] = [
    ...checked.problems.filter((problem) => !isSaid(problem)),
    ...ofModules,
    ...hookNameProblems(Object.keys(perHook), at),
    ...misplacedLimits(keys, at),
    ...emptyKeys(keys, KEYS, at),
    ...Object.entries(perHook).flatMap(([hook, own]) =>
      isMapping(own) ? emptyKeys(own, HOOK_KEYS, at, ["hooks", hook]) : [],
    ),
  ];
  if (!checked.value || problems.some(isError)) return { problems };
  return { value: settingsOf(checked.value, raw, directory), problems };
}

/** A problem for each key below `hooks:` that a module can only have as a whole. */
function keysOfModules(hooks: Readonly<Record<string, unknown>>, at: PlaceOf): Problem[] {
  return Object.entries(hooks).flatMap(([hook, own]) =>
    Object.keys(isMapping(own) ? own : {})
      .filter((key) => OF_MODULES.has(key))
      .map((key) =>
        problemOf("LIGAND_CONFIG_UNKNOWN_KEY", `\`${key}\` is a matter of the whole module, not of one hook`, {
          ...at(["hooks", hook, key], "key"),
          remedy: `Write \`${key}\` above \`hooks:\`, directly below \`operate:\`.`,
        }),
      ),
  );
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function settingsOf(keys: OperateKeys, raw: object, directory: string): OperateSettings {
  const process = processOf(keys, directory);
  const everywhere = { ...hookSettings(keys), written: writtenIn(raw, ["operate"]) };
  const hooks = Array.from(keys.hooks ?? [], ([key, own]) => {
    const written = { ...everywhere.written, ...writtenIn(own, ["operate", "hooks", key]) };
    return [hookNamed(key)!, { ...everywhere, ...hookSettings(own), written }] as const;
  });
  return {
    ...HOOK_DEFAULTS,
    ...everywhere,
    // A module that is only tried never keeps the others from starting.
    required: keys.mode !== "shadow" && (keys.required ?? true),
    ...(process && { process }),
    shadowServices: (keys.shadow?.services ?? []) as readonly ServiceName[],
    ...(keys.log_level && { logLevel: keys.log_level }),
    hooks: new Map(hooks.map(([name, settings]) => [name, { ...HOOK_DEFAULTS, ...settings }])),
  };
}

/** The settings that are written; null counts as not written. */
function hookSettings(keys: HookKeys): Partial<HookSettings> {
  const { mode, timeout, on_failure, share, rest, only, except, circuit_breaker } = keys;
  return {
    ...(mode && { mode }),
    ...(timeout && { timeoutMs: readDuration(timeout)! }),
    ...(on_failure && { onFailure: byOrigin(on_failure) }),
    ...(share && { share: readShare(share)! }),
    ...(rest && { rest }),
    ...(only && { only: matcher(only) }),
    ...(except && { except: matcher(except) }),
    ...(circuit_breaker && { circuitBreaker: breaker(circuit_breaker) }),
  };
}

function byOrigin(written: NonNullable<HookKeys["on_failure"]>): HookSettings["onFailure"] {
  const { local = "default", federation = "default" }: FailureWishes =
    typeof written === "string" ? { local: written, federation: written } : written;
  return { local, federation };
}

function matcher(keys: MatcherKeys): MatcherSettings {
  const patterns = Object.entries(keys) as [string, string | readonly string[] | undefined][];
  return Object.fromEntries(patterns.flatMap(([key, value]) => (value ? [[key, [value].flat()]] : [])));
}

function breaker({ failure_rate, min_calls, window, open_for }: BreakerKeys): BreakerSettings {
  return {
    failureRate: readShare(failure_rate)!,
    minCalls: min_calls,
    windowMs: readDuration(window)!,
    openForMs: readDuration(open_for)!,
  };
}

const HOOK_KEYS = Object.keys(new HookKeys()) as HookKey[];
const KEYS = Object.keys(new OperateKeys());
const OF_MODULES = new Set(KEYS.filter((key) => !(HOOK_KEYS as string[]).includes(key)));

function writtenIn(raw: object, path: ConfigPath): HookSettings["written"] {
  const own = HOOK_KEYS.filter((key) => ((raw as Record<string, unknown>)[key] ?? null) !== null);
  return Object.fromEntries(own.map((key) => [key, [...path, key]]));
}
