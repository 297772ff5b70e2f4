import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { MarksFile, MarksWriter, markOf } from "#src/remote/wire/process-marks.js";

const HOOK = "SpamChecker.checkEventForSpam";
const A = { module: "A", callback: "A.check", hook: HOOK };
const B = { module: "B", callback: "B.check", hook: HOOK };
/** The number of a call, of more than 32 bits. */
const CALL = 2 ** 40 + 7;

describe("the notes of a process for its parent", () => {
  let file: MarksFile;
  let writer: MarksWriter;
  /** The calls that the parent has no answer to, by their numbers. */
  const awaited = new Set<number>();
  const calls = () => file.calls((call) => awaited.has(call));
  /** Until what is written after promises and ticks has been. */
  const written = () => setImmediate();

  beforeEach(() => {
    file = new MarksFile();
    writer = new MarksWriter(file.fd);
    awaited.add(CALL);
  });
  afterEach(() => file.close());

  it("the notes of a process for its parent say nothing before the process does", () => {
    expect(file.head()).to.deep.equal({ beats: 0, isDebugged: false, residentBytes: 0 });
    expect(calls()).to.deep.equal({ running: undefined, pending: [] });
  });

  it("the notes of a process for its parent count how often the event loop came round, and say whether a debugger may stop it and how much memory it takes", () => {
    writer.beat(false, 1);
    writer.beat(true, 5 * 2 ** 40);
    expect(file.head()).to.deep.equal({ beats: 2, isDebugged: true, residentBytes: 5 * 2 ** 40 });
  });

  it("the notes of a process for its parent name the callback that runs, with its request where it has one, until its call is answered", () => {
    const slot = writer.enter(markOf(A), "PUT-7", CALL);
    expect(calls()).to.deep.equal({ running: { ...A, requestId: "PUT-7" }, pending: [] });
    writer.settled(slot);
    awaited.delete(CALL);
    expect(calls()).to.deep.equal({ running: undefined, pending: [] });
  });

  it("the notes of a process for its parent name one callback that runs, the last one that was called", async () => {
    const first = writer.enter(markOf(A), undefined, CALL);
    writer.settled(writer.enter(markOf(A), undefined, CALL));
    const last = writer.enter(markOf(B), undefined, CALL);
    expect(calls()).to.deep.equal({ running: B, pending: [A] });
    await written();
    expect(calls()).to.deep.equal({ running: undefined, pending: [A, B] });
    writer.settled(first);
    writer.settled(last);
    expect(calls()).to.deep.equal({ running: undefined, pending: [] });
  });

  it("the notes of a process for its parent don't name a callback as running that has settled, when another one of its call runs in another place", () => {
    const first = writer.enter(markOf(A), undefined, CALL);
    const second = writer.enter(markOf(B), undefined, CALL);
    writer.settled(second);
    writer.settled(first);
    const third = writer.enter(markOf(B), "PUT-9", CALL);
    expect(calls()).to.deep.equal({ running: { ...B, requestId: "PUT-9" }, pending: [] });
    writer.settled(third);
  });

  it("the notes of a process for its parent don't name a callback as running that was left, although its answer hasn't been sent", async () => {
    writer.settled(writer.enter(markOf(A), undefined, CALL));
    await written();
    writer.leave();
    expect(calls()).to.deep.equal({ running: undefined, pending: [] });
  });

  it("the notes of a process for its parent name the callbacks that are pending until they have settled", async () => {
    const first = writer.enter(markOf(A), "PUT-7", CALL);
    await written();
    const second = writer.enter(markOf(B), "PUT-8", CALL);
    await written();
    expect(calls()).to.deep.equal({
      running: undefined,
      pending: [
        { ...A, requestId: "PUT-7" },
        { ...B, requestId: "PUT-8" },
      ],
    });
    writer.settled(first);
    expect(calls().pending).to.deep.equal([{ ...B, requestId: "PUT-8" }]);
    writer.settled(second);
    expect(calls().pending).to.deep.equal([]);
  });

  it("the notes of a process for its parent leave out pending callbacks beyond 62, and continue when they have settled", async () => {
    const slots = Array.from({ length: 100 }, (_, index) => writer.enter(markOf(A), String(index), CALL));
    expect(calls()).to.deep.equal({
      running: { ...A, requestId: "99" },
      pending: Array.from({ length: 62 }, (_, index) => ({ ...A, requestId: String(index) })),
    });
    await written();
    expect(calls().running).to.equal(undefined);
    for (const slot of slots) writer.settled(slot);
    writer.enter(markOf(B), undefined, CALL);
    await written();
    expect(calls()).to.deep.equal({ running: undefined, pending: [B] });
  });

  it("the notes of a process for its parent name no callback as running that is pending beyond 62, when another one beyond them settles", async () => {
    for (let index = 0; index < 62; index++) writer.enter(markOf(A), undefined, CALL);
    const first = writer.enter(markOf(B), "PUT-1", CALL);
    await written();
    writer.enter(markOf(B), "PUT-2", CALL);
    writer.settled(first);
    await written();
    expect(calls().running).to.equal(undefined);
  });

  it("the notes of a process for its parent cut names that are too long", () => {
    writer.enter(markOf({ ...A, callback: "x".repeat(300) }), "PUT-7", CALL);
    expect(calls().running!.callback).to.match(/^x{244}$/);
  });
});
