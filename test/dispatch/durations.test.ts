import { expect } from "chai";
import fc from "fast-check";
import { DURATION_BUCKETS, Durations } from "#src/dispatch/durations.js";

describe("Durations", () => {
  it("law: each duration is in the first bucket that it fits into, and in count and sum", () => {
    const duration = fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constantFrom(...DURATION_BUCKETS));
    fc.assert(
      fc.property(fc.array(duration), (observed) => {
        const durations = new Durations();
        for (const seconds of observed) durations.observe(seconds);
        const bounds = [0, ...DURATION_BUCKETS, Infinity];
        const expected = bounds
          .slice(1)
          .map((upper, index) => observed.filter((d) => d <= upper && (index === 0 || d > bounds[index]!)).length);
        expect([...durations.buckets]).to.deep.equal(expected);
        expect(durations.count).to.equal(observed.length);
        expect(durations.sum).to.equal(observed.reduce((sum, seconds) => sum + seconds, 0));
      }),
    );
  });
});
