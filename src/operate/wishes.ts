import type { HookSettings } from "../config/operate/operate-settings.js";
import type { AnyHook } from "../hooks/hook.js";
import { possibleSettings } from "./possible.js";

/** What an administrator wants of the callbacks of a hook, beyond what is so by default. */
export type Wishes = Partial<Omit<HookSettings, "written" | "mode">>;

/** The settings of a hook that hold for it and aren't the defaults. @param isElsewhere whether the module has a process */
export function wishesOf(hook: AnyHook, settings: HookSettings, isElsewhere: boolean): Wishes {
  const { timeoutMs, onFailure, share, rest, only, except, circuitBreaker } = possibleSettings(
    hook,
    settings,
    isElsewhere,
  );
  const isDefault = onFailure.local === "default" && onFailure.federation === "default";
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(!isDefault && { onFailure }),
    ...(share < 1 && { share, rest }),
    ...(only && Object.keys(only).length > 0 && { only }),
    ...(except && Object.keys(except).length > 0 && { except }),
    ...(circuitBreaker && { circuitBreaker }),
  };
}
