import { expect } from "chai";
import { deny, type ReloadError } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { until } from "../../until.js";
import { outcomeOf } from "../served.js";
import { PerformingHost, type PerformingOptions } from "./performing-host.js";
import { ACTS } from "./performing-module.js";

const alone = (does: string, process = "own") =>
  `{ module: "performing#Alone", config: { does: ${does} }, operate: { process: ${process}, on_failure: deny } }`;

describe("a module that can't overlap and runs in a process", () => {
  /** Names what happens, and what the module answers meanwhile. */
  async function start(does: string, options?: PerformingOptions) {
    const journal: string[] = [];
    ACTS.start = (what) => {
      journal.push(`start ${what}`);
      if (what === "fail") throw new Error("it always fails");
    };
    ACTS.stop = (what) => void journal.push(`stop ${what}`);
    ACTS.check = (_event, what) => deny("M_FORBIDDEN", { what });
    const performing = await PerformingHost.start([alone(does)], options);
    const ask = async () => {
      const verdict = await performing.host.hooks.spamChecker.checkEventForSpam(roomEvent());
      return verdict === "NOT_SPAM" ? verdict : (verdict.fields?.["what"] ?? verdict.code);
    };
    return { performing, journal, ask };
  }

  it("is stopped before the new one starts, and its policy answers meanwhile", async () => {
    const { performing, journal, ask } = await start("first");
    await using _ = performing;
    const meanwhile: unknown[] = [];
    const { start: begin } = ACTS;
    ACTS.start = async (what) => {
      begin(what);
      meanwhile.push(await ask());
    };
    performing.write([alone("second")]);
    expect((await performing.host.reload()).replaced).to.deep.equal(["Alone"]);
    expect(journal).to.deep.equal(["start first", "stop first", "start second"]);
    expect([meanwhile, await ask()]).to.deep.equal([["M_FORBIDDEN"], "second"]);
    expect(performing.made.map(({ link }) => link !== undefined)).to.deep.equal([false, true]);
  });

  it("starts again in its process when the new one doesn't start", async () => {
    const { performing, journal, ask } = await start("first");
    await using _ = performing;
    const { start: begin } = ACTS;
    let wasThere: boolean | undefined;
    ACTS.start = (what) => {
      // What the new one holds, it must hold no longer.
      if (what === "first") wasThere = performing.made[1]!.link !== undefined;
      return begin(what);
    };
    performing.write([alone("fail")]);
    const { error } = (await outcomeOf(() => performing.host.reload())) as { error: ReloadError };
    expect(error.problems.map(({ message }) => message)).to.deep.equal([
      "module Alone failed in its @postConstruct method",
    ]);
    expect(journal).to.deep.equal(["start first", "stop first", "start fail", "start first"]);
    expect([await ask(), wasThere]).to.deep.equal(["first", false]);
    expect(performing.made.map(({ link }) => link !== undefined)).to.deep.equal([true, false]);
    expect(performing.processes.health.get("Alone")?.state).to.equal("running");
    // The process was restarted, and the module in it by another reload that's refused.
    performing.made[0]!.kill("it's in a test");
    await until(() => performing.made.length === 3 && performing.processes.health.get("Alone")?.state === "running");
    await outcomeOf(() => performing.host.reload());
    expect(performing.host.health().modules.map(({ restarts }) => restarts)).to.deep.equal([3]);
  });

  it("has its process killed when it doesn't stop, because the new one needs what it holds", async () => {
    const { performing, journal, ask } = await start("first", { stopTimeoutMs: 200 });
    await using _ = performing;
    ACTS.stop = (what) => {
      journal.push(`stop ${what}`);
      return what === "first" ? new Promise(() => {}) : undefined;
    };
    performing.write([alone("second")]);
    await performing.host.reload();
    expect(journal).to.deep.equal(["start first", "stop first", "start second"]);
    expect(await ask()).to.equal("second");
    expect(performing.made.map(({ killedBecause }) => killedBecause)).to.deep.equal([
      "it didn't stop within 0.2 s",
      undefined,
    ]);
  });

  it("that is taken out has its process end", async () => {
    const { performing, journal } = await start("first");
    await using _ = performing;
    performing.write([]);
    expect((await performing.host.reload()).removed).to.deep.equal(["Alone"]);
    await performing.made[0]!.ended;
    expect(journal).to.deep.equal(["start first", "stop first"]);
  });
});
