import { ContainerModule, type AbstractNewable } from "inversify";
import { LigandError } from "../errors/ligand-error.js";

/** The class of a service, which is also its token. */
export type ServiceToken<T> = AbstractNewable<T>;

/** Gives a factory the other services. */
export interface ServiceLookup {
  get<T>(token: ServiceToken<T>): T;
  /** `undefined` where the host offers no such service. */
  find<T>(token: ServiceToken<T>): T | undefined;
}

/** What may accompany a binding. */
export interface BindServiceOptions<T> {
  /** Called when the host stops, if the service was in use: closes what it holds. */
  readonly stop?: (service: T) => void | Promise<void>;
}

/** Makes a service when a module first asks for it. */
export type ServiceFactory<T> = (services: ServiceLookup) => T;

/**
 * Offers a service to modules. The result goes into `services` of `startModules`; knowledge of Inversify is not needed.
 *
 * @param source the service itself, or a function that makes it once, from other services if need be.
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when the source is neither an object nor a function.
 */
export function bindService<T extends object, Made extends T = T>(
  token: ServiceToken<T>,
  source: Made | ServiceFactory<Made>,
  { stop = () => {} }: BindServiceOptions<Made> = {},
): ContainerModule {
  if (typeof source !== "function" && (typeof source !== "object" || source === null)) {
    throw new LigandError(
      "LIGAND_ARGUMENT_INVALID",
      `bindService(${token.name}, …) expects the service or a function that makes it, found ${String(source)}`,
    );
  }
  const make = typeof source === "function" ? (source as ServiceFactory<Made>) : () => source;
  return new ContainerModule(({ bind }) => {
    bind<T>(token)
      .toDynamicValue((context) =>
        make({
          get: (other) => context.get(other),
          find: <S>(other: ServiceToken<S>): S | undefined => context.get<S>(other, { optional: true }),
        }),
      )
      .inSingletonScope()
      .onDeactivation((service) => stop(service as Made));
  });
}
