import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import type { Logger } from "winston";
import { remoteHost, startIsolated, startModules, StartError } from "#src/index.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { serveProcess } from "../cli/served-process.js";
import { outcomeOf, serverBinding, unixAddress, watchRejections } from "../remote/served.js";
import { until } from "../until.js";
import { THROWN } from "./faults.js";

const folder = mkdtempSync(join(tmpdir(), "ligand-lifecycle-"));
const file = new URL("./faulty-modules.js", import.meta.url).pathname;

/** Each fault once, each in a module of its own, between two that have none. */
const FAULTS = Object.keys(THROWN).flatMap((fault) => [
  { id: `throws ${fault}`, mode: "throw", fault },
  { id: `rejects ${fault}`, mode: "reject", fault },
]);
/** What a constructor or a `@postConstruct` method throws has no later form where it can't wait. */
const AT_ONCE = FAULTS.filter(({ mode }) => mode === "throw");

function configOf(
  at: string,
  faults: readonly { readonly id: string; readonly mode: string; readonly fault: string }[],
) {
  const configFile = join(folder, `${at}.yaml`);
  const entries = [
    { module: `${file}#Steady`, id: "first" },
    ...faults.map(({ id, mode, fault }) => ({ module: `${file}#FaultyLife`, id, config: { at, mode, fault } })),
    { module: `${file}#Steady`, id: "last" },
  ];
  // JSON is YAML, too.
  writeFileSync(configFile, JSON.stringify({ modules: entries }));
  return { configFile, services: [serverBinding()] };
}

/** Starts them in a real `ligand serve`, whose log is written to the logger. */
async function startServed({
  configFile,
  services,
  logger,
}: ReturnType<typeof configOf> & { readonly logger: Logger }) {
  const served = await serveProcess(configFile, unixAddress(), { onLine: (line) => logger.log(line) });
  const end = async () => {
    served.child.kill("SIGTERM");
    expect(await served.ended).to.equal("0");
  };
  try {
    const host = await remoteHost({ address: served.address, services });
    return { stop: () => host.stop().then(end) };
  } catch (error) {
    await end();
    throw error;
  }
}

const STARTS = { "in-process": startModules, isolated: startIsolated, served: startServed };

describe("modules that throw anything while they start, run and stop", () => {
  after(() => rmSync(folder, { recursive: true }));

  for (const [host, start] of Object.entries(STARTS)) {
    for (const [at, faults] of [
      ["constructor", AT_ONCE],
      ["postConstruct", FAULTS],
    ] as const) {
      it(`${host}: a start reports each module that fails at ${at}, and stops those that had started`, async () => {
        using rejections = watchRejections();
        const { logger, records } = captureLogs({ all: true });
        const outcome = await outcomeOf(() => start({ ...configOf(at, faults), logger }));
        const { error } = outcome as { error: StartError };
        expect(error).to.be.instanceOf(StartError);
        const named = error.problems.map(({ message }) => /\bmodule (.+?)( failed in its .*)?$/m.exec(message)?.[1]);
        expect(named).to.deep.equal(faults.map(({ id }) => id));
        expect(error.message.length).to.be.below(1_000_000);
        const steady = () =>
          records
            .filter(({ module }) => module === "first" || module === "last")
            .map((line) => [line.module, line.message]);
        await until(() => steady().length === 4);
        expect(steady()).to.deep.equal([
          ["first", "started"],
          ["last", "started"],
          ["last", "stopped"],
          ["first", "stopped"],
        ]);
        expect(rejections.reasons).to.deep.equal([]);
      });
    }

    it(`${host}: a stop logs each one that fails, and stops all others`, async () => {
      using rejections = watchRejections();
      const { logger, records } = captureLogs({ all: true });
      const running = await start({ ...configOf("preDestroy", FAULTS), logger });
      await running.stop();
      const failed = () => records.filter(({ message }) => message.includes("failed to stop"));
      await until(() => records.some(({ module, message }) => module === "first" && message === "stopped"));
      expect(failed().map(({ module }) => module)).to.deep.equal(FAULTS.map(({ id }) => id).toReversed());
      expect(rejections.reasons).to.deep.equal([]);
    });

    it(`${host}: @Every logs each failure, and calls again`, async () => {
      using rejections = watchRejections();
      const { logger, records } = captureLogs({ all: true });
      const running = await start({ ...configOf("every", FAULTS), logger });
      const failures = (id: string) => records.filter(({ message }) => message.includes(` ${id}.tick failed`)).length;
      await until(() => FAULTS.every(({ id }) => failures(id) >= 2));
      await running.stop();
      await pause(1);
      expect(rejections.reasons).to.deep.equal([]);
    });
  }
});
