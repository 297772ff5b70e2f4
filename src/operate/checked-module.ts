import type { PlaceOf } from "../config/config-path.js";
import {
  settingsFor,
  type HookKey,
  type HookSettings,
  type OperateSettings,
} from "../config/operate/operate-settings.js";
import { DECLARED_HOOKS } from "../catalogue/declared-hooks.js";
import type { ErrorCode } from "../errors/catalogue.js";
import { problemOf, type Problem } from "../errors/problem.js";
import type { AnyHook } from "../hooks/hook.js";
import type { ServiceName } from "../services/services.js";
import { isNamed } from "./possible.js";

/** A module as far as its `operate:` is checked against it. */
export interface CheckedModule {
  readonly id: string;
  readonly operate: OperateSettings;
  /** Where the parts of its entry are written. */
  readonly at: PlaceOf;
  /** The hooks that it registers, each once, in the order of the catalogue. */
  readonly hooks: readonly OperatedHook[];
  /** The services that it injects. */
  readonly services: readonly ServiceName[];
  /** Whether the host's process tells calls in shadow from others; undefined where that's not known. */
  readonly tellsCallsApart?: boolean | undefined;
}

/** A hook that a module registers, and what its administrator wants of the callbacks. */
export interface OperatedHook {
  readonly name: string;
  /** `Category.hook`. */
  readonly chain: string;
  readonly hook: AnyHook;
  readonly settings: HookSettings;
}

/** The hooks that a module registers, with what is wanted of each. @param isRegistered by `Category.hook` */
export function operatedHooks(operate: OperateSettings, isRegistered: (chain: string) => boolean): OperatedHook[] {
  return DECLARED_HOOKS.filter(({ chain }) => isRegistered(chain)).map(({ name, chain, hook }) => ({
    name,
    chain,
    hook,
    settings: settingsFor(operate, name),
  }));
}

/** A wish that hooks can't have, and the words that say why. */
export interface Fault {
  /** The hooks, named together. */
  readonly hooks: readonly OperatedHook[];
  readonly key: HookKey;
  readonly message: string;
  readonly remedy: string;
  readonly severity?: "warning";
  readonly code?: ErrorCode;
}

/** A fault as a problem where its key is written. */
export function faultProblem(
  { at }: CheckedModule,
  {
    hooks,
    key,
    message,
    remedy,
    severity,
    code = severity ? "LIGAND_CONFIG_UNUSED" : "LIGAND_OPERATE_IMPOSSIBLE",
  }: Fault,
): Problem {
  const path = hooks[0]?.settings.written[key];
  return problemOf(code, message, { severity, remedy, ...(path && at(path, "key")) });
}

/** Hooks by the place where a key is written for them: one for each hook that names it, and one for all others. */
export function byPlace(hooks: readonly OperatedHook[], key: HookKey): OperatedHook[][] {
  const written = hooks.filter(({ settings }) => settings.written[key] !== undefined);
  const places = new Map<string, OperatedHook[]>();
  for (const each of written) {
    const place = isNamed(each.settings, key) ? each.name : "";
    places.set(place, [...(places.get(place) ?? []), each]);
  }
  return [...places.values()];
}

/** A problem for each place where a key is written for hooks that can't have it. */
export function faultsAt(
  module: CheckedModule,
  key: HookKey,
  isWrong: (hook: OperatedHook) => boolean,
  say: (hooks: readonly OperatedHook[]) => Omit<Fault, "hooks" | "key">,
): Problem[] {
  return byPlace(module.hooks, key).flatMap((all) => {
    const hooks = all.filter(isWrong);
    return hooks.length === 0 ? [] : [faultProblem(module, { hooks, key, ...say(hooks) })];
  });
}

/** `SpamChecker.userMayInvite and SpamChecker.userMayCreateRoom`. */
export function chainsOf(hooks: readonly Pick<OperatedHook, "chain">[]): string {
  return and(hooks.map(({ chain }) => chain));
}

/** Words as a list in a sentence. */
export function and(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
