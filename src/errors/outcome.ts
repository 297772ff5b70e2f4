import type { Problem } from "./problem.js";

/**
 * What a stage of the start-up produced, and everything that's wrong with its input. There may be both: what could be
 * produced goes on to the next stage, so that the problems of all stages are reported together.
 */
export interface Outcome<T> {
  readonly value?: T | undefined;
  readonly problems: readonly Problem[];
}
