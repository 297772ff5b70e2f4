import { expect } from "chai";
import { createLogger, serve, type ServedModules } from "#src/index.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { roomPath, type MatrixClient } from "./matrix-client.js";
import { nextCallOf } from "./waiting-modules.js";
import { until, untilIs } from "../until.js";

describe("calls of a request that is cancelled", () => {
  let bridged: BridgedSynapse;
  let served: ServedModules;
  let alice: MatrixClient;
  let room: string;

  before(async () => {
    bridged = await BridgedSynapse.create();
    const operate = { hooks: { checkEventForSpam: { on_failure: "allow" } } };
    await bridged.serve.configure([{ module: `${modulesOf("waiting-modules")}#Waiter`, operate }]);
    const { configFile, socket } = bridged.serve;
    served = await serve({ configFile, address: `unix:${socket}`, logger: createLogger({ level: "error" }) });
    await bridged.startSynapse({ call_timeout: 10 });
    alice = await bridged.client.register("alice");
    room = await alice.createRoom();
  });

  after(async () => {
    await bridged.stop();
    await served.stop();
  });

  /** Asks, and goes away when the returned function is called. Synapse can cancel requests for the state of a room. */
  function askForState(): () => Promise<void> {
    const leaving = new AbortController();
    const asking = fetch(`${alice.url}${roomPath(room)}/state`, {
      headers: { authorization: `Bearer ${alice.accessToken}` },
      signal: leaving.signal,
    });
    const rejected = asking.then(
      () => "answered",
      () => "left",
    );
    return async () => {
      leaving.abort();
      expect(await rejected).to.equal("left");
    };
  }

  /** How many requests Synapse gave up because of their clients. */
  async function cancelled(): Promise<number> {
    return ((await bridged.synapse.log()).match(/Processed request: .* 499!? "GET .*\/state/g) ?? []).length;
  }

  /** A request for the state of the room whose client went away while a callback was asked, which has heard of it. */
  async function leaveDuring(hook: string) {
    const before = await cancelled();
    const called = nextCallOf(hook);
    const leave = askForState();
    const call = await called;
    await leave();
    await call.aborted;
    return { call, before, untilCancelled: () => until(async () => (await cancelled()) > before) };
  }

  it("case 42 on Synapse: the callback is notified of it by its signal, and the request ends after the callback", async () => {
    const { call, before, untilCancelled } = await leaveDuring("isUserExpired");
    // Synapse has had the time to give the request up, and has not.
    expect(await alice.ask("GET", `${roomPath(room)}/state`)).to.have.property("status", 200);
    expect(await cancelled()).to.equal(before);
    call.settle();
    await untilCancelled();
  });

  it("a shielded callback that hangs holds the request for call_timeout at most", async () => {
    const { call, untilCancelled } = await leaveDuring("isUserExpired");
    await untilCancelled();
    call.settle();
  });

  it("a callback that isn't shielded is notified of the cancellation, and the request doesn't wait for it", async () => {
    const { call, untilCancelled } = await leaveDuring("addFieldToUnsigned");
    await untilCancelled();
    call.settle();
  });

  it("a callback that hasn't answered before call_timeout gets its on_failure, and is notified", async () => {
    // If the answer takes a busy machine more than 200 ms, Synapse gives up before: that's an error.
    await untilIs(200, async () => {
      const called = nextCallOf("checkEventForSpam");
      const sending = alice.sendMessage(room, "slow");
      const call = await called;
      await call.aborted;
      const { status } = await sending;
      call.settle();
      return status;
    });
  });
});
