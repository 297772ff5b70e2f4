import { setImmediate } from "node:timers/promises";
import { Allow } from "class-validator";
import type { Newable } from "inversify";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import type { HookContext } from "#src/hooks/context.js";
import { decoratorsOf } from "#src/hooks/decorators.js";
import type { AnyHook } from "#src/hooks/hook.js";
import {
  Every,
  inject,
  Module,
  ModuleConfig,
  ModuleLogger,
  postConstruct,
  preDestroy,
  WebResource,
} from "#src/index.js";
import { givenTo, samplesOf } from "../catalogue/sampled-hooks.js";
import { ANSWERS, HANGING, KILLING, THENABLES, THROWN } from "./faults.js";

/** Which fault a callback has, and when: synchronously, or in a promise. */
export type Mode = "throw" | "reject" | "answer" | "resolve" | "thenable" | "later" | "hang" | "kill";

/** A request id says which fault the callback of which hook has for this request. */
export function requestIdOf(key: string, mode: Mode, fault: string): string {
  return `${key}/${mode}/${fault}`;
}

/** Does what a fault is: throws, or returns what the callback is to return. */
export function doFault(mode: string, fault: string): unknown {
  switch (mode) {
    case "throw":
      throw THROWN[fault]!();
    case "reject":
      return setImmediate().then(() => {
        throw THROWN[fault]!();
      });
    case "answer":
      return ANSWERS[fault]!();
    case "resolve":
      return setImmediate().then(() => ANSWERS[fault]!());
    case "thenable":
      return THENABLES[fault]!();
    case "hang":
      return HANGING[fault]!();
    default:
      return KILLING[fault]!.make();
  }
}

/** Every hook of the catalogue, as `property.hook`. */
export const HOOKS: ReadonlyMap<
  string,
  { readonly category: Category; readonly name: string; readonly hook: AnyHook }
> = new Map(
  Object.entries<Category>(CATALOGUE).flatMap(([property, category]) =>
    Object.entries<AnyHook>(category.hooks).map(([name, hook]) => [`${property}.${name}`, { category, name, hook }]),
  ),
);

/** Whether only the callback of one module is ever called: a second module can't register the hook, or isn't heard. */
export function hasOneOwner(key: string): boolean {
  const { category, hook } = HOOKS.get(key)!;
  return hook.singleOwner === true || category.firstModuleOnly === true;
}

/** What a callback answers that has nothing against what it is asked. */
function passing(key: string): unknown {
  const { category, name } = HOOKS.get(key)!;
  const { pass, decides: end } = samplesOf(category.property, name)!;
  return pass.length > 0 ? pass[0] : end[0]![0];
}

/** An answer with functions, each of which throws what the fault is. */
const FUNCTIONS_THAT_THROW: Readonly<Record<string, (thrower: () => never) => unknown>> = {
  "passwordAuth.authChecker": (onLogin) => ["@alice:example.org", onLogin],
  "passwordAuth.check3pidAuth": (onLogin) => ["@alice:example.org", onLogin],
  "backgroundUpdates.onUpdate": (thrower) => ({ enter: thrower, exit: thrower }),
};

/** Hooks whose answers contain functions. */
export const HOOKS_WITH_FUNCTIONS = [...HOOKS].filter(([, { hook }]) => hook.answers.functions).map(([key]) => key);

/** Has a fault in each hook, once a request asks for it. */
class Faulty {
  web(request: Request): unknown {
    const { searchParams } = new URL(request.url);
    const mode = searchParams.get("mode");
    return mode === null ? Response.json({}) : doFault(mode, searchParams.get("fault")!);
  }
}

/** Stands after the faulty one, and logs each request in which it was called. */
class Witness {
  constructor(readonly log: ModuleLogger) {}
}

for (const [key, { category, name }] of HOOKS) {
  onHook(Faulty, category, name, (_, context) => {
    const [asked, mode, fault] = context?.requestId?.split("/") ?? [];
    if (asked !== key || mode === undefined) return passing(key);
    return mode === "later"
      ? FUNCTIONS_THAT_THROW[key]!(() => doFault("throw", fault!) as never)
      : doFault(mode, fault!);
  });
  if (hasOneOwner(key)) continue;
  onHook(Witness, category, name, (instance, context) => {
    if (context?.requestId?.startsWith(`${key}/`)) {
      (instance as Witness).log.info("witness", { requestId: context.requestId });
    }
    return passing(key);
  });
}
decorate(Faulty, "web", WebResource("/_synapse/client/faulty"));
inject(ModuleLogger)(Witness, undefined, 0);
Module()(Faulty);
Module()(Witness);

class FaultyLifeConfig {
  at = "";
  mode: Mode = "throw";
  fault = "";
}
for (const key of ["at", "mode", "fault"]) Allow()(FaultyLifeConfig.prototype, key);

/** Has a fault in its constructor, where it starts or stops, or again and again. */
class FaultyLife {
  constructor(private readonly config: FaultyLifeConfig) {
    // What a constructor returns takes the place of the instance: only what it throws counts here.
    if (config.at === "constructor") doFault(config.mode, config.fault);
  }

  start(): unknown {
    return this.#at("postConstruct");
  }

  stop(): unknown {
    return this.#at("preDestroy");
  }

  tick(): unknown {
    return this.#at("every");
  }

  #at(place: string): unknown {
    return this.config.at === place ? doFault(this.config.mode, this.config.fault) : undefined;
  }
}
inject(ModuleConfig)(FaultyLife, undefined, 0);
decorate(FaultyLife, "start", postConstruct());
decorate(FaultyLife, "stop", preDestroy());
decorate(FaultyLife, "tick", Every("20ms", { runOnAllInstances: true }));
Module({ config: FaultyLifeConfig })(FaultyLife);

/** Logs where it starts and stops. */
class Steady {
  constructor(readonly log: ModuleLogger) {}

  start(): void {
    this.log.info("started");
  }

  stop(): void {
    this.log.info("stopped");
  }
}
inject(ModuleLogger)(Steady, undefined, 0);
decorate(Steady, "start", postConstruct());
decorate(Steady, "stop", preDestroy());
Module()(Steady);

export { Faulty, FaultyLife, Steady, Witness };

function onHook(
  Class: Newable,
  category: Category,
  name: string,
  answer: (instance: object, context: HookContext | undefined) => unknown,
): void {
  const method = `${category.name}.${name}`;
  const { length } = category.hooks[name]!.parameters as readonly unknown[];
  Object.defineProperty(Class.prototype, method, {
    configurable: true,
    value(this: object, ...args: unknown[]) {
      return answer(this, args[length] as HookContext | undefined);
    },
  });
  const decorators = decoratorsOf(category) as Record<string, (...args: unknown[]) => MethodDecorator>;
  decorate(Class, method, decorators[name]!(...givenTo(category.property, name)));
}

function decorate(Class: Newable, method: string, decorator: unknown): void {
  (decorator as MethodDecorator)(
    Class.prototype as object,
    method,
    Object.getOwnPropertyDescriptor(Class.prototype, method)!,
  );
}
