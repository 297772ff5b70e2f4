import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { NOT_SPAM, remoteHost, startIsolated } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { serveProcess } from "../cli/served-process.js";
import { outcomeOf, serverBinding, unixAddress, watchRejections } from "../remote/served.js";
import { until } from "../until.js";
import { KILLING } from "./faults.js";
import { requestIdOf } from "./faulty-modules.js";

const KEY = "spamChecker.checkEventForSpam";

const folder = mkdtempSync(join(tmpdir(), "ligand-killing-"));
const configFile = join(folder, "faults.yaml");

/**
 * Tests of faults that end or block their process, in real processes.
 *
 * @param faults their names in `KILLING`
 */
export function testKilling(faults: readonly string[]): void {
  const chosen = Object.entries(KILLING).filter(([fault]) => faults.includes(fault));

  before(() => {
    mkdirSync(folder, { recursive: true });
    const file = new URL("./faulty-modules.js", import.meta.url).pathname;
    writeFileSync(configFile, JSON.stringify({ modules: [{ module: `${file}#Faulty` }] }));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  describe("what ends or blocks a process, in an isolated one", () => {
    for (const [fault, { what }] of chosen) {
      it(`${fault}: ${what} is logged, and the modules answer again`, async () => {
        using rejections = watchRejections();
        const { logger, records } = captureLogs({ all: true });
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

  describe("what ends or blocks a process, in a real ligand serve", () => {
    const OPTIONS = { args: ["--blocked-limit", "4s"], nodeArgs: ["--max-old-space-size=100"] };

    for (const [fault, { what, end, said }] of chosen) {
      it(`${fault}: ${what} ends it, the log says why, and the next one answers`, async () => {
        using rejections = watchRejections();
        const address = unixAddress();
        const served = await serveProcess(configFile, address, OPTIONS);
        const host = await remoteHost({ address, services: [serverBinding()] });
        const requestId = requestIdOf(KEY, "kill", fault);
        const outcome = await outcomeOf(() => host.hooks.spamChecker.checkEventForSpam(roomEvent(), { requestId }));
        expect(await served.ended).to.match(end);
        // A timer is late: the callback has answered, with nothing, which counts as a refusal.
        if ("error" in outcome) expect(outcome).to.have.nested.property("error.code", "LIGAND_REMOTE_LOST");
        else expect(fault).to.match(/^timer/);
        if (said) expect(served.output).to.match(said);

        const next = await serveProcess(configFile, address, OPTIONS);
        const again = await remoteHost({ address, services: [serverBinding()] });
        expect(await again.hooks.spamChecker.checkEventForSpam(roomEvent(), { requestId: "calm" })).to.equal(NOT_SPAM);
        next.child.kill("SIGTERM");
        expect(await next.ended).to.equal("0");
        expect(rejections.reasons).to.deep.equal([]);
      });
    }
  });
}
