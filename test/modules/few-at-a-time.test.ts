import { expect } from "chai";
import { FewAtATime } from "#src/modules/few-at-a-time.js";

/** A job that notes its start and its end, and ends when it's told to. */
function makeJob(name: string, notes: string[]) {
  let end: (error?: Error) => void = () => {};
  const ended = new Promise<string>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve(name));
  });
  const run = async () => {
    notes.push(`${name} starts`);
    try {
      return await ended;
    } finally {
      notes.push(`${name} ends`);
    }
  };
  return { run, end };
}

/** Lets all promises settle that can. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("running a few jobs at a time", () => {
  it("FewAtATime runs two jobs side by side and the others in their order, each when one has ended or failed", async () => {
    const notes: string[] = [];
    const jobs = ["a", "b", "c", "d"].map((name) => makeJob(name, notes));
    const queue = new FewAtATime(2, 1_000_000);
    const results = jobs.map(({ run }) => queue.run(run).catch((error: unknown) => (error as Error).message));
    await settled();
    expect(notes).to.deep.equal(["a starts", "b starts"]);
    jobs[1]!.end(new Error("b failed"));
    await settled();
    expect(notes).to.deep.equal(["a starts", "b starts", "b ends", "c starts"]);
    for (const { end } of jobs) end();
    expect(await Promise.all(results)).to.deep.equal(["a", "b failed", "c", "d"]);
    expect(notes.slice(4).toSorted()).to.deep.equal(["a ends", "c ends", "d ends", "d starts"]);
    expect(await queue.run(() => Promise.resolve("e"))).to.equal("e");
  });

  it("FewAtATime starts the next job when one takes too long, and that one's end makes no room a second time", async () => {
    const notes: string[] = [];
    const jobs = ["a", "b", "c"].map((name) => makeJob(name, notes));
    const queue = new FewAtATime(1, 20);
    const first = queue.run(jobs[0]!.run);
    const second = queue.run(async () => {
      jobs[0]!.end();
      await first;
      return jobs[1]!.run();
    });
    const third = queue.run(jobs[2]!.run);
    expect(await first).to.equal("a");
    for (const { end } of jobs) end();
    expect(await Promise.all([second, third])).to.deep.equal(["b", "c"]);
    expect(notes).to.deep.equal(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });
});
