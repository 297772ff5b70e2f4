import { expect } from "chai";
import { TimeLimits, type Limited } from "#src/remote/wire/time-limits.js";
import { Clock } from "./clock.js";

interface Named extends Limited {
  readonly name: string;
}

describe("the time limits of a connection", () => {
  let clock: Clock;
  let over: string[];
  let limits: TimeLimits<Named>;
  const named = (name: string): Named => ({ name, due: 0, previous: undefined, next: undefined });

  beforeEach(() => {
    clock = new Clock();
    over = [];
    limits = new TimeLimits<Named>(clock.runtime, ({ name }) => over.push(`${name} at ${clock.time}`));
  });

  it("the time limits of a connection are over in their order, whichever began first, with one timer", () => {
    limits.add(named("long"), 100);
    limits.add(named("short"), 10);
    clock.pass(5);
    limits.add(named("short, later"), 10);
    expect(clock.timers.size).to.equal(1);
    clock.pass(200);
    clock.pass(200);
    clock.pass(200);
    expect(over).to.deep.equal(["short at 10", "short, later at 15", "long at 100"]);
    expect(clock.timers.size).to.equal(0);
  });

  it("a time limit is never over for what was answered, and its timer fires once for nothing", () => {
    const [first, second] = [named("first"), named("second")];
    limits.add(first, 10);
    clock.pass(4);
    limits.add(second, 10);
    limits.remove(first);
    clock.pass(13);
    expect(over).to.deep.equal([]);
    limits.remove(second);
    clock.pass(100);
    expect([over, clock.timers.size]).to.deep.equal([[], 0]);
  });

  it("a time limit is over although the timer fires a little early", () => {
    limits.add(named("a"), 10);
    clock.pass(10, 0.4);
    expect(over).to.deep.equal(["a at 9.6"]);
  });

  it("a time limit that is longer than timers can be set for isn't over before its time, and an infinite one never", () => {
    limits.add(named("endless"), Infinity);
    expect(clock.timers.size).to.equal(0);
    limits.add(named("long"), 2 ** 31 + 5000);
    clock.pass(2 ** 31);
    expect(over).to.deep.equal([]);
    clock.pass(2 ** 32);
    expect([over, clock.timers.size]).to.deep.equal([[`long at ${2 ** 31 + 5000}`], 0]);
  });

  it("time limits leave no timer behind when their connection has ended", () => {
    limits.add(named("a"), 10);
    limits.close();
    expect(clock.timers.size).to.equal(0);
  });
});
