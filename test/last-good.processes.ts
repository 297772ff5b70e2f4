import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { startModules, type Host } from "#src/index.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { serverBinding } from "./remote/served.js";
import { until } from "./until.js";

const MODULE = resolve("test/fixtures/processes/telling.mjs");

describe("the configuration that ran last, with modules that have a process", () => {
  let folder: string;
  let configFile: string;
  const hosts: Host[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-last-good-"));
    configFile = join(folder, "modules.yaml");
  });
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
    await rm(folder, { recursive: true });
  });

  const start = async (...entries: readonly string[]) => {
    const listed = entries.map((entry) => `- { module: "${MODULE}#${entry}, operate: { process: own } }\n`);
    await writeFile(configFile, `modules:\n${listed.join("")}`);
    const { logger } = captureLogs();
    const host = await startModules({
      configFile,
      lastGood: join(folder, "kept"),
      services: [serverBinding()],
      logger,
    });
    hosts.push(host);
    return host;
  };
  const processes = () => process.getActiveResourcesInfo().filter((resource) => resource === "ProcessWrap").length;

  for (const [what, entry] of [
    ["are refused", 'Missing"'],
    ["can't be started", 'Failing"'],
  ] as const) {
    it(`a start whose files ${what} ends the processes that it started for them`, async () => {
      const before = processes();
      const ran = await start('Plain", id: Ran');
      expect(processes() - before).to.equal(1);
      await ran.stop();
      const host = await start('Plain", id: Ran', 'Plain", id: New', entry);
      expect([host.health().state, host.modules.map(({ id }) => id), processes() - before]).to.deep.equal([
        "degraded",
        ["Ran"],
        1,
      ]);
      await host.stop();
      await until(() => processes() === before);
    });
  }
});
