import { actingServices } from "../../services/acting-services.js";
import type { ServiceName } from "../../services/services.js";
import { isEnforced, type HookSettings, type OperateSettings } from "./operate-settings.js";

/** For which work of a module its services only pretend to act. */
export interface StandIns {
  /**
   * For everything that it does; or only for its calls in shadow, or for everything but its other calls. What it does by itself,
   * outside of any call, goes by its own `mode`.
   */
  readonly for: "everything" | "calls in shadow" | "all but other calls";
  /** The services that act and stay real. */
  readonly real: readonly ServiceName[];
}

/** The stand-ins of a module; undefined where nothing of it is in shadow. */
export function standInsOf(operate: OperateSettings | undefined): StandIns | undefined {
  if (!operate) return undefined;
  const { mode, hooks, shadowServices: real } = operate;
  const named = [...hooks.values()];
  if (mode === "shadow") return { for: named.some(isEnforced) ? "all but other calls" : "everything", real };
  return [operate, ...named].some(isShadowed) ? { for: "calls in shadow", real } : undefined;
}

function isShadowed({ mode, rest, share }: HookSettings): boolean {
  return mode === "shadow" || (mode === "enforce" && rest === "shadow" && share < 1);
}

/**
 * What an instance keeps of its settings for as long as it lives: its process, and the stand-ins that it has for services.
 *
 * @param services finds those that it injects, which is costly and seldom needed
 */
export function surroundingsOf(operate: OperateSettings | undefined, services: () => readonly ServiceName[]): unknown {
  const standIns = standInsOf(operate);
  const acting = standIns ? actingServices(services(), standIns.real).toSorted() : [];
  return [operate?.process, operate?.mode === "shadow", acting.length > 0 && [standIns!.for, acting]];
}
