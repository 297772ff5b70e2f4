import { expect } from "chai";
import fc from "fast-check";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import {
  answerWith,
  failInternally,
  failModule,
  forbid,
  propagate,
  skip,
  type FailurePolicy,
} from "#src/hooks/failure-policy.js";
import { MatrixError, NotFoundError } from "#src/matrix/matrix-error.js";

const POLICIES: Readonly<Record<string, FailurePolicy>> = {
  propagate,
  skipWarn: skip("warn"),
  skipError: skip("error"),
  catchAll: skip("error", { catchCancellation: true }),
  failModule,
  forbid,
  failInternally,
};
const CATCH_CANCELLATION = ["catchAll", "forbid"];

const abortError = () => new DOMException("gone", "AbortError");
const cancellation = fc.constantFrom(new CancelledError(), abortError());
const matrixError = fc.constantFrom(new MatrixError(429, "slow down"), new NotFoundError());
const otherError = fc.oneof(
  fc.string().map((message) => new Error(message)),
  fc.constantFrom(new TypeError("x"), new LigandError("LIGAND_ANSWER_ILLEGAL", "x")),
  fc.anything(),
);
const anyError = fc.oneof(cancellation, matrixError, otherError);
const anyPolicy = fc.constantFrom(...Object.values(POLICIES));

describe("failure policies", () => {
  it("law: every error has exactly one outcome, always the same", () => {
    fc.assert(
      fc.property(anyPolicy, anyError, (policy, error) => {
        const outcome = policy.outcome(error, "callback A.b");
        expect(outcome.kind).to.be.oneOf(["skip", "answer", "propagate"]);
        expect(policy.outcome(error, "callback A.b").kind).to.equal(outcome.kind);
        expect(policy.level(error)).to.be.oneOf(["debug", "info", "warn", "error"]);
      }),
    );
  });

  it("law: a cancellation passes as the same object, unless the policy catches it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(POLICIES)), cancellation, ([name, policy], error) => {
        const outcome = policy.outcome(error, "callback A.b", true);
        const passes = outcome.kind === "propagate" && outcome.error === error;
        expect(passes).to.equal(!CATCH_CANCELLATION.includes(name));
        expect(policy.level(error, true) === "debug").to.equal(passes);
      }),
    );
  });

  it("law: a MatrixError that reaches the operation unchanged is logged at `info`", () => {
    fc.assert(
      fc.property(anyPolicy, matrixError, (policy, error) => {
        const outcome = policy.outcome(error, "callback A.b");
        expect(policy.level(error) === "info").to.equal(outcome.kind === "propagate" && outcome.error === error);
      }),
    );
  });

  describe("propagate", () => {
    it("law: lets every error through unchanged", () => {
      fc.assert(
        fc.property(anyError, (error) => {
          const outcome = propagate.outcome(error, "callback A.b");
          expect(outcome.kind === "propagate" && Object.is(outcome.error, error)).to.equal(true);
        }),
      );
    });
  });

  describe("skip", () => {
    it("law: goes on after every error but a cancellation, at its own level", () => {
      fc.assert(
        fc.property(fc.constantFrom("warn", "error"), fc.oneof(matrixError, otherError), (level, error) => {
          expect(skip(level).outcome(error, "callback A.b")).to.deep.equal({ kind: "skip" });
          expect(skip(level).level(error)).to.equal(level);
        }),
      );
    });

    it("the policy skip goes on after a cancellation when it catches it", () => {
      const policy = skip("warn", { catchCancellation: true });
      expect(policy.outcome(new CancelledError(), "callback A.b", true)).to.deep.equal({ kind: "skip" });
      expect(policy.level(new CancelledError(), true)).to.equal("warn");
    });
  });

  describe("failModule", () => {
    it("the policy failModule lets a MatrixError through", () => {
      const error = new MatrixError(429, "slow down");
      expect(failModule.outcome(error, "callback A.b")).to.deep.equal({ kind: "propagate", error });
    });

    it("law: wraps another error, with the callback in the message and the error as the cause", () => {
      fc.assert(
        fc.property(otherError, (error) => {
          const outcome = failModule.outcome(error, "callback A.b of module a");
          const wrapped = outcome.kind === "propagate" ? outcome.error : undefined;
          expect(wrapped).to.be.instanceOf(ModuleFailedError);
          expect((wrapped as ModuleFailedError).message).to.equal("callback A.b of module a failed");
          expect(Object.is((wrapped as ModuleFailedError).cause, error)).to.equal(true);
        }),
      );
    });
  });

  describe("forbid", () => {
    it("the policy forbid lets a MatrixError through", () => {
      const error = new MatrixError(400, "no", "M_BAD_JSON");
      expect(forbid.outcome(error, "callback A.b")).to.deep.equal({ kind: "propagate", error });
    });

    it("the policy forbid makes 403 M_UNKNOWN of another error, also of a cancellation", () => {
      for (const cause of [new Error("boom"), new CancelledError()]) {
        const outcome = forbid.outcome(cause, "callback A.b", true);
        const { status, errcode, message } = (outcome as { error: MatrixError }).error;
        expect({ status, errcode, message }).to.deep.equal({
          status: 403,
          errcode: "M_UNKNOWN",
          message: "This is not allowed",
        });
        expect((outcome as { error: MatrixError }).error.cause).to.equal(cause);
      }
    });
  });

  describe("failInternally", () => {
    it("the policy failInternally makes 500 M_UNKNOWN of every error but a cancellation", () => {
      for (const cause of [new Error("boom"), new MatrixError(429, "slow down")]) {
        const outcome = failInternally.outcome(cause, "callback A.b");
        const { status, errcode, message } = (outcome as { error: MatrixError }).error;
        expect({ status, errcode, message }).to.deep.equal({
          status: 500,
          errcode: "M_UNKNOWN",
          message: "Internal server error",
        });
        expect((outcome as { error: MatrixError }).error.cause).to.equal(cause);
      }
    });
  });

  it("answerWith puts an answer in the place of the one that is owed", () => {
    expect(answerWith(false)).to.deep.equal({ kind: "answer", value: false });
  });
});
