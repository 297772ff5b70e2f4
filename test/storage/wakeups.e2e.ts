import { expect } from "chai";
import { openWakeups, type Wakeups } from "#examples/homeserver/wakeups.js";
import { LONG, wakesThoseWhoWait } from "../examples/homeserver/describe-wakeups.js";
import { capturedLog } from "../services/captured-log.js";
import { disconnect, SERVER, serverFor } from "./cluster.js";

if (SERVER !== undefined) {
  describe("the example homeserver's wake-ups by PostgreSQL", () => {
    const { logger } = capturedLog();
    /** Once it listens: connecting wakes everybody. */
    const openListening = async (application: string): Promise<Wakeups> => {
      const wakeups = openWakeups(serverFor(application), logger);
      await wakeups.wait("connected", LONG);
      return wakeups;
    };
    const openBoth = () => Promise.all([openListening("wakeups 1"), openListening("wakeups 2")]);

    describe("in one process", () => wakesThoseWhoWait(() => openListening("wakeups")));

    it("the example homeserver's wake-ups by PostgreSQL wake waiters in another process", async () => {
      const [here, there] = await openBoth();
      const stop = new AbortController();
      const [waiting, other] = [there.wait("é\u0001", LONG), there.wait("b", { ...LONG, signal: stop.signal })];
      await here.notify("é\u0001");
      expect(await waiting).to.equal("woken");
      stop.abort();
      expect(await other).to.equal("aborted");
      await Promise.all([here.close(), there.close()]);
    });

    it("the example homeserver's wake-ups by PostgreSQL wake all waiters after reconnecting, and work again", async () => {
      const [here, there] = await openBoth();
      const waiting = there.wait("a", LONG);
      // On a slow machine a connection may have been given up, and not be gone yet.
      expect(await disconnect("wakeups 2")).to.be.at.least(1);
      expect(await waiting).to.equal("woken");
      const again = there.wait("a", LONG);
      await here.notify("a");
      expect(await again).to.equal("woken");
      await Promise.all([here.close(), there.close()]);
    });
  });
}
