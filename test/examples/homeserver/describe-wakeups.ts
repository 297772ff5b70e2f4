import { expect } from "chai";
import type { Wakeups } from "#examples/homeserver/wakeups.js";

export const LONG = { timeoutMs: 60_000 };

/** What wake-ups do in one process. */
export function wakesThoseWhoWait(open: () => Promise<Wakeups>) {
  let wakeups: Wakeups;
  beforeEach(async () => {
    wakeups = await open();
  });
  afterEach(() => wakeups.close());

  it("a change wakes the waiters for its topic, and no others", async () => {
    const stop = new AbortController();
    const [one, several] = [wakeups.wait("a", LONG), wakeups.wait(["b", "a"], LONG)];
    const other = wakeups.wait("b", { ...LONG, signal: stop.signal });
    await wakeups.notify("a");
    expect(await Promise.all([one, several])).to.deep.equal(["woken", "woken"]);
    stop.abort();
    expect(await other).to.equal("aborted");
  });

  it("a wait for news ends at its timeout", async () => {
    expect(await wakeups.wait("a", { timeoutMs: 1 })).to.equal("timeout");
  });

  it("a wait for news ends immediately when the signal is aborted already", async () => {
    expect(await wakeups.wait("a", { ...LONG, signal: AbortSignal.abort() })).to.equal("aborted");
  });

  it("closing ends all waits for news", async () => {
    const waiting = wakeups.wait("a", LONG);
    await wakeups.close();
    expect(await Promise.all([waiting, wakeups.wait("a", LONG)])).to.deep.equal(["closed", "closed"]);
  });
}
