import { expect } from "chai";
import { CallbackReports } from "#src/hooks/callback-reports.js";
import { propagate } from "#src/hooks/failure-policy.js";
import { hook } from "#src/hooks/hook.js";
import { legal } from "#src/hooks/legal-answers.js";
import { runAll } from "#src/hooks/strategies.js";
import { createLogger } from "#src/logging/create-logger.js";
import { moduleLogger } from "#src/logging/module-logger.js";
import { CapturedStream } from "../logging/captured-stream.js";

describe("CallbackReports", () => {
  it("says how long a request has waited, and for whom it waits now", () => {
    const stream = new CapturedStream();
    const log = moduleLogger(createLogger({ format: "json", stream }), { id: "slow" });
    const told = hook<[], void, void>({
      summary: "Told by tests.",
      since: "1.0.0",
      refusal: null,
      parameters: [],
      answers: legal("anything", runAll()),
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
    const reports = new CallbackReports("Probe.told", told, [{ ...callback, call: () => undefined }]);
    reports.pending(0, { requestId: "GET-1" }, 30_400);
    const { timestamp, ...line } = JSON.parse(stream.text) as Record<string, unknown>;
    expect(timestamp).to.be.a("string");
    expect(line).to.deep.equal({
      level: "warn",
      module: "slow",
      hook: "Probe.told",
      callback: "Slow.wait",
      requestId: "GET-1",
      message:
        "callback Slow.wait of module slow on Probe.told hasn't settled; its request has waited 30 s for callbacks",
    });
  });
});
