import { declaredHook } from "../catalogue/declared-hooks.js";
import { isThenable } from "../hooks/answer-predicates.js";
import type { Arrangement } from "../dispatch/arrangement.js";
import type { Call, ChainCallback } from "../hooks/contribution.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import type { AnyHook } from "../hooks/hook.js";
import { positionOf, type Parameter } from "../hooks/parameter.js";
import { recordedArgument } from "./recorded-values.js";
import type { Came, ReplayedCall, Scene } from "./scene.js";
import { withheldArgument } from "./withheld.js";

/**
 * Notes what each callback does, and gives it its own arguments. Callbacks in shadow are left out: they decide nothing.
 *
 * @param operated what administrators want of the callbacks
 * @param started the ids of the modules that run
 */
export function replayArrangement(operated: Arrangement, scene: Scene, started: ReadonlySet<string>): Arrangement {
  return {
    arrange(callback, hook, chain) {
      const noted = { ...callback, call: noting(callback, parametersOf(chain), scene) };
      const arranged = [operated.arrange?.(noted, hook, chain) ?? noted].flat();
      return arranged
        .filter(({ shadow }) => !shadow)
        .map((each) => ({ ...each, call: entering(each, hook, scene, started.has(callback.module.id)) }));
    },
  };
}

/** As the catalogue declares them. */
function parametersOf(chain: string): readonly Parameter[] {
  return declaredHook(chain)!.hook.parameters as readonly Parameter[];
}

/** The callback with what an administrator wants of it: the call begins here, matcher and share included. */
function entering(
  { module, name, call, interest }: ChainCallback,
  { parameters }: AnyHook,
  scene: Scene,
  isStarted: boolean,
): Call {
  const state = positionOf(parameters, "state");
  return (...args) => {
    const entered = scene.enter(module.id, name);
    if (!isStarted) throw left(scene, entered, scene.note({ reason: "not started", module: module.id }));
    // Using a string leaves no trace: who declares the parameter counts as reading it.
    const recorded = scene.record?.args ?? [];
    for (let position = 0; position < parameters.length; position++) {
      const reason = withheldArgument(recorded, position);
      if (!reason || position === state) continue;
      if (position < interest.parameters) throw left(scene, entered, scene.note({ reason, path: `args.${position}` }));
      args[position] = undefined;
    }
    return settling(call, args, (came) => scene.leave(entered, came));
  };
}

function left(scene: Scene, call: ReplayedCall, error: Error): Error {
  scene.leave(call, { error });
  return error;
}

/** The callback alone, with its own copies of what each callback may change. */
function noting({ call }: ChainCallback, parameters: readonly Parameter[], scene: Scene): Call {
  const own = parameters.flatMap((parameter, position) => (parameter.copy ? [[position, parameter] as const] : []));
  if (own.length === 0) return call;
  return (...args) => {
    for (const [position, parameter] of own) {
      if (args[position] !== undefined) args[position] = recordedArgument(parameter, position, scene.record!, scene);
    }
    return call(...args);
  };
}

function settling(call: Call, args: Parameters<Call>, settle: (came: Came) => void): unknown {
  try {
    const answer = call(...args);
    if (!isThenable(answer)) {
      settle(answer === NOT_ASKED ? "not asked" : { answer });
      return answer;
    }
    return Promise.resolve(answer).then(
      (later) => {
        settle(later === NOT_ASKED ? "not asked" : { answer: later });
        return later;
      },
      (error: unknown) => {
        settle({ error });
        throw error;
      },
    );
  } catch (error) {
    settle({ error });
    throw error;
  }
}
