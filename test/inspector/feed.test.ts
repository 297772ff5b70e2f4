import { expect } from "chai";
import { Decisions } from "#src/decisions/decisions.js";
import type { DecisionRecord } from "#src/decisions/decision-record.js";
import { DecisionFeed } from "#src/inspector/feed/decision-feed.js";
import { DecisionFilter } from "#src/inspector/feed/decision-filter.js";
import { resultOf } from "#src/inspector/feed/result-of.js";
import { Sample, type Sampled } from "#src/inspector/feed/sample.js";
import { decision, failure, refusal } from "./filled-host.js";

const filter = (query = "") => new DecisionFilter(new URLSearchParams(query));
const ids = (records: readonly DecisionRecord[]) => records.map(({ id }) => Number(id.slice(2)));
/** The numbers of the decisions that a page receives next, and how many there were. */
const nextOf = async (live: AsyncGenerator<Sampled>) => {
  const { shown, seen } = (await live.next()).value as Sampled;
  return [ids(shown), seen] as const;
};

describe("the feed of the inspector", () => {
  it("resultOf tells refusals, failures, other decisions and none apart", () => {
    const decided = { module: "m", callback: "C.c", mode: "enforce", decided: true } as const;
    const thrown = { name: "MatrixError", message: "no", status: 403, errcode: "M_FORBIDDEN" };
    const named = (hook: string, result: DecisionRecord["result"]) =>
      resultOf(decision(1, { hook, callbacks: [decided], ...(result !== undefined && { result }) }));
    expect(resultOf(decision(1))).to.equal("passed");
    expect(resultOf(refusal(1))).to.equal("refused");
    expect(resultOf(failure(1))).to.equal("failed");
    expect(resultOf(decision(1, { error: thrown }))).to.equal("refused");
    expect(named("ThirdPartyRules.checkEventAllowed", [false, null])).to.equal("refused");
    expect(named("ThirdPartyRules.checkEventAllowed", [true, { type: "m.room.message" }])).to.equal("decided");
    expect(named("ThirdPartyRules.onCreateRoom", null)).to.equal("decided");
    expect(named("Gone.hook", "x")).to.equal("decided");
  });

  it("a filter leaves the decisions that agree with all that it names", () => {
    const hashed = failure(3);
    const all = [decision(1), refusal(2), hashed];
    const left = (query: string) => ids(all.filter(filter(query).matches));
    expect(left("")).to.deep.equal([1, 2, 3]);
    expect(left("room=!den:example.org")).to.deep.equal([1, 2]);
    expect(left("user=@mallory:example.org")).to.deep.equal([2]);
    expect(left("user=h:77b1ffe2")).to.deep.equal([3]);
    expect(left("module=flood")).to.deep.equal([1]);
    expect(left("module=stricter-links")).to.deep.equal([1, 2]);
    expect(left("hook=ThirdPartyRules.checkEventAllowed")).to.deep.equal([3]);
    expect(left("result=refused")).to.deep.equal([2]);
    expect(left("result=failed")).to.deep.equal([3]);
    expect(left("result=passed&user=@mallory:example.org")).to.deep.equal([]);
    expect(left("result=unknown&user= ")).to.deep.equal([1, 2, 3]);
  });

  it("a user or a room is found by its id where records have its hash", () => {
    const hashOf = (text: string) => (text === "@mallory:example.org" ? "h:77b1ffe2" : "h:other");
    const left = (query: string) => [failure(3)].filter(new DecisionFilter(new URLSearchParams(query), hashOf).matches);
    expect([left("user=@mallory:example.org").length, left("user=@ann:example.org").length]).to.deep.equal([1, 0]);
  });

  it("decisions in which a callback failed are among the failed ones, whatever they came to", () => {
    const record = decision(1, {
      callbacks: [{ module: "m", callback: "C.c", mode: "enforce", error: { name: "E", message: "e" } }],
    });
    expect([resultOf(record), filter("result=failed").matches(record)]).to.deep.equal(["passed", true]);
  });

  it("a sample has everything while there's little, and refusals and failures first when there's much", () => {
    const sample = new Sample(10);
    for (let number = 1; number <= 10; number++) sample.add(decision(number));
    expect(sample.take()).to.deep.equal({
      shown: Array.from({ length: 10 }, (_, index) => decision(index + 1)),
      seen: 10,
    });
    for (let number = 1; number <= 1000; number++) {
      sample.add(number === 500 ? refusal(number) : number === 777 ? failure(number) : decision(number));
    }
    const { shown, seen } = sample.take();
    expect([shown.length, seen]).to.deep.equal([10, 1000]);
    expect(ids(shown)).to.include.members([500, 777]);
    expect(ids(shown)).to.deep.equal(ids(shown).toSorted((a, b) => a - b));
    expect(sample.take()).to.deep.equal({ shown: [], seen: 0 });
  });

  it("each of the decisions that don't matter has the same chance to be in a sample", () => {
    let early = 0;
    for (let round = 0; round < 400; round++) {
      const sample = new Sample(10);
      for (let number = 1; number <= 100; number++) sample.add(decision(number));
      early += sample.take().shown.filter(({ id }) => id <= "d-000050").length;
    }
    // 4,000 of which half are early: 20 standard deviations to each side.
    expect(early).to.be.within(1400, 2600);
  });

  it("the tally counts who decides and who refuses, until the feed ends", () => {
    const decisions = new Decisions();
    const feed = new DecisionFeed(decisions);
    for (const record of [decision(1), refusal(2), refusal(3), failure(4)]) decisions.publish(record);
    expect(feed.tally.decisions).to.equal(4);
    expect(feed.tally.ofModule("links")).to.deep.equal({ decided: 2, refused: 2 });
    expect(feed.tally.ofModule("censor")).to.deep.equal({ decided: 1, refused: 0 });
    expect(feed.tally.ofModule("flood")).to.deep.equal({ decided: 0, refused: 0 });
    expect(feed.tally.ofCallback("SpamChecker.checkEventForSpam", "links", "LinkFilter.checkLinks")).to.deep.equal({
      decided: 2,
      refused: 2,
    });
    feed.end();
    decisions.publish(refusal(5));
    expect(feed.tally.decisions).to.equal(4);
  });

  it("what is live keeps to the filter, and ends with the page", async () => {
    const decisions = new Decisions();
    const feed = new DecisionFeed(decisions);
    decisions.publish(refusal(1));
    const page = new AbortController();
    const live = feed.live(filter("result=refused"), undefined, page.signal);
    expect(await nextOf(live)).to.deep.equal([[], 0]);
    decisions.publish(refusal(2));
    decisions.publish(decision(3));
    expect(await nextOf(live)).to.deep.equal([[2], 1]);
    page.abort();
    expect((await live.next()).done).to.equal(true);
    feed.end();
  });

  it("a page that continues receives all that it missed and would show, the latest 500, and then what follows", async () => {
    const decisions = new Decisions();
    const feed = new DecisionFeed(decisions);
    const first = async (after: string) => {
      const page = new AbortController();
      const live = feed.live(filter("result=passed"), after, page.signal);
      const [numbers] = await nextOf(live);
      decisions.publish(decision(9999));
      expect(await nextOf(live)).to.deep.equal([[9999], 1]);
      page.abort();
      await live.next();
      return numbers;
    };
    for (const record of [decision(1), decision(2), refusal(3), decision(4)]) decisions.publish(record);
    expect(await first("d-000001")).to.deep.equal([2, 4]);
    // A page that had none yet.
    expect(await first("")).to.deep.equal([1, 2, 4, 9999]);
    for (let number = 10_001; number <= 10_700; number++) decisions.publish(decision(number));
    expect(await first("d-010000")).to.deep.equal(Array.from({ length: 500 }, (_, index) => 10_201 + index));
    feed.end();
  });

  it("what is live ends with the host, and with the feed", async () => {
    for (const end of ["host", "feed"]) {
      const decisions = new Decisions();
      const feed = new DecisionFeed(decisions);
      const live = feed.live(filter(), undefined, new AbortController().signal);
      await live.next();
      if (end === "host") await decisions.stop();
      else feed.end();
      expect((await live.next()).done).to.equal(true);
    }
  });
});
