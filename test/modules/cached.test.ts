import { expect } from "chai";
import fc from "fast-check";
import { LigandError } from "#src/errors/ligand-error.js";
import { ParsedUserId } from "#src/matrix/identifiers.js";
import { cacheKey } from "#src/services/cache-key.js";
import { Cached, cacheOf, type CachedOptions } from "#src/modules/cached.js";
import { InProcessCaches } from "#src/default-services/in-process-caches.js";
import { ManualClock } from "../default-services/manual-clock.js";

class Counter {
  calls = 0;
  constructor(readonly clock = new ManualClock()) {}

  @Cached()
  async plain(_key?: unknown): Promise<number> {
    return ++this.calls;
  }

  @Cached({ ttlMs: 1000, clock: (counter: Counter) => counter.clock })
  async ageing(): Promise<number> {
    return ++this.calls;
  }

  @Cached({ maxEntries: 2 })
  async small(_key: string): Promise<number> {
    return ++this.calls;
  }

  @Cached()
  throwing(): Promise<never> {
    throw new RangeError(`attempt ${++this.calls}`);
  }

  async uncached(): Promise<number> {
    return ++this.calls;
  }
}

describe("@Cached", () => {
  it("@Cached keeps a cache for each instance", async () => {
    const [one, two] = [new Counter(), new Counter()];
    await one.plain();
    await two.plain();
    expect([one.calls, two.calls]).to.deep.equal([1, 1]);
  });

  it("case 481: @Cached drops the entry that was used longest ago", async () => {
    const counter = new Counter();
    await counter.small("a");
    await counter.small("b");
    await counter.small("a");
    await counter.small("c");
    expect([await counter.small("a"), await counter.small("b")]).to.deep.equal([1, 4]);
  });

  it("@Cached executes again once an entry is older than ttlMs, by the clock that is named", async () => {
    const counter = new Counter();
    await counter.ageing();
    await counter.clock.advance(1000);
    expect(await counter.ageing()).to.equal(1);
    await counter.clock.advance(1);
    expect(await counter.ageing()).to.equal(2);
  });

  it("@Cached turns an exception of the method into a rejection, and executes again", async () => {
    const counter = new Counter();
    const messages = [];
    for (let i = 0; i < 2; i++) messages.push(await counter.throwing().catch((error: Error) => error.message));
    expect(messages).to.deep.equal(["attempt 1", "attempt 2"]);
  });

  it("@Cached delivers a pending result to its waiters, and doesn't keep it once it is invalidated", async () => {
    const counter = new Counter();
    const waiting = counter.plain("a");
    cacheOf(counter, "plain").invalidate(["a"]);
    expect([await waiting, await counter.plain("a")]).to.deep.equal([1, 2]);
  });

  it("@Cached lets the failure of a replaced execution leave the new entry alone", async () => {
    class Flaky {
      fail!: (error: Error) => void;
      @Cached()
      load(): Promise<string> {
        return new Promise((_, reject) => (this.fail = reject));
      }
    }
    const flaky = new Flaky();
    const waiting = flaky.load().catch((error: Error) => error.message);
    await Promise.resolve();
    cacheOf(flaky, "load").prefill([], "new");
    flaky.fail(new RangeError("old"));
    expect([await waiting, await flaky.load()]).to.deep.equal(["old", "new"]);
  });

  it("case 481: @Cached forgets everything on invalidateAll", async () => {
    const counter = new Counter();
    await counter.plain("a");
    await counter.plain("b");
    cacheOf(counter, "plain").invalidateAll();
    expect([cacheOf(counter, "plain").size, await counter.plain("a")]).to.deep.equal([0, 3]);
  });

  it("@Cached takes the items of a key at the positions that count", async () => {
    class Rooms {
      calls = 0;
      @Cached({ uncachedArgs: [0] })
      async members(_txn: unknown, _roomId: string): Promise<number> {
        return ++this.calls;
      }
    }
    const rooms = new Rooms();
    await rooms.members("txn", "!a");
    cacheOf(rooms, "members").invalidate(["!a"]);
    expect(await rooms.members("other txn", "!a")).to.equal(2);
  });

  it("@Cached rejects a caller whose signal is aborted already, and keeps the execution", async () => {
    const counter = new Counter();
    const call = cacheOf(counter, "plain").call(["a"], { signal: AbortSignal.abort() });
    expect(await call.catch((error: Error) => error.message)).to.equal("waiting for a cached result was cancelled");
    expect(await counter.plain("a")).to.equal(1);
  });

  it("@Cached says so when a method isn't decorated", () => {
    expect(() => cacheOf(new Counter(), "uncached")).to.throw(
      LigandError,
      "Counter.uncached has no cache: it isn't decorated with @Cached",
    );
  });

  it("@Cached refuses to be on anything but an instance method", () => {
    const decorate = Cached() as (...args: unknown[]) => void;
    class Box {
      static async open(): Promise<void> {}
      get content(): () => Promise<void> {
        return async () => {};
      }
    }
    expect(() => decorate(Box, "open", Object.getOwnPropertyDescriptor(Box, "open"))).to.throw(
      LigandError,
      "@Cached() is on the static method Box.open; expected an instance method",
    );
    expect(() => decorate(Box.prototype, "content")).to.throw(
      LigandError,
      "@Cached() names Box.content, which is not a method; expected an instance method",
    );
  });

  const known = "M has 2 (parameters from the first default value on only count if `defaults` lists them)";
  const refused: [CachedOptions, string][] = [
    [{ numArgs: 1, uncachedArgs: [1] }, "`numArgs` and `uncachedArgs` exclude each other; use one of them"],
    [{ numArgs: 3 }, `\`numArgs\` is out of range: 3; ${known}`],
    [{ numArgs: -1 }, `\`numArgs\` is out of range: -1; ${known}`],
    [{ uncachedArgs: [0, 2] }, `\`uncachedArgs\` is out of range: 2; ${known}`],
    [{ maxEntries: 0 }, "`maxEntries` must be a positive integer, but it's 0"],
    [{ ttlMs: 0.5 }, "`ttlMs` must be a positive integer, but it's 0.5"],
  ];
  for (const [options, message] of refused) {
    it(`@Cached refuses ${JSON.stringify(options)} at decoration`, () => {
      const decorate = () => {
        class Box {
          @Cached(options)
          async M(_a: unknown, _b: unknown): Promise<void> {}
        }
        return Box;
      };
      expect(decorate).to.throw(LigandError, `the cache of Box.M: ${message.replace("M has", "Box.M has")}`);
    });
  }

  it("@Cached refuses a key with more items than numArgs", () => {
    class Box {
      @Cached({ numArgs: 1 })
      async open(_a: string, _b: string): Promise<void> {}
    }
    expect(() => cacheOf(new Box(), "open").invalidate(["a", "b"])).to.throw(
      LigandError,
      "the cache of Box.open: its keys have 1 items, but got 2",
    );
  });
});

