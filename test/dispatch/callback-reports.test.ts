import { expect } from "chai";
import { CallbackReports } from "#src/dispatch/callback-reports.js";
import { propagate } from "#src/hooks/failure-policy.js";
import { hook } from "#src/hooks/hook.js";
import { nothing } from "#src/hooks/legal-answers.js";
import { runAll } from "#src/hooks/strategies.js";
import { createLogger } from "#src/logging/create-logger.js";
import { moduleLogger } from "#src/logging/module-logger.js";
import { CapturedStream } from "../logging/captured-stream.js";

describe("CallbackReports", () => {
  it("CallbackReports says how long a request has waited, and for whom it waits now", () => {
    const { reports, line } = reportsOfSlow();
    reports.pending(0, [{ requestId: "GET-1" }], 30_400);
    expect(line()).to.deep.equal({
      level: "warn",
      module: "slow",
      hook: "Probe.told",
      callback: "Slow.wait",
      requestId: "GET-1",
      message:
        "callback Slow.wait of module slow on Probe.told hasn't settled; its request has waited 30 s for callbacks",
    });
  });

  it("CallbackReports names some of the many requests that wait for one callback, and says how many were abandoned", () => {
    const { reports, line } = reportsOfSlow();
    const abandoned = { signal: AbortSignal.abort() };
    const contexts = [1, 2, 3, 4, 5, 6].map((number) => ({ requestId: `GET-${number}` }));
    reports.pending(0, [abandoned, ...contexts], 60_000);
    expect(line()).to.deep.equal({
      level: "warn",
      module: "slow",
      hook: "Probe.told",
      callback: "Slow.wait",
      requestIds: ["GET-1", "GET-2", "GET-3", "GET-4", "GET-5"],
      message:
        "callback Slow.wait of module slow on Probe.told hasn't settled for 7 requests; they have waited 60 s for callbacks, and 1 of them was abandoned",
    });
  });
});

/** Reports of a chain with one callback, and the line that they wrote, without its time. */
function reportsOfSlow(): { reports: CallbackReports; line(): object } {
  const stream = new CapturedStream();
  const log = moduleLogger(createLogger({ format: "json", stream }), { id: "slow" });
  const told = hook<[], void, void>({
    summary: "Called by tests.",
    since: "1.0.0",
    answers: nothing(runAll()),
    refusal: null,
    parameters: [],
    failure: propagate,
    shield: false,
  });
  const callback = {
    module: { id: "slow" },
    moduleClass: Object,
    name: "Slow.wait",
    method: "wait",
    options: undefined,
    interest: { parameters: 0, types: null, state: null },
    log,
  };
  return {
    reports: new CallbackReports("Probe.told", told, [{ ...callback, call: () => undefined }]),
    line() {
      const { timestamp: _, ...line } = JSON.parse(stream.text) as Record<string, unknown>;
      return line;
    },
  };
}
