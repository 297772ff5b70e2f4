import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SpamChecker } from "#src/catalogue/index.js";
import { isError } from "#src/errors/problem.js";
import type { Operate, ProgrammaticEntry } from "#src/index.js";
import { Codes } from "#src/matrix/codes.js";
import { deny } from "#src/matrix/verdict.js";
import { Module } from "#src/modules/module.js";
import { startModules } from "#src/start.js";
import { surveyModules } from "#src/survey-modules.js";
import { captureLogs } from "#src/testing/captured-logs.js";

@Module()
class NoInvites {
  @SpamChecker.userMayInvite()
  refuse() {
    return deny(Codes.FORBIDDEN);
  }
}

@Module()
class Strict {
  static parseConfig(config: object): object {
    if (Object.keys(config).length > 0) throw new Error("I take no config");
    return config;
  }
}

/** Which modules run, which don't, and what keeps all from running. */
async function survey(modules: readonly ProgrammaticEntry[], configFile: string[] = []) {
  const { value = [], failed, problems } = await surveyModules({ configFile, modules });
  return {
    loaded: value.map(({ info }) => info.id),
    failed: failed.map((module) => [
      module.info.id,
      ...module.problems.map(({ path, message }) => `${path}: ${message}`),
    ]),
    errors: problems.filter(isError).map(({ path, code }) => `${path}: ${code}`),
  };
}

describe("modules that the others run without", () => {
  it("a module of a program whose `operate` is wrong doesn't run when it's only tried", async () => {
    const { logger, records } = captureLogs();
    const operate = { mode: "shadow", timeout: "5" } as unknown as Operate;
    await using host = await startModules({ modules: [{ module: NoInvites, operate }], logger });
    expect(host.modules).to.deep.equal([]);
    const answer = await host.hooks.spamChecker.userMayInvite("@ann:hs", "@bob:hs", "!room:hs");
    expect(answer).to.equal("NOT_SPAM");
    const errors = records.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(errors).to.deep.equal([
      'The others run without module NoInvites: modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it\'s the string "5" [LIGAND_CONFIG_INVALID] Write `5s` or `5ms`.',
    ]);
  });

  it("a module of a program that names a process doesn't run when it isn't required", async () => {
    const operate = { required: false, process: "x" } as Operate;
    expect(await survey([{ module: NoInvites, operate }, { module: Strict }])).to.deep.equal({
      loaded: ["Strict"],
      failed: [["NoInvites", "modules[0].operate.process: the class `NoInvites` can't run in another process"]],
      errors: [],
    });
  });

  it("a module whose id another one has doesn't run when it isn't required", async () => {
    const entries = [
      { module: NoInvites, id: "x" },
      { module: Strict, id: "x", operate: { required: false } },
    ];
    expect(await survey(entries)).to.deep.equal({
      loaded: ["x"],
      failed: [["x", 'modules[1].id: duplicate module id "x" (first used by modules[0])']],
      errors: [],
    });
  });

  it("a class without a name is called module where the others run without it", async () => {
    const module = (() => class {})();
    const operate = { required: false, timeout: "5" } as unknown as Operate;
    const { failed } = await survey([{ module, operate }]);
    expect(failed.map(([id]) => id)).to.deep.equal(["module"]);
  });

  describe("beside disabled entries of a file", () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "ligand-optional-"));
      await writeFile(join(folder, "modules.yaml"), "modules:\n- module: ./absent.mjs\n  enabled: false\n");
    });
    after(() => rm(folder, { recursive: true }));

    it("a problem counts against the entry of a program that has it, and not against one that isn't required", async () => {
      const entries = [
        { module: NoInvites, operate: { required: false } },
        { module: Strict, config: { wrong: true } },
        { module: Strict, id: "NoInvites" },
        { module: Strict, id: "NoInvites" },
      ];
      expect(await survey(entries, [join(folder, "modules.yaml")])).to.deep.equal({
        loaded: ["NoInvites-2", "NoInvites", "NoInvites"],
        failed: [],
        errors: ["modules[4].id: LIGAND_MODULE_ID_REPEATED", "modules[2].config: LIGAND_CONFIG_REJECTED"],
      });
    });
  });
});
