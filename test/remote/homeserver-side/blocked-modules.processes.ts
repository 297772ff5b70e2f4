import { expect } from "chai";
import { NOT_SPAM } from "#src/index.js";
import type { LogRecord } from "#src/testing/captured-logs.js";
import { until } from "../../until.js";
import { HarmedHost } from "./isolated-host.js";

const CALL = { module: "Harmful", callback: "Harmful.check", hook: "SpamChecker.checkEventForSpam" };

function dataOf({ level, module, callback, hook, requestId }: LogRecord): object {
  return { level, module, callback, hook, requestId };
}

describe("a callback that blocks the process of isolated modules", () => {
  it("a callback that blocks the process of isolated modules is named in the log while it blocks, with module, hook and request, and its time is said afterwards", async () => {
    await using harmed = await HarmedHost.start();
    const answer = harmed.check("block 3000");
    const line = await harmed.logged(/has blocked/);
    expect(dataOf(line)).to.deep.equal({ level: "warn", ...CALL, requestId: "PUT-7" });
    expect(line.message).to.match(
      /^Harmful\.check \(checkEventForSpam\) has blocked the process of isolated modules for \d\.\d s; request PUT-7$/,
    );
    expect(harmed.logs.filter(({ message }) => / blocked the/.test(message) && !message.includes("has"))).to.deep.equal(
      [],
    );
    expect(await answer).to.equal(NOT_SPAM);
    const end = await harmed.logged(
      /^Harmful\.check \(checkEventForSpam\) blocked the process of isolated modules for \d\.\d s; request PUT-7$/,
    );
    expect(dataOf(end)).to.deep.equal({ level: "warn", ...CALL, requestId: "PUT-7" });
    expect(harmed.host.health().restarts).to.equal(0);
  });

  it("a callback that blocks the process of isolated modules is logged afterwards when it took only some tenths of a second", async () => {
    await using harmed = await HarmedHost.start();
    const line = () => harmed.logs.find(({ message }) => message.includes("kept the process busy"));
    // On a busy machine it may take a second, and is logged as one that blocks.
    await until(async () => {
      expect(await harmed.check("block 300")).to.equal(NOT_SPAM);
      return line() !== undefined;
    });
    expect(dataOf(line()!)).to.deep.equal({ level: "warn", ...CALL, requestId: "PUT-7" });
    expect(line()!.message).to.match(/^Harmful\.check \(checkEventForSpam\) kept the process busy for \d{3} ms$/);
  });

  it("a callback that blocks the process of isolated modules is named as the pending one when it blocks after an await", async () => {
    await using harmed = await HarmedHost.start();
    expect(await harmed.check("await 3000")).to.equal(NOT_SPAM);
    const line = await harmed.logged(/has blocked/);
    expect(dataOf(line)).to.deep.equal({ level: "warn", ...CALL, requestId: "PUT-7" });
    expect(line.message).to.match(
      /^Probably Harmful\.check \(checkEventForSpam\), the only pending callback, has blocked the process of isolated modules for/,
    );
  });

  it("a callback that blocks the process of isolated modules is one of those that are named when several are pending", async () => {
    await using harmed = await HarmedHost.start({ callTimeoutMs: 20_000 });
    void harmed.check("hang", "PUT-8");
    await harmed.check("ham");
    await harmed.check("await 3000", "PUT-9");
    const { level, message } = await harmed.logged(/has blocked/);
    expect(level).to.equal("warn");
    const name = "Harmful.check (checkEventForSpam)";
    expect(message).to.match(/^One of 2 pending callbacks \(/);
    expect(message).to.include(`${name} of PUT-8`).and.to.include(`${name} of PUT-9`);
  });

  it("a callback that blocks the process of isolated modules may be another than those that are named when more are pending than can be noted", async () => {
    await using harmed = await HarmedHost.start({ callTimeoutMs: 20_000 });
    for (let request = 1; request <= 70; request++) void harmed.check("hang", `PUT-${request}`);
    await harmed.check("await 3000", "PUT-71");
    expect((await harmed.logged(/has blocked/)).message).to.match(/^One of at least 62 pending callbacks \(/);
  });

  it("a callback that blocks the process of isolated modules isn't blamed for a timer", async () => {
    await using harmed = await HarmedHost.start();
    expect(await harmed.check("timer 3000")).to.equal(NOT_SPAM);
    const line = await harmed.logged(/has blocked/);
    expect(line.message).to.match(/^Code outside any callback, such as a timer or a web resource, has blocked/);
    expect(line.hook).to.equal(undefined);
  });

  it("a callback that blocks the process of isolated modules isn't blamed for a web resource that was asked together with it", async () => {
    await using harmed = await HarmedHost.start();
    // A process that has just started takes a turn for each message.
    for (let call = 1; call <= 20; call++) await harmed.check("ham");
    // Both are sent in one write, and their answers as well.
    const answers = [harmed.check("ham"), harmed.host.fetch(new Request("http://x/_synapse/client/harmful?ms=1500"))];
    expect((await harmed.logged(/has blocked/)).message).to.match(
      /^Code outside any callback, such as a timer or a web resource, has blocked/,
    );
    expect((await Promise.all(answers))[0]).to.equal(NOT_SPAM);
  });

  for (const deed of ["compute", "regexp"]) {
    it(`a callback that blocks the process of isolated modules is killed with its process after the limit, and the modules come back (${deed})`, async () => {
      await using harmed = await HarmedHost.start({ blockedLimitMs: 2000 });
      const { instance } = harmed.host.info;
      expect(await harmed.check(deed)).to.equal("LIGAND_REMOTE_LOST");
      await harmed.answersAgain();
      expect(harmed.host.info.instance).not.to.equal(instance);
      const { level, message } = await harmed.logged(/^killing/);
      expect({ level, message }).to.deep.equal({
        level: "error",
        message: "killing the process of isolated modules: Harmful.check (checkEventForSpam) blocked it for 2.0 s",
      });
      const { state, restarts, lastEnd } = harmed.host.health();
      expect({ state, restarts, reason: lastEnd?.reason }).to.deep.equal({
        state: "running",
        restarts: 1,
        reason: "Harmful.check (checkEventForSpam) blocked it for 2.0 s",
      });
    });
  }

  for (const [where, deed] of Object.entries({ "": "leave", " in a group of its own": "escape" })) {
    it(`a callback that blocks the process of isolated modules is replaced although another process that it started${where} holds its standard error`, async () => {
      await using harmed = await HarmedHost.start({ blockedLimitMs: 3000 });
      expect(await harmed.check(`${deed} 60`)).to.equal(NOT_SPAM);
      expect(await harmed.check("block")).to.equal("LIGAND_REMOTE_LOST");
      await harmed.answersAgain();
      expect(harmed.host.health().restarts).to.equal(1);
    });
  }

  it("a callback that blocks the process of isolated modules is killed with its process when the modules are to stop, and the log says so", async () => {
    const harmed = await HarmedHost.start({ stopTimeoutMs: 500 });
    void harmed.check("block");
    await harmed.logged(/has blocked/);
    await harmed.host.stop();
    const { level, message } = await harmed.logged(/^killing/);
    expect({ level, message }).to.deep.equal({
      level: "error",
      message: "killing the process of isolated modules: it didn't stop within 0.5 s",
    });
  });

  it("a callback that blocks the process of isolated modules isn't killed while a debugger can stop the process", async () => {
    await using harmed = await HarmedHost.start({ blockedLimitMs: 1000, nodeArgs: ["--inspect=127.0.0.1:0"] });
    expect(await harmed.check("block 3000")).to.equal(NOT_SPAM);
    expect((await harmed.logged(/has blocked/)).level).to.equal("warn");
    expect(harmed.host.health().restarts).to.equal(0);
  });
});
