import type { FailureWish } from "../config/operate/operate-keys.js";
import type { HookKey, HookSettings } from "../config/operate/operate-settings.js";
import type { AnyHook } from "../hooks/hook.js";

/** Whether a key of the settings is written for the hook, and not for the module. */
export function isNamed({ written }: HookSettings, key: HookKey): boolean {
  return written[key]?.[1] === "hooks";
}

/** Whether a hook's own policy makes an error the request's. */
export function passesErrors({ failure }: AnyHook): boolean {
  return failure.outcome(new Error(), "").kind === "propagate";
}

/** Why failures of a hook's callbacks can't lead to something; undefined where they can. */
export function whyNot(hook: AnyHook, wish: FailureWish): string | undefined {
  const { replacesHomeserver, refusal, answers } = hook;
  if (wish === "allow" && replacesHomeserver)
    return "it replaces what the homeserver does, so nothing is left to allow";
  if (wish === "deny" && !refusal) return "it has no denial";
  if (wish === "error" && !passesErrors(hook)) {
    return answers.kind === "nothing"
      ? "it's only notified, and homeservers rely on it not to throw"
      : "homeservers take an error of it for no opinion";
  }
  return undefined;
}

/**
 * The settings of a hook as far as it can have them. What is written for a module holds for the hooks that can have it; the
 * others keep their own policy, and wait forever.
 *
 * @param isElsewhere whether the module has a process
 */
export function possibleSettings(hook: AnyHook, settings: HookSettings, isElsewhere: boolean): HookSettings {
  const { timeoutMs, ...others } = settings;
  // A synchronous answer of this process is used however long it took.
  const canWait = isElsewhere || !hook.synchronous;
  return {
    ...others,
    onFailure: possibleWishes(hook, settings),
    ...(timeoutMs !== undefined && canWait && { timeoutMs }),
  };
}

/** What failures of a hook's callbacks lead to, as far as it can be what is wanted. */
export function possibleWishes(hook: AnyHook, settings: HookSettings): HookSettings["onFailure"] {
  const { local, federation } = settings.onFailure;
  return { local: possibleWish(hook, settings, local), federation: possibleWish(hook, settings, federation) };
}

function possibleWish(hook: AnyHook, settings: HookSettings, wish: FailureWish): FailureWish {
  const isLeftOut = wish === "deny" && hook.refusal?.onlyWhenNamed && !isNamed(settings, "on_failure");
  return isLeftOut || whyNot(hook, wish) !== undefined ? "default" : wish;
}
