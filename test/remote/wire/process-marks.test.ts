import { expect } from "chai";
import { MarksFile, MarksWriter, markOf } from "#src/remote/wire/process-marks.js";

const HOOK = "SpamChecker.checkEventForSpam";
const A = { module: "A", callback: "A.check", hook: HOOK };
const B = { module: "B", callback: "B.check", hook: HOOK };

describe("the notes of a process for its parent", () => {
  let file: MarksFile;
  let writer: MarksWriter;

  beforeEach(() => {
    file = new MarksFile();
    writer = new MarksWriter(file.fd);
  });
  afterEach(() => file.close());

  it("the notes of a process for its parent say nothing before the process does", () => {
    expect(file.head()).to.deep.equal({ beats: 0, isDebugged: false, residentBytes: 0 });
    expect(file.calls()).to.deep.equal({ running: undefined, pending: [] });
  });

  it("the notes of a process for its parent count how often the event loop came round, and say whether a debugger may stop it and how much memory it takes", () => {
    writer.beat(false, 1);
    writer.beat(true, 5 * 2 ** 40);
    expect(file.head()).to.deep.equal({ beats: 2, isDebugged: true, residentBytes: 5 * 2 ** 40 });
  });

  it("the notes of a process for its parent name the callback that runs until it has returned, with its request where it has one", () => {
    writer.enter(markOf(A), "PUT-7");
    expect(file.calls().running).to.deep.equal({ ...A, requestId: "PUT-7" });
    writer.leave();
    writer.enter(markOf(B), undefined);
    expect(file.calls()).to.deep.equal({ running: B, pending: [] });
  });

  it("the notes of a process for its parent name the callbacks that are pending until they have settled", () => {
    const first = writer.wait(markOf(A), "PUT-7");
    const second = writer.wait(markOf(B), "PUT-8");
    expect(file.calls().pending).to.deep.equal([
      { ...A, requestId: "PUT-7" },
      { ...B, requestId: "PUT-8" },
    ]);
    writer.settled(first);
    expect(file.calls().pending).to.deep.equal([{ ...B, requestId: "PUT-8" }]);
    writer.settled(second);
    expect(file.calls().pending).to.deep.equal([]);
  });

  it("the notes of a process for its parent leave out pending callbacks beyond 62, and continue when they have settled", () => {
    const slots = Array.from({ length: 100 }, (_, index) => writer.wait(markOf(A), String(index)));
    expect(file.calls().pending.length).to.equal(62);
    for (const slot of slots) writer.settled(slot);
    writer.wait(markOf(B), undefined);
    expect(file.calls().pending).to.deep.equal([B]);
  });

  it("the notes of a process for its parent cut names that are too long", () => {
    writer.enter(markOf({ ...A, callback: "x".repeat(300) }), "PUT-7");
    expect(file.calls().running!.callback).to.match(/^x{250}$/);
  });
});
