import type { HookSettings, MatcherKey } from "../config/operate/operate-settings.js";
import type { Interest } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { parametersOf } from "../config/operate/facets.js";

/** What a callback can look at together with its matcher and its share; the same object where they look at no more. */
export function operatedInterest(hook: AnyHook, settings: HookSettings, interest: Interest): Interest {
  const parameters = Math.max(interest.parameters, ...keysOf(settings).map((key) => parametersOf(hook, key)));
  return parameters > interest.parameters ? { ...interest, parameters } : interest;
}

/** What the callback's matcher and share look at. */
function keysOf({ only, except, share }: HookSettings): MatcherKey[] {
  const keys = Object.keys({ ...only, ...except }) as MatcherKey[];
  return share < 1 ? [...keys, "room", "sender"] : keys;
}
