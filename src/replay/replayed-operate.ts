import type { HookSettings, OperateSettings } from "../config/operate/operate-settings.js";
import type { LoadedModule } from "../modules/load-modules.js";

/**
 * A module as its administrator wants it, without what depends on the time that passes: in a replay, calls fail that read
 * what isn't recorded, and a circuit breaker that opens for them would guess.
 */
export function withoutLimits(module: LoadedModule): LoadedModule {
  const { operate } = module;
  if (!operate) return module;
  const hooks = new Map(Array.from(operate.hooks, ([hook, settings]) => [hook, unlimited(settings)] as const));
  return { ...module, operate: { ...unlimited<OperateSettings>(operate), hooks } };
}

function unlimited<Settings extends HookSettings>({
  timeoutMs: _timeout,
  circuitBreaker: _breaker,
  ...settings
}: Settings): Omit<Settings, "timeoutMs" | "circuitBreaker"> {
  return settings;
}
