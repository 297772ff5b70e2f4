import { expect } from "chai";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";
import { WireContext } from "#src/remote/module-side/wire-context.js";
import { IncomingRequest } from "#src/remote/wire/incoming-request.js";
import { startModules } from "#src/start.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { moduleOf } from "../module-of-functions.js";
import { outcomeOf } from "../served.js";

/** A request that notes whether its signal was made. */
class NotedRequest extends IncomingRequest {
  isSignalMade = false;

  override get signal(): AbortSignal {
    this.isSignalMade = true;
    return super.signal;
  }
}

const newRequest = () => new NotedRequest({ jsonrpc: "2.0", id: 1, method: "m", params: {} });

describe("the context of a call from another process", () => {
  it("a call whose callbacks don't look at the signal makes none, in hooks with a shield as well", async () => {
    const modules = [{ module: moduleOf({ spamChecker: { checkEventForSpam: async () => NOT_SPAM } }) }];
    const host = await startModules({ modules, logger: captureLogs({ all: true }).logger });
    const request = newRequest();
    const context = new WireContext({ requestId: "PUT-1", origin: "local" }, request);
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent(), context)).to.equal(NOT_SPAM);
    expect(request.isSignalMade).to.equal(false);
    await host.stop();
  });

  it("a call that is cancelled ends as cancelled, before callbacks and after them", async () => {
    let during = () => {};
    const check = async () => (during(), NOT_SPAM);
    const modules = [{ module: moduleOf({ spamChecker: { checkEventForSpam: check } }) }];
    const host = await startModules({ modules, logger: captureLogs({ all: true }).logger });
    const asked = (request: IncomingRequest) =>
      outcomeOf(() => host.hooks.spamChecker.checkEventForSpam(roomEvent(), new WireContext({}, request)));
    const [before, after] = [newRequest(), newRequest()];
    before.cancel();
    during = () => after.cancel();
    for (const request of [before, after]) {
      const { error } = (await asked(request)) as { error: Error };
      expect(error).to.be.instanceOf(CancelledError);
    }
    await host.stop();
  });
});
