import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { expect } from "chai";
import { isAlive } from "../is-alive.js";
import { until } from "../until.js";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");

describe("a run of tests", () => {
  const run = (args: readonly string[], fails = "") => {
    const fixture = "test/fixtures/mocha/leaves-a-process.mjs";
    const all = [mocha, "--no-config", "--require", "./scripts/end-run.mjs", ...args, fixture];
    const env = { ...process.env, FAILS: fails, END_RUN_AFTER_MS: "500" };
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8", env, timeout: 60_000 });
    return { status, stderr, left: Number(/left (\d+)/.exec(stdout + stderr)![1]) };
  };

  for (const outcome of ["fails", "passes"] as const) {
    it(`a run of tests ends and has failed when a test that ${outcome} leaves a process, which ends with it`, async () => {
      const { status, stderr, left } = run([], outcome === "fails" ? "1" : "");
      expect(status).to.equal(1);
      expect(stderr).to.match(/The tests have ended, and 0\.5 s later these still keep mocha running: .*ProcessWrap/);
      await until(() => !isAlive(left));
    });
  }

  it("a parallel run of tests ends when a test leaves a process, which ends with it", async () => {
    const { status, left } = run(["--parallel"], "1");
    expect(status).to.equal(1);
    await until(() => !isAlive(left));
  });
});
