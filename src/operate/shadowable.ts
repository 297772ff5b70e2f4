import type { HookSettings } from "../config/operate/operate-settings.js";
import { declaredHook } from "../catalogue/declared-hooks.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import { isNamed } from "./possible.js";

/** What may happen to a callback in shadow: it's called, only if its hook is named below `hooks:`, or not at all. */
export type Shadowing = "called" | "named" | "not called";

/**
 * Whether callbacks of a hook are called in shadow. One that only one module can have isn't: there is nothing to compare it
 * with. A hook with a secret has to be named, because the module may try a password elsewhere.
 *
 * @param chain `Category.hook`
 */
export function shadowing({ singleOwner, parameters }: AnyHook, chain: string): Shadowing {
  if (singleOwner || declaredHook(chain)?.category.firstModuleOnly) return "not called";
  const hasSecret = (parameters as readonly Parameter[]).some(
    ({ privacy, secrets }) => privacy === "secret" || secrets,
  );
  return hasSecret ? "named" : "called";
}

/** Whether a callback is called in shadow for the module's share, and for the rest. */
export function shadowedParts(
  hook: AnyHook,
  chain: string,
  settings: HookSettings,
): { readonly share: boolean; readonly rest: boolean } {
  const how = shadowing(hook, chain);
  const may = (key: "mode" | "rest") => how === "called" || (how === "named" && isNamed(settings, key));
  return {
    share: settings.mode === "shadow" && settings.share > 0 && may("mode"),
    rest: settings.rest === "shadow" && settings.share < 1 && settings.mode !== "disabled" && may("rest"),
  };
}
