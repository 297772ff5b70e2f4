import type { Newable } from "inversify";

/** What a module in another process injects there. */
export interface DescribedNeed {
  readonly name: string;
  /** Whether the name is that of one of Ligand's services, rather than another token's. */
  readonly isService: boolean;
  readonly optional: boolean;
}

const NEEDS = new WeakMap<Newable<object>, readonly DescribedNeed[]>();

/** Records what a module in another process injects, for a class that stands for it here. */
export function recordNeeds(moduleClass: Newable<object>, needs: readonly DescribedNeed[]): void {
  NEEDS.set(moduleClass, needs);
}

/** What a module injects in another process; undefined for one of this process. */
export function describedNeeds(moduleClass: Newable<object>): readonly DescribedNeed[] | undefined {
  return NEEDS.get(moduleClass);
}
