import { expect } from "chai";
import { NOT_SPAM } from "#src/index.js";
import { Restarts } from "#src/remote/homeserver-side/restarts.js";
import { until } from "../../until.js";
import { HarmedHost } from "./isolated-host.js";

const MINUTE = 60_000;

describe("restarts of isolated modules", () => {
  it("a process that ended once or twice is started again promptly; the third end within ten minutes is a failure", () => {
    const restarts = new Restarts();
    const outcomes = [0, 5000, 10_000].map((at) => restarts.ended(at));
    expect(outcomes).to.deep.equal([
      { pauseMs: 100, isFailed: false },
      { pauseMs: 1000, isFailed: false },
      { pauseMs: 5 * MINUTE, isFailed: true },
    ]);
  });

  it("a failed process is tried every five minutes", () => {
    const restarts = new Restarts();
    const outcomes = [0, 1, 2, 5 * MINUTE, 10 * MINUTE - 1].map((at) => restarts.ended(at).isFailed);
    expect(outcomes).to.deep.equal([false, false, true, true, true]);
  });

  it("exits of isolated modules that are more than ten minutes old don't count", () => {
    const restarts = new Restarts();
    restarts.ended(0);
    restarts.ended(MINUTE);
    expect(restarts.ended(10 * MINUTE)).to.deep.equal({ pauseMs: 1000, isFailed: false });
    expect(restarts.ended(30 * MINUTE)).to.deep.equal({ pauseMs: 100, isFailed: false });
  });
});

describe("a process of isolated modules that ends again and again", () => {
  it("a process of isolated modules that ends again and again has failed, its hooks follow their policies immediately, and it comes back when it is tried again", async () => {
    const times = { firstPauseMs: 50, secondPauseMs: 50, failedPauseMs: 4000, windowMs: 10 * MINUTE };
    await using harmed = await HarmedHost.start({}, times);
    const { host } = harmed;
    const { state, since, ...others } = host.health();
    expect({ state, ...others }).to.deep.equal({ state: "running", restarts: 0 });
    expect(since).to.be.instanceOf(Date);
    for (const _ of [1, 2]) {
      expect(await harmed.check("crash")).to.equal("LIGAND_REMOTE_LOST");
      await harmed.answersAgain();
    }
    expect(await harmed.check("crash")).to.equal("LIGAND_REMOTE_LOST");
    await until(() => host.health().state === "failed");
    const failed = host.health();
    expect([failed.restarts, failed.lastEnd?.reason]).to.deep.equal([2, "code 7"]);
    expect((await harmed.logged(/has failed/)).message).to.equal(
      "the process of isolated modules has failed: 3 ends within 10 min. Hooks follow their failure policies; the next start is in 4 s",
    );
    expect(await harmed.check("ham")).to.equal("LIGAND_REMOTE_LOST");
    await until(() => host.health().state === "running");
    expect(await harmed.check("ham")).to.equal(NOT_SPAM);
    expect(host.health().restarts).to.equal(3);
    await host.stop();
    expect(host.health().state).to.equal("stopped");
  });

  it("a process of isolated modules that ends again and again is said once a minute for each hook, and not for every call", async () => {
    const times = { firstPauseMs: 4000, secondPauseMs: 50, failedPauseMs: 50, windowMs: 10 * MINUTE };
    await using harmed = await HarmedHost.start({}, times);
    await harmed.check("crash");
    for (let call = 0; call < 20; call++) await harmed.check("ham");
    const lines = harmed.logs.filter(({ level, hook }) => level === "error" && hook !== undefined);
    expect(lines.length).to.equal(1);
  });

  it("a process of isolated modules that ends again and again is replaced when it sends what isn't of the protocol", async () => {
    await using harmed = await HarmedHost.start();
    expect(await harmed.check("nonsense")).to.equal("LIGAND_REMOTE_LOST");
    await harmed.answersAgain();
    expect((await harmed.logged(/^killing/)).message).to.match(
      /^killing the process of isolated modules: the other side sent, or was to be sent, a header of another protocol: "HTTP\/1\.1 400 Bad Request"$/,
    );
    expect(harmed.host.health().restarts).to.equal(1);
  });
});
