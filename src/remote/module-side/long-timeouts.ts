import { CATALOGUE } from "../../catalogue/index.js";
import { settingsFor } from "../../config/operate/operate-settings.js";
import { contributionsTo } from "../../container/contributions.js";
import type { DescribedModule } from "../../container/modules-info.js";
import { BEFORE_DEADLINE_MS } from "../../dispatch/budgets.js";
import { callbacksOf, participantsOf } from "../../hooks/contribution.js";
import type { AnyHook } from "../../hooks/hook.js";
import { possibleSettings } from "../../operate/possible.js";

/** A warning for each hook whose callbacks may take longer, one after the other, than the homeserver waits for all of them. */
export function longTimeouts(modules: readonly DescribedModule[], callTimeoutMs: number): string[] {
  const operated = new Map<object, DescribedModule>(modules.map((module) => [module.info, module]));
  return Object.values(CATALOGUE).flatMap((category) => {
    const participants = participantsOf(category, contributionsTo(category.name, modules));
    return Object.entries(category.hooks as Record<string, AnyHook>).flatMap(([hook, declared]) => {
      const timeouts = participants
        .flatMap((contribution) => callbacksOf(contribution, hook))
        .map(({ module }) => {
          const { operate } = operated.get(module)!;
          return possibleSettings(declared, settingsFor(operate, hook), operate?.process !== undefined).timeoutMs ?? 0;
        });
      const total = timeouts.reduce((sum, ms) => sum + ms, 0);
      if (total <= callTimeoutMs) return [];
      return [
        `the time-outs of ${category.name}.${hook} add up to ${total} ms, but the homeserver gives the hook up after ${callTimeoutMs} ms: callbacks that haven't answered ${BEFORE_DEADLINE_MS} ms before that count as failed. Lower them, or raise its call_timeout`,
      ];
    });
  });
}
