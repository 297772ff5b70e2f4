import { expect } from "chai";
import { durationMs, writtenDuration } from "#src/options/duration.js";

describe("durations", () => {
  it("writtenDuration names the longest unit of which the time is a whole number, and durationMs reads the same time", () => {
    const times = [1, 500, 1000, 1500, 90_000, 60_000, 3_600_000, 5_400_000, 86_400_000, 604_800_000];
    const written = times.map(writtenDuration);
    expect(written).to.deep.equal(["1ms", "500ms", "1s", "1500ms", "90s", "1m", "1h", "90m", "1d", "7d"]);
    expect(written.map(durationMs)).to.deep.equal(times);
  });
});
