import type { Problem } from "./problem.js";

/**
 * What a stage of the start-up made of what it was given, and everything that is wrong with that. There may be both: what
 * could be made goes on to the next stage, so that the problems of all stages are reported together.
 */
export interface Outcome<T> {
  readonly value?: T | undefined;
  readonly problems: readonly Problem[];
}
