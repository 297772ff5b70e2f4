import { expect } from "chai";
import { Board, BOARD_LENGTH } from "#src/watch/board.js";
import type { Seen, WatchReport } from "#src/watch/messages.js";
import type { Line } from "#src/watch/stall-line.js";
import { StallWatch } from "#src/watch/stall-watch.js";

const ROUND_MS = 50;
const CHECK = { module: "Words", name: "Words.check", hook: "SpamChecker.checkEventForSpam" };

/** A watch over a thread that tests play, in rounds of 50 ms. */
class Played {
  readonly board = new Int32Array(BOARD_LENGTH);
  readonly lines: Line[] = [];
  readonly reports: WatchReport[] = [];
  readonly looks: ((seen: Seen) => void)[] = [];
  ends = 0;
  readonly #watch = new StallWatch(this.board, {
    look: (isOver, done) => void this.looks.push((seen) => done(isOver() ? {} : seen)),
    write: (line) => void this.lines.push(line),
    report: (report) => void this.reports.push(report),
    end: (line) => {
      this.lines.push(line);
      this.ends++;
    },
    callback: (number) => (number === 7 ? CHECK : undefined),
  });

  constructor(limits: Partial<Record<keyof typeof Board, number>> = {}) {
    for (const [name, ms] of Object.entries({ BLOCKED_MS: 1000, ...limits })) {
      this.board[Board[name as keyof typeof Board]] = ms;
    }
    this.turn();
  }

  get messages(): string[] {
    return this.lines.map(({ message }) => message);
  }

  /** The event loop turns once. */
  turn(): void {
    this.board[Board.BEATS]!++;
    this.#watch.round(0, ROUND_MS);
  }

  /** The event loop stands still, in a callback of this number. */
  block(ms: number, callback = 7): void {
    for (let round = 0; round < ms / ROUND_MS; round++) this.#watch.round(callback, ROUND_MS);
  }
}

describe("StallWatch", () => {
  it("StallWatch says nothing of a thread whose event loop turns now and then", () => {
    const played = new Played();
    for (let turn = 0; turn < 10; turn++) {
      played.block(950);
      played.turn();
    }
    expect([played.looks.length, played.lines, played.reports]).to.deep.equal([0, [], []]);
  });

  it("StallWatch looks once at a stall, says what was seen while it lasts, and reports its end", () => {
    const played = new Played();
    played.block(1000);
    expect([played.looks.length, played.lines]).to.deep.equal([1, []]);
    const seen = { module: "Words", requestId: "PUT-7", function: "spin", place: "/modules/words.js:41:3" };
    played.looks[0]!(seen);
    expect(played.lines).to.deep.equal([
      {
        level: "warn",
        module: "Words",
        hook: "SpamChecker.checkEventForSpam",
        callback: "Words.check",
        requestId: "PUT-7",
        function: "spin",
        place: "/modules/words.js:41:3",
        message: "Words.check (checkEventForSpam) has blocked the process for 1.0 s; request PUT-7; words.js:41",
      },
    ]);
    played.block(2000);
    played.turn();
    expect(played.lines.length).to.equal(1);
    expect(played.reports).to.deep.equal([{ kind: "freed", ms: 3000, seen: { callback: CHECK, ...seen } }]);
  });

  it("StallWatch names the callback alone when the thread doesn't pause, and forgets what is seen later", () => {
    const played = new Played();
    played.block(3000);
    expect(played.messages).to.deep.equal(["Words.check (checkEventForSpam) has blocked the process for 3.0 s"]);
    played.turn();
    played.looks[0]!({ place: "/elsewhere.js:1:1" });
    expect(played.messages.length).to.equal(1);
  });

  it("StallWatch says so when nothing can be named", () => {
    const played = new Played();
    played.block(3000, 0);
    expect(played.messages).to.deep.equal([
      "Code that can't be named, such as a system call, has blocked the process for 3.0 s",
    ]);
  });

  it("StallWatch says a stall again once a minute, and looks again no sooner than after half a minute", () => {
    const played = new Played();
    played.block(1000);
    played.looks[0]!({});
    played.turn();
    played.block(1000);
    expect([played.looks.length, played.lines.length]).to.deep.equal([1, 2]);
    played.block(130_000);
    for (const done of played.looks.slice(1)) done({});
    expect([played.looks.length, played.lines.length]).to.deep.equal([3, 4]);
  });

  it("StallWatch ends the process at the limit, once, with a line that says why", () => {
    const played = new Played({ LIMIT_MS: 10_000 });
    played.block(9950);
    expect(played.ends).to.equal(0);
    played.block(500);
    expect(played.ends).to.equal(1);
    expect(played.lines.at(-1)).to.deep.equal({
      level: "error",
      module: "Words",
      hook: "SpamChecker.checkEventForSpam",
      callback: "Words.check",
      message: "Words.check (checkEventForSpam) has blocked the process for 10.0 s, its limit: killing the process",
    });
  });

  it("StallWatch has other limits while modules start", () => {
    const played = new Played({ LIMIT_MS: 2000, START_LIMIT_MS: 30_000, STARTING: 1 });
    played.block(4950, 0);
    expect([played.looks.length, played.ends]).to.deep.equal([0, 0]);
    played.block(24_950, 0);
    expect([played.lines.length, played.ends]).to.deep.equal([1, 0]);
    played.block(100, 0);
    expect(played.ends).to.equal(1);
  });

  it("neither says nor ends anything while a debugger may hold the thread", () => {
    const played = new Played({ LIMIT_MS: 2000, DEBUGGED: 1 });
    played.block(60_000);
    expect([played.looks.length, played.lines, played.ends]).to.deep.equal([0, [], 0]);
  });

  it("StallWatch says nothing with limits of 0", () => {
    const played = new Played({ BLOCKED_MS: 0 });
    played.block(60_000);
    played.turn();
    expect([played.looks.length, played.lines, played.reports, played.ends]).to.deep.equal([0, [], [], 0]);
  });
});
