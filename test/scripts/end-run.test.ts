import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { expect } from "chai";

const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");

describe("a run of tests", function () {
  this.timeout(60_000);

  for (const outcome of ["fails", "passes"] as const) {
    it(`a run of tests ends and has failed when a test that ${outcome} leaves a server`, () => {
      const args = ["--no-config", "--require", "./scripts/end-run.mjs", "test/fixtures/mocha/leaves-a-server.mjs"];
      const env = { ...process.env, FAILS: outcome === "fails" ? "1" : "" };
      const { status, stderr } = spawnSync(process.execPath, [mocha, ...args], {
        encoding: "utf8",
        env,
        timeout: 60_000,
      });
      expect(status).to.equal(1);
      expect(stderr).to.match(/^The tests have ended, and 10 s later these still keep mocha running: .*TCPServerWrap/);
    });
  }
});
