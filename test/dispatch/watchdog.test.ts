import { AsyncLocalStorage } from "node:async_hooks";
import { mock } from "node:test";
import { expect } from "chai";
import fc from "fast-check";
import { NO_CONTEXT, type HookContext } from "#src/hooks/context.js";
import { UNKNOWN, Watchdog, type Watched } from "#src/dispatch/watchdog.js";
import { untilCollected } from "../collect-garbage.js";

const INTERVAL_MS = 10;

describe("Watchdog", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setInterval"] }));
  afterEach(() => mock.timers.reset());

  it("law: reports what has not left, once, in one call for each callback", () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("enter" as const), chain: fc.nat({ max: 1 }), index: fc.nat({ max: 1 }) }),
      fc.record({ kind: fc.constant("enter again" as const), which: fc.nat() }),
      fc.record({ kind: fc.constant("leave" as const), which: fc.nat() }),
      fc.constant({ kind: "look" } as const),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        // A limit of zero is due at the next look.
        const watchdog = new Watchdog(0);
        const reports: string[] = [];
        const chains = [0, 1].map(
          (chain) =>
            ((index, contexts) =>
              void reports.push(
                `${chain}.${index}: ${contexts
                  .map(({ requestId }) => Number(requestId))
                  .toSorted((a, b) => a - b)
                  .join()}`,
              )) as Watched["report"],
        );
        const expected: string[] = [];
        const here: { id: number; callback: string; entry: Watched; isReported: boolean }[] = [];
        const gone: { callback: string; entry: Watched }[] = [];
        const look = () => {
          mock.timers.tick(INTERVAL_MS);
          const due = here.filter(({ isReported }) => !isReported);
          for (const each of due) each.isReported = true;
          const callbacks = new Set(due.map(({ callback }) => callback));
          expected.push(
            ...Array.from(callbacks, (callback) => {
              const ids = due
                .filter((each) => each.callback === callback)
                .map(({ id }) => id)
                .toSorted((a, b) => a - b);
              return `${callback}: ${ids.join()}`;
            }),
          );
        };
        for (const [id, operation] of operations.entries()) {
          const context = { requestId: String(id) };
          if (operation.kind === "enter") {
            const entry = enter(watchdog, chains[operation.chain]!, context, operation.index);
            here.push({ id, callback: `${operation.chain}.${operation.index}`, entry, isReported: false });
          } else if (operation.kind === "enter again" && gone.length > 0) {
            const [again] = gone.splice(operation.which % gone.length, 1);
            again!.entry.context = context;
            watchdog.enter(again!.entry);
            here.push({ ...again!, id, isReported: false });
          } else if (operation.kind === "leave" && here.length > 0) {
            const [left] = here.splice(operation.which % here.length, 1);
            watchdog.leave(left!.entry);
            gone.push(left!);
          } else if (operation.kind === "look") {
            look();
          }
          expect(watchdog.pending).to.equal(here.length);
        }
        look();
        for (const { entry } of here) watchdog.leave(entry);
        expect(watchdog.pending).to.equal(0);
        watchdog.stop();
        const sorted = (lines: readonly string[]) => lines.toSorted();
        expect(sorted(reports)).to.deep.equal(sorted(expected));
      }),
    );
  });

  it("Watchdog reports the callback that the dispatch waits for now, its context, and how long it has waited at least", () => {
    const watchdog = new Watchdog(0);
    const reports: [number, readonly HookContext[], number][] = [];
    const context = { requestId: "r" };
    const entry = enter(watchdog, (...report) => void reports.push(report), context);
    entry.index = 3;
    mock.timers.tick(INTERVAL_MS);
    watchdog.stop();
    expect(reports).to.deep.equal([[3, [context], 0]]);
  });

  it("Watchdog reports ten thousand dispatches that wait for one callback in one call", () => {
    const watchdog = new Watchdog(0);
    const counts: number[] = [];
    const report: Watched["report"] = (_index, contexts) => void counts.push(contexts.length);
    for (let dispatch = 0; dispatch < 10_000; dispatch++) enter(watchdog, report);
    mock.timers.tick(INTERVAL_MS);
    mock.timers.tick(INTERVAL_MS);
    watchdog.stop();
    expect(counts).to.deep.equal([10_000]);
  });

  it("Watchdog keeps a bounded number of dispatches that don't wait, even if it never looks", () => {
    const watchdog = new Watchdog(Infinity);
    const entries = Array.from({ length: 100_000 }, () => {
      const entry = enter(watchdog, () => undefined);
      watchdog.leave(entry);
      return entry;
    });
    expect(entries.filter(({ since }) => since !== UNKNOWN).length).to.be.at.most(1000);
  });

  it("Watchdog does not report before the limit", () => {
    const watchdog = new Watchdog(1_000_000_000);
    const reports: number[] = [];
    enter(watchdog, (index) => void reports.push(index));
    mock.timers.tick(1_000_000_000 / 4);
    watchdog.stop();
    expect(reports).to.deep.equal([]);
  });

  it("Watchdog does not report after stop", () => {
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

  it("Watchdog and AsyncLocalStorage reports a dispatch outside of the requests that began to wait before it", async () => {
    const watchdog = new Watchdog(0);
    expect(await reported(watchdog, { request: 1 })).to.equal(undefined);
    expect(await reported(watchdog, { request: 2 })).to.equal(undefined);
    watchdog.stop();
  });

  it("Watchdog and AsyncLocalStorage doesn't keep what belongs to a request that is over", async () => {
    const watchdog = new Watchdog(60_000);
    const request = () => {
      const held = { request: 1 };
      store.run(held, () => watchdog.leave(enter(watchdog, () => undefined)));
      return new WeakRef(held);
    };
    const held = request();
    await untilCollected(() => held.deref() === undefined);
    watchdog.stop();
  });
});

function enter(watchdog: Watchdog, report: Watched["report"], context = NO_CONTEXT, index = 0): Watched {
  const entry = { report, context, index, since: UNKNOWN, isReported: false };
  watchdog.enter(entry);
  return entry;
}
