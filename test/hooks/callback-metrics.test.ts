import { expect } from "chai";
import fc from "fast-check";
import { CallbackMetrics, DURATION_BUCKETS } from "#src/hooks/callback-metrics.js";

describe("CallbackMetrics", () => {
  it("law: each duration is in the first bucket that it fits into, and in count and sum", () => {
    const duration = fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constantFrom(...DURATION_BUCKETS));
    fc.assert(
      fc.property(fc.array(duration), (durations) => {
        const metrics = new CallbackMetrics();
        for (const seconds of durations) metrics.observe(seconds);
        const bounds = [0, ...DURATION_BUCKETS, Infinity];
        const expected = bounds
          .slice(1)
          .map((upper, index) => durations.filter((d) => d <= upper && (index === 0 || d > bounds[index]!)).length);
        expect([...metrics.durations]).to.deep.equal(expected);
        expect(metrics.durationCount).to.equal(durations.length);
        expect(metrics.durationSum).to.equal(durations.reduce((sum, seconds) => sum + seconds, 0));
      }),
    );
  });
});
