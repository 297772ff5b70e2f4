import { expect } from "chai";
import { openWakeups, type Wakeups } from "#examples/homeserver/wakeups.js";
import { disconnect, SERVER, serverFor } from "../../default-services/cluster.js";
import { capturedLog } from "../../services/captured-log.js";

const LONG = { timeoutMs: 60_000 };

function wakesThoseWhoWait(open: () => Promise<Wakeups>) {
  let wakeups: Wakeups;
  beforeEach(async () => {
    wakeups = await open();
  });
  afterEach(() => wakeups.close());

  it("wakes those who wait for a topic, and no others", async () => {
    const stop = new AbortController();
    const [one, several] = [wakeups.wait("a", LONG), wakeups.wait(["b", "a"], LONG)];
    const other = wakeups.wait("b", { ...LONG, signal: stop.signal });
    await wakeups.notify("a");
    expect(await Promise.all([one, several])).to.deep.equal(["woken", "woken"]);
    stop.abort();
    expect(await other).to.equal("aborted");
  });

  it("ends at the timeout", async () => {
    expect(await wakeups.wait("a", { timeoutMs: 1 })).to.equal("timeout");
  });

  it("does not wait when the signal is aborted already", async () => {
    expect(await wakeups.wait("a", { ...LONG, signal: AbortSignal.abort() })).to.equal("aborted");
  });

  it("ends all waiting when it is closed", async () => {
    const waiting = wakeups.wait("a", LONG);
    await wakeups.close();
    expect(await Promise.all([waiting, wakeups.wait("a", LONG)])).to.deep.equal(["closed", "closed"]);
  });
}

describe("the example homeserver's wake-ups in one process", () => {
  wakesThoseWhoWait(async () => openWakeups());
});

if (SERVER !== undefined) {
  describe("the example homeserver's wake-ups by PostgreSQL", function () {
    this.timeout(30_000);
    const { logger } = capturedLog();
    /** Once it listens: connecting wakes everybody. */
    const openListening = async (application: string): Promise<Wakeups> => {
      const wakeups = openWakeups(serverFor(application), logger);
      await wakeups.wait("connected", LONG);
      return wakeups;
    };
    const openBoth = () => Promise.all([openListening("wakeups 1"), openListening("wakeups 2")]);

    describe("in one process", () => wakesThoseWhoWait(() => openListening("wakeups")));

    it("wakes those who wait in another process", async () => {
      const [here, there] = await openBoth();
      const stop = new AbortController();
      const [waiting, other] = [there.wait("é\u0001", LONG), there.wait("b", { ...LONG, signal: stop.signal })];
      await here.notify("é\u0001");
      expect(await waiting).to.equal("woken");
      stop.abort();
      expect(await other).to.equal("aborted");
      await Promise.all([here.close(), there.close()]);
    });

    it("wakes everybody when a lost connection is back, and hears again", async () => {
      const [here, there] = await openBoth();
      const waiting = there.wait("a", LONG);
      expect(await disconnect("wakeups 2")).to.equal(1);
      expect(await waiting).to.equal("woken");
      const again = there.wait("a", LONG);
      await here.notify("a");
      expect(await again).to.equal("woken");
      await Promise.all([here.close(), there.close()]);
    });
  });
}
