import { expect } from "chai";
import fc from "fast-check";
import { Board, BOARD_LENGTH } from "#src/watch/board.js";
import { SlowSteps } from "#src/watch/slow-steps.js";

const ROUND_MS = 50;

/** What is found slow in calls of callback 3 that take so many milliseconds each, one after the other. */
function found(durations: readonly number[], slowMs = 200, isSaid = false): number[] {
  const board = new Int32Array(BOARD_LENGTH);
  board[Board.SLOW_MS] = slowMs;
  const slow: number[] = [];
  const steps = new SlowSteps(board, (callback, ms) => slow.push(callback === 3 ? ms : NaN));
  let looked = 0;
  let now = 0;
  for (const [step, ms] of durations.entries()) {
    for (now += ms; looked < now; looked += ROUND_MS) steps.round(3, step, ROUND_MS, isSaid);
  }
  steps.round(0, durations.length, ROUND_MS, isSaid);
  return slow;
}

describe("SlowSteps", () => {
  it("law: finds each call of a quarter of a second, none of less than the limit, and never says longer than it was", () => {
    const durations = fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 20 });
    fc.assert(
      fc.property(durations, (durations) => {
        const slow = found(durations);
        const surely = durations.filter((ms) => ms >= 250);
        const perhaps = durations.filter((ms) => ms >= 200);
        expect(slow.length).to.be.within(surely.length, perhaps.length);
        for (const ms of slow) expect(perhaps.some((duration) => ms <= duration && ms > duration - 100)).to.equal(true);
      }),
    );
  });

  it("SlowSteps finds nothing with a limit of 0, where no callback runs, or where it's said in another way", () => {
    expect(found([900], 0)).to.deep.equal([]);
    expect(found([900], 200, true)).to.deep.equal([]);
    const board = new Int32Array(BOARD_LENGTH);
    board[Board.SLOW_MS] = 200;
    const slow: number[] = [];
    const steps = new SlowSteps(board, (callback) => slow.push(callback));
    for (let round = 0; round < 100; round++) steps.round(0, 1, ROUND_MS, false);
    steps.round(3, 2, ROUND_MS, false);
    expect(slow).to.deep.equal([]);
  });
});
