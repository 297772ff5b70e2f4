import { expect } from "chai";
import { MUTANTS } from "./mutants.js";
import { Simulator } from "./simulation.js";
import { stopPooled } from "./simulated-modules.js";

/** Within how many seeds a mistake must be found. */
const MOST_SEEDS = 400;

describe("a simulation of the remote protocol", () => {
  let simulator: Simulator;

  before(async () => {
    simulator = await Simulator.create();
  });
  after(() => stopPooled());

  it("a simulation of the remote protocol keeps every invariant, whatever the order and the time in which things happen", async () => {
    for (let seed = 1; seed <= 50; seed++) {
      expect((await simulator.run(seed)).faults, `npm run test:simulation -- --seed ${seed}`).to.deep.equal([]);
    }
  });

  it("a simulation is the same one for the same seed", async () => {
    for (const seed of [1, 2, 3]) {
      const [first, second] = [await simulator.run(seed, { keepsSchedule: true }), await simulator.run(seed)];
      expect(second.digest).to.equal(first.digest);
      expect(second.steps).to.equal(first.steps);
      expect(first.schedule).not.to.deep.equal([]);
    }
    expect((await simulator.run(4)).digest).not.to.equal((await simulator.run(5)).digest);
  });

  it("a simulation is the same one on a machine on which each look at the clock takes a second", async () => {
    const expected = await simulator.run(2970);
    const { now } = performance;
    const date = Date.now;
    let lateMs = 0;
    performance.now = () => now.call(performance) + (lateMs += 1000);
    Date.now = () => date() + (lateMs += 1000);
    try {
      expect(await simulator.run(2970)).to.deep.equal(expected);
    } finally {
      performance.now = now;
      Date.now = date;
    }
  });

  for (const { name, make } of MUTANTS) {
    it(`the simulation finds that ${name}`, async () => {
      const takeBack = make();
      try {
        for (let seed = 1; seed <= MOST_SEEDS; seed++) {
          if ((await simulator.run(seed)).faults.length > 0) return;
        }
      } finally {
        takeBack();
      }
      expect.fail(`no seed up to ${MOST_SEEDS} failed`);
    });
  }
});
