import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { NOT_SPAM, startIsolated } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { outcomeOf, serverBinding, watchRejections } from "../remote/served.js";
import { until } from "../until.js";
import { KILLING } from "./faults.js";
import { requestIdOf } from "./faulty-modules.js";

const KEY = "spamChecker.checkEventForSpam";

describe("what ends or blocks a process, in an isolated one", function () {
  this.timeout(120_000);

  const folder = mkdtempSync(join(tmpdir(), "ligand-killing-"));
  const configFile = join(folder, "faults.yaml");

  before(() => {
    const file = new URL("./faulty-modules.js", import.meta.url).pathname;
    writeFileSync(configFile, JSON.stringify({ modules: [{ module: `${file}#Faulty` }] }));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [fault, { what }] of Object.entries(KILLING)) {
    it(`${fault}: ${what} is logged, and the modules answer again`, async () => {
      using rejections = watchRejections();
      const { logger, records } = captureLogs();
      await using host = await startIsolated({
        configFile,
        services: [serverBinding()],
        logger,
        callTimeoutMs: 5000,
        blockedLimitMs: 1500,
        nodeArgs: ["--max-old-space-size=100"],
      });
      const ask = (requestId: string) =>
        outcomeOf(() => host.hooks.spamChecker.checkEventForSpam(roomEvent(), { requestId }));
      const { instance } = host.info;
      await ask(requestIdOf(KEY, "kill", fault));
      await until(async () => "result" in (await ask("calm")) && host.info.instance !== instance);
      expect(await ask("calm")).to.deep.equal({ result: NOT_SPAM });
      expect(records.some(({ level }) => level === "error")).to.equal(true);
      expect(rejections.reasons).to.deep.equal([]);
    });
  }
});
