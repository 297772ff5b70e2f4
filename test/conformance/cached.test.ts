import { expect } from "chai";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { Cached, cacheOf, type CachedOptions } from "#src/modules/cached.js";

/** A class with one cached method of three parameters that answers `call <number>` and can be made to fail. */
function directory(options: CachedOptions = {}) {
  class Directory {
    readonly calls: unknown[][] = [];
    failure: Error | undefined;

    @Cached(options)
    async lookUp(a: unknown, b?: unknown, c?: unknown): Promise<string> {
      this.calls.push([a, b, c]);
      await Promise.resolve();
      if (this.failure) throw this.failure;
      return `call ${this.calls.length}`;
    }
  }
  return new Directory();
}

describe("conformance: cached methods", () => {
  it("case 351: executes once for the same arguments and again for different ones", async () => {
    const d = directory();
    expect([await d.lookUp("a", 1), await d.lookUp("a", 1), await d.lookUp("a", 2)]).to.deep.equal([
      "call 1",
      "call 1",
      "call 2",
    ]);
    expect(d.calls).to.deep.equal([
      ["a", 1, undefined],
      ["a", 2, undefined],
    ]);
  });

  it("case 352: with numArgs 1 the second argument doesn't count", async () => {
    const d = directory({ numArgs: 1 });
    expect([await d.lookUp("a", 1), await d.lookUp("a", 2), await d.lookUp("b", 1)]).to.deep.equal([
      "call 1",
      "call 1",
      "call 2",
    ]);
  });

  it("case 353: an argument that uncachedArgs names doesn't count", async () => {
    const d = directory({ uncachedArgs: [1] });
    expect([await d.lookUp("a", 1, "x"), await d.lookUp("a", 2, "x"), await d.lookUp("a", 1, "y")]).to.deep.equal([
      "call 1",
      "call 1",
      "call 2",
    ]);
  });

  it("case 354: default values given or omitted, and named arguments in any order, make one entry", async () => {
    const d = directory({ defaults: [undefined, 5] });
    expect([await d.lookUp("a"), await d.lookUp("a", undefined), await d.lookUp("a", 5)]).to.deep.equal([
      "call 1",
      "call 1",
      "call 1",
    ]);
    expect([await d.lookUp({ x: 1, y: [2] }), await d.lookUp({ y: [2], x: 1 })]).to.deep.equal(["call 2", "call 2"]);
  });

  it("case 356: concurrent calls share one failure, which isn't kept", async () => {
    const d = directory();
    d.failure = new RangeError("down");
    const outcomes = await Promise.allSettled([d.lookUp("a"), d.lookUp("a")]);
    expect(outcomes).to.deep.equal([
      { status: "rejected", reason: d.failure },
      { status: "rejected", reason: d.failure },
    ]);
    expect([d.calls.length, cacheOf(d, "lookUp").size]).to.deep.equal([1, 0]);
    d.failure = undefined;
    expect(await d.lookUp("a")).to.equal("call 2");
  });

  it("case 357: cancelling one caller doesn't cancel the execution or the others", async () => {
    const d = directory();
    const controller = new AbortController();
    const first = cacheOf(d, "lookUp").call(["a"], { signal: controller.signal });
    const second = d.lookUp("a");
    controller.abort();
    const [cancelled, value] = await Promise.allSettled([first, second]);
    expect(cancelled).to.have.property("reason").that.is.instanceOf(CancelledError);
    expect(value).to.deep.equal({ status: "fulfilled", value: "call 1" });
    expect(d.calls).to.have.lengthOf(1);
  });

  it("case 358: executes again after invalidate", async () => {
    const d = directory();
    await d.lookUp("a", 1);
    await d.lookUp("b", 1);
    cacheOf(d, "lookUp").invalidate(["a", 1]);
    expect([await d.lookUp("a", 1), await d.lookUp("b", 1)]).to.deep.equal(["call 3", "call 2"]);
  });

  it("case 359: invalidating an unknown key is no error", () => {
    expect(() => cacheOf(directory(), "lookUp").invalidate(["nobody"])).not.to.throw();
  });

  it("case 361: a prefilled value is returned without an execution", async () => {
    const d = directory();
    cacheOf(d, "lookUp").prefill(["a"], "from before");
    expect([await d.lookUp("a"), d.calls]).to.deep.equal(["from before", []]);
  });

  it("case 362: an outer entry goes when the inner one it is linked to is invalidated or evicted", async () => {
    class Nested {
      outerCalls = 0;

      @Cached({ maxEntries: 1 })
      async inner(key: string): Promise<string> {
        return key;
      }

      @Cached()
      async outer(key: string): Promise<string> {
        this.outerCalls++;
        const onInvalidate = () => cacheOf(this, "outer").invalidate([key]);
        return cacheOf(this, "inner").call([key], { onInvalidate });
      }
    }
    const nested = new Nested();
    await nested.outer("a");
    await nested.outer("a");
    expect(nested.outerCalls).to.equal(1);
    cacheOf(nested, "inner").invalidate(["a"]);
    await nested.outer("a");
    expect(nested.outerCalls).to.equal(2);
    await nested.inner("b");
    await nested.outer("a");
    expect(nested.outerCalls).to.equal(3);
  });
});
