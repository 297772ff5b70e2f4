import type { Position } from "../errors/problem.js";
import { registrationsOf, type Registration } from "./registration.js";

/** What dispatch writes of callbacks; a winston logger serves. */
export interface HookLog {
  debug(message: string, meta: object): unknown;
  warn(message: string, meta: object): unknown;
  error(message: string, meta: object): unknown;
}

/** The module that a callback belongs to. */
export interface ContributingModule {
  readonly id: string;
  /** What the configuration names the module by. */
  readonly specifier?: string;
  /** Where the configuration lists the module. */
  readonly position?: Position;
}

/** One module's callbacks on the hooks of one category, in the order of its decorators. */
export interface Contribution {
  readonly module: ContributingModule;
  readonly log: HookLog;
  readonly instance: object;
  readonly registrations: readonly Registration[];
}

/** What an instance contributes, by the name of the category. */
export function contributionsOf(instance: object, module: ContributingModule, log: HookLog): Map<string, Contribution> {
  const contributions = new Map<string, Contribution & { registrations: Registration[] }>();
  for (const registration of registrationsOf(instance.constructor)) {
    const contribution = contributions.get(registration.category);
    if (contribution) contribution.registrations.push(registration);
    else contributions.set(registration.category, { module, log, instance, registrations: [registration] });
  }
  return contributions;
}
