import type { Newable } from "inversify";
import { IsOptional, IsString } from "class-validator";
import { decoratorsOf } from "#src/hooks/decorators.js";
import type { HookContext } from "#src/hooks/context.js";
import {
  inject,
  Module,
  ModuleConfig,
  ModuleLogger,
  postConstruct,
  preDestroy,
  Every,
  Secret,
  WebResource,
} from "#src/index.js";
import { HOOKS } from "../faults/faulty-modules.js";
import { ERRORS, MARK, SPILLS } from "./spills.js";

/** How a hook's callback pours: the request id names one of these, and one of `SPILLS`. */
export const WAYS = [...Object.keys(ERRORS), "answer", "answeredObject", "log", "vault"] as const;

class PouringConfig {
  /** A secret of which neither its key nor its form says so. */
  @Secret()
  @IsString()
  vault!: string;

  /** Where in its life the module throws. */
  @IsOptional()
  @IsString()
  at = "";

  @IsOptional()
  @IsString()
  spill = "json";
}

/** Has each hook throw, answer and log secrets, as a request asks for it. */
class Pouring {
  constructor(
    readonly config: PouringConfig,
    readonly log: ModuleLogger,
  ) {
    this.#pourAt("constructor");
  }

  start(): void {
    this.#pourAt("postConstruct");
  }

  stop(): void {
    this.#pourAt("preDestroy");
  }

  tick(): void {
    this.#pourAt("every");
  }

  web(request: Request): Response {
    const { searchParams } = new URL(request.url);
    this.pour(searchParams.get("way")!, searchParams.get("spill")!, `${MARK}web`, []);
    return new Response();
  }

  #pourAt(place: string): void {
    if (this.config.at === place) {
      this.log.warn(SPILLS[this.config.spill]!(`${MARK}${place}`));
      throw new Error(SPILLS[this.config.spill]!(`${MARK}${place}`), {
        cause: new Error(`the vault opens by ${this.config.vault}`),
      });
    }
  }

  /** @param args the arguments of the hook, of which some are secrets */
  pour(way: string, spill: string, secret: string, args: readonly unknown[]): unknown {
    const text = SPILLS[spill]!(secret);
    if (way === "answer") return text;
    if (way === "answeredObject") return { text, password: secret };
    if (way === "vault")
      throw new Error(`the vault opens by ${this.config.vault} ${JSON.stringify(args)}`, { cause: { args } });
    if (way !== "log") throw ERRORS[way]!(text, secret);
    for (const level of ["error", "warn", "info", "debug"] as const) {
      this.log[level](text, {
        text,
        [text]: 1,
        password: secret,
        nested: [{ clientSecret: secret, error: new Error(text) }],
      });
    }
    this.log.info(this.config.vault, { config: this.config });
    return undefined;
  }
}

decorate("start", postConstruct());
decorate("stop", preDestroy());
decorate("tick", Every("20ms", { runOnAllInstances: true }));
decorate("web", WebResource("/_synapse/client/pouring"));
for (const [key, { category, name, hook }] of HOOKS) {
  const method = `${category.name}.${name}`;
  const { length } = hook.parameters as readonly unknown[];
  Object.defineProperty(Pouring.prototype, method, {
    configurable: true,
    value(this: Pouring, ...args: unknown[]) {
      const [asked, way, spill] = (args[length] as HookContext | undefined)?.requestId?.split("/") ?? [];
      return asked === key ? this.pour(way!, spill!, `${MARK}${way}-${spill}`, args.slice(0, length)) : undefined;
    },
  });
  const decorators = decoratorsOf(category) as Record<string, (...args: unknown[]) => unknown>;
  decorate(method, decorators[name]!(...(name === "authChecker" ? ["m.login.password", ["password"]] : [])));
}
inject(ModuleConfig)(Pouring, undefined, 0);
inject(ModuleLogger)(Pouring, undefined, 1);
Module({ config: PouringConfig })(Pouring as Newable<object>);

export { Pouring };

function decorate(method: string, decorator: unknown): void {
  const descriptor = Object.getOwnPropertyDescriptor(Pouring.prototype, method)!;
  (decorator as MethodDecorator)(Pouring.prototype, method, descriptor);
}
