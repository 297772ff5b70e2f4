import { ContainerModule, type AbstractNewable } from "inversify";
import { callable, checkOptions, isClass } from "../options/check-options.js";
import { sharedSymbol } from "../package.js";
import { LigandError, type LigandErrorOptions } from "../errors/ligand-error.js";

/** The class of a service, which is also its token. @public */
export type ServiceToken<T> = AbstractNewable<T>;

/** Gives a factory the other services. @public */
export interface ServiceLookup {
  get<T>(token: ServiceToken<T>): T;
  /** `undefined` if the host doesn't offer the service. */
  find<T>(token: ServiceToken<T>): T | undefined;
}

/** Options of a binding. @public */
export interface BindServiceOptions<T> {
  /** Called when the host stops, if the service was used: closes what it holds. */
  readonly stop?: (service: T) => void | Promise<void>;
}

/** Makes a service when a module first asks for it. @public */
export type ServiceFactory<T> = (services: ServiceLookup) => T;

/**
 * Offers a service to modules. Put the result into `services` of `startModules`; you don't need to know Inversify.
 *
 * @param source the service itself, or a function that makes it once, using other services if it needs them.
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when the source is a class, a promise, or neither an object nor a
 *   function.
 *
 * @public
 */
export function bindService<T extends object, Made extends T = T>(
  token: ServiceToken<T>,
  source: Made | ServiceFactory<Made>,
  options: BindServiceOptions<Made> = {},
): ContainerModule {
  if (!isClass(token))
    throw invalid(`bindService needs the class of a service as its first argument, but got ${String(token)}`);
  const call = `bindService(${token.name}, …)`;
  checkOptions(call, options, { stop: callable });
  const { stop = () => {} } = options;
  if (isClass(source)) {
    throw invalid(`${call} was given the class ${source.name}; expected an instance of it`, {
      remedy: `Write \`new ${source.name}(…)\`, or a function that makes it: \`() => new ${source.name}(…)\`.`,
    });
  }
  if (typeof source !== "function") assertService(source, `${call} needs the service or a function that makes it`);
  const make = typeof source === "function" ? (source as ServiceFactory<Made>) : () => source;
  const bindings = new ContainerModule(({ bind }) => {
    bind<T>(token)
      .toDynamicValue((context) =>
        making(token, bindings, () => {
          const service = make({
            get: (other) => context.get(other, { optional: true }) ?? missing(other, token),
            find: <S>(other: ServiceToken<S>): S | undefined => context.get<S>(other, { optional: true }),
          });
          assertService(service, `the function of ${call} must return the service, not a promise`);
          return service;
        }),
      )
      .inSingletonScope()
      .onDeactivation((service) => stop(service as Made));
  });
  return Object.defineProperty(bindings, SERVICE, { value: token });
}

/** The service that {@link bindService} made container bindings for; undefined for other bindings. */
export function boundService(bindings: ContainerModule): ServiceToken<object> | undefined {
  return (bindings as { readonly [SERVICE]?: ServiceToken<object> })[SERVICE];
}

const SERVICE: unique symbol = sharedSymbol("bound-service") as never;
/** The services whose functions are running right now, outer ones first. */
const stack: { readonly token: ServiceToken<unknown>; readonly bindings: ContainerModule }[] = [];

/** Makes a service, unless it's already being made: two services that need each other would recurse forever. */
function making<T>(token: ServiceToken<unknown>, bindings: ContainerModule, make: () => T): T {
  const start = stack.findIndex((outer) => outer.bindings === bindings);
  if (start >= 0) {
    const circle = [...stack.slice(start), { token }].map(({ token: { name } }) => name).join(" → ");
    throw new LigandError("LIGAND_SERVICE_FAILED", `the homeserver's services need each other in a circle: ${circle}`, {
      remedy: "Make one of them look up the other when it needs it, not in the function that makes it.",
    });
  }
  stack.push({ token, bindings });
  try {
    return make();
  } catch (cause) {
    if (cause instanceof LigandError) throw cause;
    throw new LigandError("LIGAND_SERVICE_FAILED", `couldn't make the homeserver's service ${token.name}`, {
      cause,
    });
  } finally {
    stack.pop();
  }
}

function missing(other: ServiceToken<unknown>, token: ServiceToken<unknown>): never {
  throw new LigandError(
    "LIGAND_MODULE_SERVICE_MISSING",
    `the service ${token.name} needs ${other.name}, but this homeserver doesn't provide it`,
    { remedy: `Bind ${other.name} in \`services\`, or look it up with \`find\`, which may return undefined.` },
  );
}

function assertService(value: unknown, expectation: string): void {
  const isPromise = typeof (value as Partial<Promise<unknown>> | null | undefined)?.then === "function";
  if (typeof value === "object" && value !== null && !isPromise) return;
  throw invalid(`${expectation}, but got ${isPromise ? "a promise" : String(value)}`);
}

function invalid(message: string, options: LigandErrorOptions = {}): LigandError {
  return new LigandError("LIGAND_ARGUMENT_INVALID", message, options);
}
