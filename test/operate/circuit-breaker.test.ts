import { expect } from "chai";
import { CircuitBreaker } from "#src/operate/circuit-breaker.js";

const SETTINGS = { failureRate: 0.5, minCalls: 4, windowMs: 1000, openForMs: 300 };

/** A breaker with a clock of its own, and what it reported. */
function breakerAt(start = 0, settings = SETTINGS) {
  const clock = { now: start };
  const said: string[] = [];
  const events = {
    opened: (failures: number, calls: number) => void said.push(`opened at ${failures}/${calls}`),
    closed: () => void said.push("closed"),
  };
  const breaker = new CircuitBreaker(settings, events, () => clock.now);
  return { breaker, clock, said };
}

/** Makes calls; `x` are those that fail. */
function call(breaker: CircuitBreaker, outcomes: string): void {
  for (const outcome of outcomes) {
    expect(breaker.admit()).to.equal("called");
    if (outcome === "x") breaker.failed();
  }
}

describe("a circuit breaker", () => {
  it("a circuit breaker opens when the share of failures is reached among enough calls, and not before", () => {
    const { breaker, said } = breakerAt();
    call(breaker, "xxx");
    expect([breaker.state, said]).to.deep.equal(["closed", []]);
    call(breaker, "x");
    expect([breaker.state, said]).to.deep.equal(["open", ["opened at 4/4"]]);
  });

  it("a circuit breaker stays closed below the share of failures", () => {
    const { breaker } = breakerAt();
    call(breaker, "...x..x...x.x");
    expect(breaker.state).to.equal("closed");
  });

  for (const start of [0, 1_700_000_000_123]) {
    it(`a circuit breaker forgets calls that are older than the window, with a clock that starts at ${start}`, () => {
      const { breaker, clock } = breakerAt(start);
      call(breaker, "xxx");
      clock.now += 1000;
      call(breaker, "xxx");
      expect(breaker.state).to.equal("closed");
      clock.now += 850;
      call(breaker, "x");
      expect(breaker.state).to.equal("open");
    });
  }

  it("a circuit breaker leaves calls out while it's open, and then lets one call at a time try", () => {
    const { breaker, clock } = breakerAt();
    call(breaker, "xxxx");
    clock.now = 299;
    expect(breaker.admit()).to.equal("left out");
    clock.now = 300;
    expect([breaker.admit(), breaker.admit(), breaker.state]).to.deep.equal(["tried", "left out", "half-open"]);
  });

  it("a circuit breaker closes when the callback works again, and begins to count anew", () => {
    const { breaker, clock, said } = breakerAt();
    call(breaker, "xxxx");
    clock.now = 300;
    breaker.admit();
    breaker.ended(breaker.trial!, true);
    call(breaker, "xxx");
    expect([breaker.state, said]).to.deep.equal(["closed", ["opened at 4/4", "closed"]]);
  });

  it("a circuit breaker stays open when the trial fails, without saying it again", () => {
    const { breaker, clock, said } = breakerAt();
    call(breaker, "xxxx");
    for (const time of [300, 600, 900]) {
      clock.now = time;
      expect([breaker.admit(), breaker.admit()]).to.deep.equal(["tried", "left out"]);
      breaker.failed();
      expect([breaker.admit(), breaker.state]).to.deep.equal(["left out", "open"]);
    }
    expect(said).to.deep.equal(["opened at 4/4"]);
  });

  it("a circuit breaker lets the next call try when the trial was cancelled, which says nothing of the callback", () => {
    const { breaker, clock } = breakerAt();
    call(breaker, "xxxx");
    clock.now = 300;
    breaker.admit();
    breaker.ended(breaker.trial!, undefined);
    expect([breaker.state, breaker.admit()]).to.deep.equal(["open", "tried"]);
  });

  it("a circuit breaker lets another call try when a trial doesn't end, and doesn't listen to it any more", () => {
    const { breaker, clock } = breakerAt();
    call(breaker, "xxxx");
    clock.now = 300;
    breaker.admit();
    const first = breaker.trial!;
    clock.now = 600;
    expect(breaker.admit()).to.equal("tried");
    breaker.ended(first, true);
    expect(breaker.state).to.equal("half-open");
    breaker.ended(breaker.trial!, true);
    expect(breaker.state).to.equal("closed");
  });

  it("a circuit breaker takes failures of calls that were made before it opened as no failures of a trial", () => {
    const { breaker, clock } = breakerAt();
    call(breaker, "....xxxx");
    expect(breaker.state).to.equal("open");
    breaker.failed();
    clock.now = 300;
    expect(breaker.admit()).to.equal("tried");
  });
});
