/**
 * What a method of a service does: it *reads* from the homeserver, it *acts* on it or on other servers, or it works on
 * something of the module's *own*, such as its database or its timers.
 */
export type ServiceEffect = "reads" | "acts" | "own";

/** A method of a service, where its effect is not all that there is to say. */
export interface ServiceMethod {
  readonly does: ServiceEffect;
  /** It runs where the module does: it needs no homeserver, or asks it by another method. */
  readonly runsIn?: "module";
  /** Its result is frozen: so is the copy that a module in another process is given. */
  readonly isFrozen?: true;
}

/** Where a service runs, and what each of its methods does. Each class of a service says so of itself. */
export interface ServiceDeclaration<Service> {
  /**
   * `homeserver`: a homeserver lends it to modules in another process. `module`: a module has it in its own process, since
   * it answers synchronously or holds what cannot cross.
   */
  readonly runsIn: "homeserver" | "module";
  readonly methods: { readonly [Name in MethodNames<Service>]: ServiceEffect | ServiceMethod };
}

type MethodNames<Service> = {
  [Name in keyof Service]: Service[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Service];
