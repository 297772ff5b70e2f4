import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import type { Host } from "#src/container/host.js";
import { startModules, type Denial } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { outcomeOf, serverBinding } from "../served.js";
import { until } from "../../until.js";

const MODULE = resolve("test/fixtures/processes/logging.mjs");

describe("the log level of a module that has a process", () => {
  const folder = mkdtempSync(join(tmpdir(), "ligand-levels-"));
  after(() => rmSync(folder, { recursive: true }));
  const configFile = join(folder, "modules.yaml");
  let host: Host | undefined;
  afterEach(() => host?.stop());

  it("decides in its process which lines it writes, below the level of the homeserver's log too, and follows a reload", async () => {
    const { logger, records } = captureLogs({ all: true });
    logger.level = "info";
    const write = (level: string) =>
      writeFileSync(
        configFile,
        `modules: [{ module: "${MODULE}#Logging", operate: { process: own${level && `, log_level: ${level}`} } }]\n`,
      );
    write("debug");
    host = await startModules({ configFile, logger, services: [serverBinding()] });
    const { spamChecker } = host.hooks;
    const ask = async (body: string) => {
      const verdict = await spamChecker.checkEventForSpam(roomEvent({ content: { body } }));
      return (verdict as Denial).fields;
    };
    // On a busy machine, there is also a warning of how long its first line took.
    const lines = () =>
      records
        .filter(({ module, message }) => module === "Logging" && !message.includes("kept the process busy"))
        .map(({ level, message }) => `${level}: ${message}`);

    expect(await ask("1")).to.deep.equal({ debug: true, info: true });
    write("error");
    expect((await host.reload()).adjusted).to.deep.equal(["Logging"]);
    expect(await ask("2")).to.deep.equal({ debug: false, info: false });
    await outcomeOf(() => ask("crash"));
    await until(() => records.some(({ message }) => message === "restarted module Logging"));
    expect(await ask("3")).to.deep.equal({ debug: false, info: false });
    write("");
    await host.reload();
    expect(await ask("4")).to.deep.equal({ debug: false, info: true });
    await until(() => lines().includes("info: info 4"));
    expect(lines().filter((line) => !line.startsWith("error"))).to.deep.equal([
      "debug: debug 1",
      "info: info 1",
      "info: info 4",
    ]);
  });
});
