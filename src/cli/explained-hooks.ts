import { settingsFor } from "../config/operate/operate-settings.js";
import { contributionsTo, shadowsOf } from "../container/contributions.js";
import type { CallbackName } from "../hooks/callback-name.js";
import type { Category } from "../hooks/category.js";
import { callbacksOf, participantsOf, type RegisteredCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { classInterest } from "../hooks/interest.js";
import { positionOf, type Parameter } from "../hooks/parameter.js";
import type { StateSelection } from "../matrix/state-selection.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { wishesOf, type Wishes } from "../operate/wishes.js";

export interface ExplainedHook {
  /** The category, such as `SpamChecker`. */
  readonly category: string;
  readonly hook: string;
  /** How answers combine, in a few words. */
  readonly strategy: string;
  /** What an error of a callback does, in a few words. */
  readonly failure: string;
  /** The callbacks that are asked, in order. */
  readonly callbacks: readonly ExplainedCallback[];
  /** Callbacks that are called and decide nothing. */
  readonly shadow?: readonly ExplainedCallback[];
  /** Callbacks that are never asked, because the category asks only its first module. */
  readonly ignored: readonly CallbackName[];
}

/** A callback, and what it looks at: nothing else is loaded for it, or sent to it in another process. */
export interface ExplainedCallback extends CallbackName {
  /** The arguments of the hook that it can look at. */
  readonly arguments: readonly string[];
  /** Why these are all, where its parameters don't say how many it looks at. */
  readonly because?: string;
  /** The types of events that it is called for; absent for all. */
  readonly types?: readonly string[];
  /** What its administrator wants of it; absent where that's nothing. */
  readonly wishes?: Wishes;
  /** Which part of the state it asks for, where it asks for any. */
  readonly state?: "whole" | StateSelection;
}

/** The hooks of a category that a module answers. */
export function explainHooks(category: Category, modules: readonly LoadedModule[]): readonly ExplainedHook[] {
  const contributions = contributionsTo(category.name, modules);
  const participants = participantsOf(category, contributions);
  const ignored = contributions.slice(participants.length);
  const shadows = shadowsOf(category, modules);
  const operateOf = new Map(modules.map(({ info, operate }) => [info.id, operate]));
  const explained = (declared: AnyHook, hook: string, callback: RegisteredCallback) => {
    const operate = operateOf.get(callback.module.id);
    const wishes = wishesOf(declared, settingsFor(operate, hook), operate?.process !== undefined);
    return explainCallback(declared, callback, wishes);
  };
  return Object.entries(category.hooks)
    .map(([hook, declared]) => ({
      category: category.name,
      hook,
      strategy: declared.strategy.name,
      failure: declared.failure.name,
      callbacks: participants
        .flatMap((contribution) => callbacksOf(contribution, hook))
        .map((callback) => explained(declared, hook, callback)),
      ...shadowed(
        shadows
          .flatMap((contribution) => callbacksOf(contribution, hook))
          .map((callback) => explained(declared, hook, callback)),
      ),
      ignored: ignored.flatMap((contribution) => callbacksOf(contribution, hook)).map(nameOf),
    }))
    .filter(({ callbacks, ignored: lost, shadow = [] }) => callbacks.length + lost.length + shadow.length > 0);
}

/** Absent where there is none. */
function shadowed(shadow: readonly ExplainedCallback[]): Pick<ExplainedHook, "shadow"> {
  return shadow.length > 0 ? { shadow } : {};
}

function explainCallback(hook: AnyHook, callback: RegisteredCallback, wishes: Wishes): ExplainedCallback {
  const { parameters, because, types, state } = classInterest(hook, callback);
  const names = (hook.parameters as readonly Parameter[]).map(({ name }) => name);
  const position = positionOf(hook.parameters, "state");
  const looksAtState = position >= 0 && parameters > position && state?.length !== 0;
  return {
    ...nameOf(callback),
    arguments: names.slice(0, parameters),
    ...(Object.keys(wishes).length > 0 && { wishes }),
    ...(because !== undefined && { because }),
    ...(types && { types }),
    ...(looksAtState && { state: state ?? "whole" }),
  };
}

function nameOf({ module, name }: RegisteredCallback): CallbackName {
  return { module: module.id, name };
}
