import type { Privacy } from "../matrix/privacy.js";

/**
 * What a service method does, hooks that it asks included: it *reads* from the homeserver, it *acts* on it or on other
 * servers, or it works on the module's *own* things, such as its database or its timers.
 *
 * @public
 */
export type ServiceEffect = "reads" | "acts" | "own";

/** What a service method does, and who may see what it returns. @public */
export interface ServiceMethod<Returned = Privacy | "nothing"> {
  readonly does: ServiceEffect;
  /** Who may see what it returns, or what its promise resolves with; `nothing` where there is nothing to see. */
  readonly returns: Returned;
  /** Who may see its arguments, in order; what isn't said is `body`. */
  readonly takes?: readonly Privacy[];
  /** It runs where the module runs: it needs no homeserver, or reaches it through another method. */
  readonly runsIn?: "module";
  /** Its result is frozen, and so is the copy that a module in another process receives. */
  readonly isFrozen?: true;
}

/** Where a service runs, and what each of its methods does. Each service class declares its own. @public */
export interface ServiceDeclaration<Service> {
  /**
   * `homeserver`: the homeserver lends it to modules in other processes. `module`: each process has its own, because it
   * answers synchronously or holds something that can't cross.
   */
  readonly runsIn: "homeserver" | "module";
  readonly methods: { readonly [Name in MethodNames<Service>]: ServiceMethod<ReturnedBy<Service[Name]>> };
}

type MethodNames<Service> = {
  [Name in keyof Service]: Service[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Service];

type ReturnedBy<Method> = Method extends (...args: never[]) => infer Result
  ? [Awaited<Result>] extends [void]
    ? "nothing"
    : Privacy
  : never;
