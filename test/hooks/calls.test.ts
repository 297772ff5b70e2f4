import { expect } from "chai";
import { CallbackMetrics } from "#src/hooks/callback-metrics.js";
import { copying, timed, type Call } from "#src/hooks/calls.js";

const plain = { name: "plain", summary: "as it is" };
const copied = { name: "copied", summary: "a copy", copy: (value: object) => ({ ...value }) };

describe("copying", () => {
  it("is the call itself where nothing is copied", () => {
    const call: Call = () => 1;
    expect(copying(call, [plain, plain])).to.equal(call);
  });

  it("copies the arguments that the hook copies, and those alone, for each call", () => {
    const seen: unknown[][] = [];
    const call = copying((...args) => seen.push(args), [plain, copied, plain, plain, copied]);
    const args = [{ a: 1 }, { b: 2 }, { c: 3 }, { d: 4 }, { e: 5 }, { context: 6 }] as const;
    call(...args);
    call(...args);
    for (const received of seen) {
      expect(received).to.deep.equal(args);
      expect(received.map((value, index) => value === args[index])).to.deep.equal([
        true,
        false,
        true,
        true,
        false,
        true,
      ]);
    }
    expect(seen[0]![1]).not.to.equal(seen[1]![1]);
  });
});

describe("timed", () => {
  const args = [1, 2, 3, 4, 5, 6] as const;

  it("observes a call that answers at once, and passes arguments and answer on", () => {
    const metrics = new CallbackMetrics();
    expect(timed((...received) => received, metrics)(...args)).to.deep.equal(args);
    expect(metrics.durationCount).to.equal(1);
  });

  it("observes a call that throws, and throws the same", () => {
    const metrics = new CallbackMetrics();
    const error = new Error("boom");
    const call = () => {
      throw error;
    };
    expect(timed(call, metrics)).to.throw().that.equals(error);
    expect(metrics.durationCount).to.equal(1);
  });

  it("observes a promise once it has settled", async () => {
    const metrics = new CallbackMetrics();
    const { promise, resolve } = deferred();
    const answer = timed(() => promise, metrics)();
    expect(metrics.durationCount).to.equal(0);
    resolve("done");
    expect(await answer).to.equal("done");
    expect(metrics.durationCount).to.equal(1);
  });

  it("observes a rejection, and rejects with the same", async () => {
    const metrics = new CallbackMetrics();
    const error = new Error("boom");
    const [settled] = await Promise.allSettled([timed(() => Promise.reject(error), metrics)()]);
    expect(settled).to.deep.equal({ status: "rejected", reason: error });
    expect(metrics.durationCount).to.equal(1);
  });
});

function deferred() {
  let resolve!: (value: unknown) => void;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}
