import { failInternally, failModule, forbid, propagate, skip, type FailurePolicy } from "#src/hooks/failure-policy.js";

/** What becomes of an error of each kind: it skips the callback, passes as the same object, or as another error. */
export type Fate = "skip" | "same" | "module failed" | 403 | 500;

/** What a failure policy makes of errors, and how urgent the log line is. */
export interface ExpectedFailure {
  readonly plain: readonly [Fate, level: string];
  readonly matrix: readonly [Fate, level: string];
  readonly cancellation: readonly [Fate, level: string];
}

const CANCELLATION_PASSES = ["same", "debug"] as const;

/** By the names of the policies; those that skip differ in how urgent they say it is. */
const FAILURES: Readonly<Record<string, (skipLevel: string) => ExpectedFailure>> = {
  [propagate.name]: () => ({
    plain: ["same", "error"],
    matrix: ["same", "info"],
    cancellation: CANCELLATION_PASSES,
  }),
  [skip("warn").name]: (level) => ({
    plain: ["skip", level],
    matrix: ["skip", level],
    cancellation: CANCELLATION_PASSES,
  }),
  [skip("warn", { catchCancellation: true }).name]: (level) => ({
    plain: ["skip", level],
    matrix: ["skip", level],
    cancellation: ["skip", level],
  }),
  [failModule.name]: () => ({
    plain: ["module failed", "error"],
    matrix: ["same", "info"],
    cancellation: CANCELLATION_PASSES,
  }),
  [forbid.name]: () => ({ plain: [403, "error"], matrix: ["same", "info"], cancellation: [403, "error"] }),
  [failInternally.name]: () => ({ plain: [500, "error"], matrix: [500, "error"], cancellation: CANCELLATION_PASSES }),
};

/** What a hook's failure policy must make of errors. */
export function expectedFailure(policy: FailurePolicy): ExpectedFailure {
  return FAILURES[policy.name]!(policy.level(new Error("boom")));
}