describe("cacheKey", () => {
  it("cacheKey is the same for copies of a JSON value and different for different ones", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        return cacheKey([a]) === cacheKey([structuredClone(a)]) && (cacheKey([a]) === cacheKey([b])) === same;
      }),
    );
  });

  it("cacheKey distinguishes types, and lists from lists of lists", () => {
    const items = [
      "1",
      1,
      1n,
      true,
      "true",
      null,
      "null",
      "@a:b",
      '"@a:b"',
      ["@a:b"],
      "",
      [],
      {},
      [[]],
      [1],
      Symbol("1"),
      () => 1,
      new Map(),
      new Map(),
    ];
    expect(new Set(items.map((item) => cacheKey([item]))).size).to.equal(items.length);
    expect(cacheKey(["a", "b"])).not.to.equal(cacheKey([["a", "b"]]));
    expect(cacheKey(["@a:b", "c"])).not.to.equal(cacheKey(['@a:b","c']));
    expect(cacheKey(["@a:b", undefined])).to.equal(cacheKey(["@a:b"]));
  });

  it("cacheKey compares objects with toJSON by class and JSON form, others by identity", () => {
    const map = new Map();
    expect(cacheKey([map])).to.equal(cacheKey([map]));
    expect(cacheKey([ParsedUserId.fromString("@a:b")])).to.equal(cacheKey([ParsedUserId.fromString("@a:b")]));
    expect(cacheKey([ParsedUserId.fromString("@a:b")])).not.to.equal(cacheKey(["@a:b"]));
  });

  function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return Object.is(value, -0) ? 0 : value;
    return Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => ({ [key]: sorted(child) }))
      .concat([{ "": "object" }]);
  }
});

describe("Caches", () => {
  it("Caches forgets an entry here immediately and notifies the other processes, which forget theirs", async () => {
    const peers: BusCaches[] = [];
    class BusCaches extends InProcessCaches {
      protected override async broadcast(name: string, keys: readonly unknown[]): Promise<void> {
        for (const peer of peers) if (peer !== this) peer.receive(name, keys);
      }
    }
    const [here, there] = [new BusCaches(), new BusCaches()];
    peers.push(here, there);
    const [mine, theirs] = [new Counter(), new Counter()];
    there.registerCachedFunction(cacheOf(theirs, "plain"));
    await Promise.all([mine.plain("a"), theirs.plain("a"), theirs.plain("b")]);
    const done = here.invalidateCache(cacheOf(mine, "plain"), ["a"]);
    expect(cacheOf(mine, "plain").size).to.equal(0);
    await done;
    expect(cacheOf(theirs, "plain").size).to.equal(1);
  });

  it("Caches works in one process", async () => {
    const counter = new Counter();
    const caches = new InProcessCaches();
    caches.registerCachedFunction(cacheOf(counter, "plain"));
    await counter.plain("a");
    await caches.invalidateCache(cacheOf(counter, "plain"), ["a"]);
    expect(await counter.plain("a")).to.equal(2);
  });
});
