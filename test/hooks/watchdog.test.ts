import { AsyncLocalStorage } from "node:async_hooks";
import { mock } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import fc from "fast-check";
import { NO_CONTEXT, type HookContext } from "#src/hooks/context.js";
import { Watchdog, type PendingDispatch } from "#src/hooks/watchdog.js";
import { until } from "../until.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const INTERVAL_MS = 10;

describe("Watchdog", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setInterval"] }));
  afterEach(() => mock.timers.reset());

  it("law: reports exactly the dispatches that have not left, in the order of arrival, each once", () => {
    const operation = fc.oneof(
      fc.constant({ kind: "enter" } as const),
      fc.record({ kind: fc.constant("leave" as const), which: fc.nat() }),
      fc.constant({ kind: "sweep" } as const),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        // A limit of zero is due at once.
        const watchdog = new Watchdog(0);
        const here: { id: number; entry: PendingDispatch; reported: boolean }[] = [];
        const reports: number[] = [];
        const expected: number[] = [];
        const sweep = () => {
          mock.timers.tick(INTERVAL_MS);
          const due = here.filter(({ reported }) => !reported);
          for (const each of due) each.reported = true;
          expected.push(...due.map(({ id }) => id));
        };
        for (const [id, operation] of operations.entries()) {
          if (operation.kind === "enter") {
            here.push({ id, entry: enter(watchdog, () => void reports.push(id)), reported: false });
          } else if (operation.kind === "sweep") {
            sweep();
          } else if (here.length > 0) {
            const [left] = here.splice(operation.which % here.length, 1);
            watchdog.leave(left!.entry);
          }
          expect(watchdog.pending).to.equal(here.length);
        }
        sweep();
        for (const { entry } of here) watchdog.leave(entry);
        expect(watchdog.pending).to.equal(0);
        watchdog.stop();
        expect(reports).to.deep.equal(expected);
      }),
    );
  });

  it("reports the callback that the dispatch waits for now, and its context", () => {
    const watchdog = new Watchdog(0);
    const reports: [number, HookContext][] = [];
    const context = { requestId: "r" };
    const entry = enter(watchdog, (index, of) => void reports.push([index, of]), context);
    entry.index = 3;
    mock.timers.tick(INTERVAL_MS);
    watchdog.stop();
    expect(reports).to.deep.equal([[3, context]]);
  });

  it("does not report before the limit", () => {
    const watchdog = new Watchdog(1_000_000_000);
    const reports: number[] = [];
    enter(watchdog, (index) => void reports.push(index));
    mock.timers.tick(1_000_000_000 / 4);
    watchdog.stop();
    expect(reports).to.deep.equal([]);
  });

  it("does not report after stop", () => {
    const watchdog = new Watchdog(0);
    const reports: number[] = [];
    enter(watchdog, (index) => void reports.push(index));
    watchdog.stop();
    mock.timers.tick(10 * INTERVAL_MS);
    expect(reports).to.deep.equal([]);
  });
});

describe("Watchdog and AsyncLocalStorage", () => {
  // The dispatches as in `Chain`, on the machine's own timers.
  const store = new AsyncLocalStorage<object>();
  const reported = (watchdog: Watchdog, request: object) =>
    new Promise<unknown>((resolve) => {
      store.run(request, () => enter(watchdog, () => resolve(store.getStore())));
    });

  it("reports a dispatch outside of the requests that began to wait before it", async () => {
    const watchdog = new Watchdog(0);
    expect(await reported(watchdog, { request: 1 })).to.equal(undefined);
    expect(await reported(watchdog, { request: 2 })).to.equal(undefined);
    watchdog.stop();
  });

  it("doesn't keep what belongs to a request that is over", async () => {
    const watchdog = new Watchdog(60_000);
    const request = () => {
      const held = { request: 1 };
      store.run(held, () => watchdog.leave(enter(watchdog, () => undefined)));
      return new WeakRef(held);
    };
    const held = request();
    await until(() => {
      collectGarbage();
      return held.deref() === undefined;
    });
    watchdog.stop();
  });
});

function enter(watchdog: Watchdog, report: PendingDispatch["report"], context = NO_CONTEXT): PendingDispatch {
  const entry = { report, context, index: 0, since: 0, reported: false, earlier: undefined, later: undefined };
  watchdog.enter(entry);
  return entry;
}
