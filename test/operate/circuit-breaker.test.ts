import { expect } from "chai";
import fc from "fast-check";
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

/** Makes calls; `x` are those that fail. Returns the period of the last. */
function call(breaker: CircuitBreaker, outcomes: string): number {
  let period: number | undefined;
  for (const outcome of outcomes) {
    period = breaker.admit();
    expect(what(breaker, period)).to.equal("called");
    if (outcome === "x") fail(breaker, period);
  }
  return period!;
}

/** What a breaker lets a call be. */
function what(breaker: CircuitBreaker, period = breaker.admit()): "called" | "tried" | "left out" {
  if (period === undefined) return "left out";
  return period === breaker.trial ? "tried" : "called";
}

/** A call of a period fails. */
function fail(breaker: CircuitBreaker, period: number | undefined): void {
  breaker.current = period;
  breaker.failed();
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

    it(`a circuit breaker forgets all calls after a longer pause than the window, with a clock that starts at ${start}`, () => {
      const { breaker, clock, said } = breakerAt(start);
      call(breaker, "xx.");
      clock.now += 150;
      call(breaker, "..");
      clock.now += 1650;
      call(breaker, "xxxx");
      expect(said).to.deep.equal(["opened at 4/4"]);
    });
  }

  it("a circuit breaker leaves calls out while it's open, and then lets one call at a time try", () => {
    const { breaker, clock } = breakerAt();
    call(breaker, "xxxx");
    clock.now = 299;
    expect(what(breaker)).to.equal("left out");
    clock.now = 300;
    expect([what(breaker), what(breaker), breaker.state]).to.deep.equal(["tried", "left out", "half-open"]);
  });

  it("a circuit breaker closes when the callback works again, and begins to count anew", () => {
    const { breaker, clock, said } = breakerAt();
    call(breaker, "xxxx");
    clock.now = 300;
    breaker.admit();
    breaker.ended(breaker.trial!, true);
    call(breaker, "xxx");
    expect([breaker.state, said]).to.deep.equal(["closed", ["opened at 4/4", "closed"]]);
    call(breaker, "x");
    expect(said).to.deep.equal(["opened at 4/4", "closed", "opened at 4/4"]);
  });

  it("a circuit breaker stays open when the trial fails, without saying it again", () => {
    const { breaker, clock, said } = breakerAt();
    call(breaker, "xxxx");
    for (const time of [300, 600, 900]) {
      clock.now = time;
      expect([what(breaker), what(breaker)]).to.deep.equal(["tried", "left out"]);
      fail(breaker, breaker.trial);
      expect([what(breaker), breaker.state]).to.deep.equal(["left out", "open"]);
    }
    expect(said).to.deep.equal(["opened at 4/4"]);
  });

  it("a circuit breaker lets the next call try when the trial was cancelled, which says nothing of the callback", () => {
    const { breaker, clock } = breakerAt();
    call(breaker, "xxxx");
    clock.now = 300;
    breaker.admit();
    breaker.ended(breaker.trial!, undefined);
    expect([breaker.state, what(breaker)]).to.deep.equal(["open", "tried"]);
  });

  it("a circuit breaker lets another call try when a trial doesn't end, and doesn't listen to it any more", () => {
    const { breaker, clock } = breakerAt();
    call(breaker, "xxxx");
    clock.now = 300;
    breaker.admit();
    const first = breaker.trial!;
    clock.now = 600;
    expect(what(breaker)).to.equal("tried");
    fail(breaker, first);
    breaker.ended(first, true);
    expect(breaker.state).to.equal("half-open");
    breaker.ended(breaker.trial!, true);
    expect(breaker.state).to.equal("closed");
  });

  it("a circuit breaker takes failures of calls that were made before it opened as no failures of a trial", () => {
    const { breaker, clock, said } = breakerAt();
    const before = call(breaker, "....xxxx");
    expect(breaker.state).to.equal("open");
    fail(breaker, before);
    clock.now = 300;
    expect(what(breaker)).to.equal("tried");
    fail(breaker, before);
    fail(breaker, undefined);
    expect([breaker.state, what(breaker)]).to.deep.equal(["half-open", "left out"]);
    breaker.ended(breaker.trial!, true);
    for (let failures = 0; failures < 10; failures++) fail(breaker, before);
    call(breaker, "xxx");
    expect([breaker.state, said]).to.deep.equal(["closed", ["opened at 4/8", "closed"]]);
  });

  it("a circuit breaker is decided by the calls of its present period alone, in whatever order calls end", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("call" as const), ms: fc.nat(200) }) },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constantFrom("fail" as const, "end" as const), index: fc.nat(20) }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { breaker, clock, said } = breakerAt();
        // The calls under way: how many openings and closings had been when each was made, and its period.
        const under: { period: number; since: number; trial: boolean }[] = [];
        for (const each of steps) {
          if (each.kind === "call") {
            clock.now += each.ms;
            const period = breaker.admit();
            if (period !== undefined) under.push({ period, since: said.length, trial: period === breaker.trial });
            continue;
          }
          const [ended] = under.splice(each.index % Math.max(under.length, 1), 1);
          if (!ended) continue;
          const before = { state: breaker.state, trial: breaker.trial, said: said.length };
          if (each.kind === "fail") fail(breaker, ended.period);
          else if (ended.trial) breaker.ended(ended.period, true);
          const after = { state: breaker.state, trial: breaker.trial, said: said.length };
          const decides = ended.trial
            ? before.trial === ended.period
            : before.state === "closed" && ended.since === before.said;
          if (!decides) expect(after).to.deep.equal(before);
          else if (ended.trial) expect(after.state).to.equal(each.kind === "fail" ? "open" : "closed");
        }
      }),
    );
  });
});
