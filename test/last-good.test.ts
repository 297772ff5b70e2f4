import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { keepFiles, keptFiles } from "#src/config/kept-files.js";
import type { Health } from "#src/container/health.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { problemLine } from "#src/errors/problem.js";
import { ConfigError, StartError } from "#src/errors/start-error.js";
import {
  inspector,
  Module,
  NOT_SPAM,
  postConstruct,
  SpamChecker,
  type Denial,
  type Host,
  type StartOptions,
} from "#src/index.js";
import { prepareModules, startModules } from "#src/start.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { run } from "./cli/captured-terminal.js";
import { failureOf } from "./failure-of.js";
import { Intervals } from "./intervals.js";
import { RUNNING } from "./running-module.js";

/** A module that refuses with a word of its config, and doesn't start with the word "word-that-keeps-it-down". */
const REFUSER = `
import { Codes, deny, inject, Module, ModuleConfig, postConstruct, Secret, SpamChecker } from ${JSON.stringify(import.meta.resolve("#src/index.js"))};
import { IsOptional, IsString } from ${JSON.stringify(import.meta.resolve("class-validator"))};
class Settings {}
for (const decorator of [Secret(), IsOptional(), IsString()]) decorator(Settings.prototype, "word");
export class Refuser {
  constructor(config) { this.config = config; }
  start() { if (this.config.word === "word-that-keeps-it-down") throw new RangeError("no disk"); }
  check() { return deny(Codes.FORBIDDEN, { error: this.config.word }); }
}
inject(ModuleConfig)(Refuser, undefined, 0);
SpamChecker.checkEventForSpam()(Refuser.prototype, "check", Object.getOwnPropertyDescriptor(Refuser.prototype, "check"));
postConstruct()(Refuser.prototype, "start", Object.getOwnPropertyDescriptor(Refuser.prototype, "start"));
Module({ config: Settings })(Refuser);
`;

const STARTED = "The configuration can't be started; the modules run with the one that ran last";
const REFUSED = "The configuration is refused; the modules run with the one that ran last";
const AGAIN = "The configuration that ran last can't be used either: ";

describe("startModules with lastGood", () => {
  let folder: string;
  const hosts: Host[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-last-good-"));
    await write("refuser.mjs", REFUSER);
  });
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
    await rm(folder, { recursive: true });
  });

  const path = (name: string) => join(folder, name);
  const write = (name: string, text: string) => writeFile(path(name), text);
  const list = (...configs: readonly string[]) =>
    write(
      "modules.yaml",
      `modules:\n${configs.map((config) => `- { module: ./refuser.mjs#Refuser, config: { ${config} } }\n`).join("")}`,
    );
  const start = async (options: Partial<StartOptions> = {}) => {
    const { logger, records } = captureLogs();
    const starting = startModules({ configFile: path("modules.yaml"), lastGood: path("kept"), logger, ...options });
    const ended = await starting.then(
      (host) => ({ host, error: undefined }),
      (error: unknown) => ({ host: undefined, error }),
    );
    if (ended.host) hosts.push(ended.host);
    const lines = () =>
      records.filter(({ level }) => level === "error").map(({ message }) => message.replaceAll(folder, "…"));
    return { ...ended, lines };
  };
  const started = async (options?: Partial<StartOptions>) => {
    const { host, error, lines } = await start(options);
    if (!host) throw error;
    return { host, lines };
  };
  const ran = async (...configs: readonly string[]) => {
    await list(...configs);
    const { host } = await started();
    await host.stop();
  };
  const word = async (host: Pick<Host, "hooks">) =>
    ((await host.hooks.spamChecker.checkEventForSpam(roomEvent())) as Denial).error;
  const keptText = () => readFile(path("kept/last-good.json"), "utf8");
  const shown = ({ modules, lastReload, ...health }: Health) => ({
    ...health,
    lastReload: lastReload && { ...lastReload, at: typeof lastReload.at },
    modules: modules.map((module) => ({ ...module, since: typeof module.since })),
  });
  const refuser = { id: "Refuser", ...RUNNING, since: "number" };

  it("a start that the file refuses runs the configuration that ran last, logs every problem, and is degraded", async () => {
    await ran("word: word-that-ran");
    expect((await stat(path("kept/last-good.json"))).mode & 0o777).to.equal(0o600);
    expect((await stat(path("kept"))).mode & 0o777).to.equal(0o700);
    await list("word: word-of-the-new-file, wrd: x", "word: 5");
    const { host, lines } = await started();
    const told = [
      "…/modules.yaml:2:74 modules[0].config.wrd: `wrd` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY] Did you mean `word`?",
      "…/modules.yaml:3:52 modules[1].config.word: `word` must be a string, but it's a number (not shown) [LIGAND_CONFIG_TYPE] Put the value in quotes.",
    ];
    expect(lines()).to.deep.equal([REFUSED, ...told]);
    expect(await word(host)).to.equal("word-that-ran");
    expect(shown(host.health())).to.deep.equal({
      state: "degraded",
      revision: 1,
      lastReload: null,
      modules: [{ ...refuser, calls: 1, slowest: host.health().modules[0]!.slowest }],
    });
    expect(host.metrics()).to.include('ligand_configuration_last_good{server_name=""} 1\n');
    expect(await keptText()).to.include("word: word-that-ran");
    const page = await inspector(host, { authorize: () => true })(new Request("http://hs.example/"));
    expect(await page.text()).to.include("revision 1: the one that ran last, because the files can&#39;t be used");
  });

  it("a reload that the file refuses leaves it degraded, a dry run as well, and one of a right file ends it", async () => {
    await ran("word: word-that-ran");
    await write("modules.yaml", "modules: [\n");
    const { host } = await started();
    const degraded = { state: "degraded", revision: 1, lastReload: null, modules: [refuser] };
    expect(shown(host.health())).to.deep.equal(degraded);
    expect(await failureOf(host.reload())).to.be.instanceOf(StartError);
    const lastReload = { at: "number", outcome: "refused", problems: 1 };
    expect(shown(host.health())).to.deep.equal({ ...degraded, lastReload });
    await list("word: word-of-the-new-file");
    expect((await host.reload({ dryRun: true })).replaced).to.deep.equal(["Refuser"]);
    expect(shown(host.health())).to.deep.equal({ ...degraded, lastReload });
    expect(await keptText()).to.include("word: word-that-ran");
    expect((await host.reload()).replaced).to.deep.equal(["Refuser"]);
    expect(shown(host.health())).to.deep.equal({
      state: "running",
      revision: 2,
      lastReload: { at: "number", outcome: "done", problems: 0 },
      modules: [{ ...refuser, restarts: 1 }],
    });
    expect(await word(host)).to.equal("word-of-the-new-file");
    expect(await keptText()).to.include("word: word-of-the-new-file");
    expect(host.metrics()).to.include('ligand_configuration_last_good{server_name=""} 0\n');
    await host.stop();
    expect(host.health().state).to.equal("stopped");
  });

  it("a reload of a file that says again what runs changes nothing, and ends it", async () => {
    await ran("word: word-that-ran");
    await write("modules.yaml", "modules: [\n");
    const { host } = await started();
    await list("word: word-that-ran");
    expect(await host.reload()).to.deep.include({ kept: ["Refuser"], revision: 1 });
    expect(host.health().state).to.equal("running");
  });

  it("a start whose modules can be read and don't start runs the configuration that ran last", async () => {
    await ran("word: word-that-ran");
    await list("word: word-that-keeps-it-down");
    const { host, lines } = await started();
    expect(lines()).to.deep.equal([
      STARTED,
      `…/modules.yaml:2:13: module Refuser failed in its @postConstruct method [LIGAND_MODULE_START_FAILED] Read the cause: it's an error in the module's code. Caused by: no disk (at …/refuser.mjs:8:71)`,
    ]);
    expect([await word(host), host.health().state]).to.deep.equal(["word-that-ran", "degraded"]);
  });

  it("the log says each minute that the configuration that ran last is used, until a reload or a stop ends that", async () => {
    using minutes = new Intervals(60_000);
    await ran("word: word-that-ran");
    const reminders = async (end: (host: Host) => Promise<unknown>) => {
      await write("modules.yaml", "modules: [\n");
      const { host, lines } = await started();
      for (const _ of [1, 2]) minutes.elapse();
      await end(host);
      minutes.elapse();
      expect(lines().filter((line) => line === REFUSED)).to.deep.equal([REFUSED, REFUSED, REFUSED]);
      expect(minutes.count).to.equal(0);
    };
    await reminders(async (host) => {
      await list("word: word-of-the-new-file");
      await host.reload();
    });
    await reminders((host) => host.stop());
  });

  it("a start that the file refuses fails with every problem when no configuration ran before", async () => {
    await list("wrd: x", "word: 5");
    const { error, lines } = await start();
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ code }) => code)).to.deep.equal([
      "LIGAND_CONFIG_UNKNOWN_KEY",
      "LIGAND_CONFIG_TYPE",
    ]);
    expect(lines()).to.deep.equal([]);
    expect(await readdir(folder)).not.to.include("kept");
  });

  it("a start that the file refuses fails with its problems when what ran last is refused as well, and the log says why", async () => {
    using minutes = new Intervals(60_000);
    await ran("word: word-that-ran");
    await write("refuser.mjs", "export const nothing = 1;\n");
    await write("other.mjs", REFUSER);
    await keepFiles(
      path("kept"),
      [path("modules.yaml")],
      new Map([[path("modules.yaml"), "modules:\n- { module: ./other.mjs#Refuser, config: { word: 5 } }\n"]]),
    );
    await write("modules.yaml", "modules:\n- { module: ./other.mjs#Refuser, config: { wrd: x } }\n");
    const { error, lines } = await start();
    const problems = (error as ConfigError).problems.map((problem) => problemLine(problem).replaceAll(folder, "…"));
    expect(problems).to.deep.equal([
      "…/modules.yaml:2:44 modules[0].config.wrd: `wrd` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY] Did you mean `word`?",
    ]);
    const [first, second, third = "", ...others] = lines();
    expect([first, second, others]).to.deep.equal([REFUSED, ...problems, []]);
    expect(third.startsWith(AGAIN), third).to.equal(true);
    expect(third).to.include("`word` must be a string");
    expect(minutes.count).to.equal(0);
  });

  it("a start fails when what ran last doesn't start either", async () => {
    await ran("word: word-that-ran");
    await keepFiles(
      path("kept"),
      [path("modules.yaml")],
      new Map([
        [
          path("modules.yaml"),
          "modules:\n- { module: ./refuser.mjs#Refuser, id: kept, config: { word: word-that-keeps-it-down } }\n",
        ],
      ]),
    );
    await write(
      "modules.yaml",
      "modules:\n- { module: ./refuser.mjs#Refuser, id: written, config: { word: word-that-keeps-it-down } }\n",
    );
    const { error, lines } = await start();
    expect((error as StartError).problems.map(({ message }) => message)).to.deep.equal([
      "module written failed in its @postConstruct method",
    ]);
    expect(lines()[2]).to.include(`${AGAIN}1 problem found`).and.to.include("module kept failed");
  });

  it("a start whose file is what ran last fails with its problems, and says nothing of another configuration", async () => {
    await ran("word: word-that-ran");
    await write("refuser.mjs", "export const nothing = 1;\n");
    await write("other.mjs", REFUSER);
    await write("modules.yaml", "modules:\n- { module: ./other.mjs#Refuser, config: { word_path: ./word } }\n");
    await write("word", "a secret\n");
    await (await started()).host.stop();
    await rm(path("word"));
    const { error, lines } = await start();
    expect((error as ConfigError).problems.map(({ path: key }) => key)).to.deep.equal(["modules[0].config.word_path"]);
    expect(lines()).to.deep.equal([]);
  });

  it("secrets that the configuration that ran last reads from files are those that are there now, and aren't kept", async () => {
    await write("word", "before-the-reboot\n");
    await ran("word_path: ./word");
    expect(await keptText()).not.to.include("before-the-reboot");
    await write("word", "after-the-reboot\n");
    await write("modules.yaml", "modules: [\n");
    expect(await word((await started()).host)).to.equal("after-the-reboot");
  });

  it("files of a folder are kept together, and a file that was added since is left out", async () => {
    await mkdir(path("conf.d"));
    await write(
      "conf.d/modules.yaml",
      "modules:\n- { module: ../refuser.mjs#Refuser, config: { word: word-that-ran } }\n",
    );
    await write("conf.d/server.yaml", "server_name: example.org\n");
    const options = { configFile: path("conf.d") };
    await (await started(options)).host.stop();
    await write("conf.d/zz-broken.yaml", "modules: [\n");
    const { host, lines } = await started(options);
    expect([await word(host), lines()[0]]).to.deep.equal(["word-that-ran", REFUSED]);
  });

  it("a folder in the place of a file is no reason not to run the configuration that ran last", async () => {
    await ran("word: word-that-ran");
    await rm(path("modules.yaml"));
    // As a container's engine does when the file that it should mount is missing.
    await mkdir(path("modules.yaml"));
    const { host, lines } = await started();
    expect([await word(host), lines()]).to.deep.equal([
      "word-that-ran",
      [
        REFUSED,
        "the folder `…/modules.yaml` has no files `*.yaml` [LIGAND_CONFIG_UNREADABLE] Name a file, or give the files in the folder names that end with `.yaml`.",
      ],
    ]);
  });

  it("the lock holds the configuration that ran last, too: a start fails if a file of its module has changed", async () => {
    await ran("word: word-that-ran");
    await run(["lock", path("modules.yaml")]);
    const locked = await readFile(path("modules.yaml"), "utf8");
    await write("modules.yaml", `${locked}- { module: ./refuser.mjs#Refuser, id: unlocked }\n`);
    const { host, lines } = await started();
    expect([await word(host), lines().length, lines()[0]]).to.deep.equal(["word-that-ran", 2, REFUSED]);
    expect(lines()[1]).to.include("[LIGAND_LOCK_DIFFERS]");
    await host.stop();

    await write("refuser.mjs", `${REFUSER}// Changed.\n`);
    const { error, lines: after } = await start();
    expect((error as StartError).problems.map(({ code }) => code)).to.deep.equal([
      "LIGAND_LOCK_DIFFERS",
      "LIGAND_LOCK_DIFFERS",
    ]);
    expect(after().at(-1)).to.include(AGAIN).and.to.include("LIGAND_LOCK_DIFFERS");
  });

  it("a start goes on and says so when the configuration can't be kept, and so does a reload", async () => {
    await list("word: word-that-ran");
    await write("kept", "This is a file.\n");
    const { host, lines } = await started();
    const couldnt =
      "couldn't keep the configuration in …/kept [LIGAND_CONFIG_UNREADABLE] Let this process write to the folder. Until then a start may run an older one. Caused by: EEXIST: file already exists, mkdir '…/kept'";
    expect([await word(host), lines()]).to.deep.equal(["word-that-ran", [couldnt]]);
    await list("word: word-of-the-new-file");
    await host.reload();
    expect([await word(host), lines()]).to.deep.equal(["word-of-the-new-file", [couldnt, couldnt]]);
    expect(host.health().state).to.equal("running");
  });

  it("a start that the file refuses fails with its problems when what was kept can't be used, and the log says why", async () => {
    await mkdir(path("kept"));
    const isnt = "…/kept/last-good.json isn't a configuration that Ligand kept [LIGAND_CONFIG_UNREADABLE]";
    const remedy = "Remove the file; the next start that works writes it again.";
    for (const [text, why] of [
      ["null", "its version is undefined, not 1"],
      ['{ "version": 2, "files": {} }', "its version is 2, not 1"],
      ['{ "version": 1, "files": {} }', "it has no files"],
      ['{ "version": 1, "files": ["modules: []"] }', "it has no files"],
    ] as const) {
      await write("kept/last-good.json", text);
      await write("modules.yaml", "modules: [\n");
      const { error, lines } = await start();
      expect((error as ConfigError).problems.map(({ code }) => code)).to.deep.equal(["LIGAND_CONFIG_SYNTAX"]);
      expect(lines()).to.deep.equal([`${isnt} ${remedy} Caused by: ${why}`]);
    }
  });

  it("a start says what keeps it from reading what was kept", async () => {
    await mkdir(path("kept/last-good.json"), { recursive: true });
    await write("modules.yaml", "modules: [\n");
    const { error, lines } = await start();
    expect((error as ConfigError).problems.map(({ code }) => code)).to.deep.equal(["LIGAND_CONFIG_SYNTAX"]);
    expect(lines()).to.deep.equal([
      "couldn't read the configuration that was kept as …/kept/last-good.json [LIGAND_CONFIG_UNREADABLE] Let this process read it, or remove it; the next start that works writes it again. Caused by: …/kept/last-good.json isn't a regular file [LIGAND_ARGUMENT_INVALID]",
    ]);
  });

  it("a right file replaces what was kept and can't be read", async () => {
    await mkdir(path("kept"));
    await write("kept/last-good.json", "{");
    await ran("word: word-that-ran");
    expect(await keptText()).to.include("word: word-that-ran");
  });

  it("a folder that keeps the configuration of another homeserver's files isn't used by a start, nor written to, and the log says so", async () => {
    await ran("word: word-that-ran");
    await write("other.yaml", "modules: [\n");
    const ofOthers =
      "…/kept/last-good.json keeps the configuration of …/modules.yaml, and not of …/other.yaml [LIGAND_CONFIG_UNREADABLE] Give each homeserver a folder of its own for it, or remove the file if those have moved.";
    const { error, lines } = await start({ configFile: path("other.yaml") });
    expect((error as ConfigError).problems.map(({ code }) => code)).to.deep.equal(["LIGAND_CONFIG_SYNTAX"]);
    expect(lines()).to.deep.equal([ofOthers]);

    await write("other.yaml", "modules: []\n");
    const other = await started({ configFile: path("other.yaml") });
    expect([other.host.health().state, other.lines()]).to.deep.equal(["running", [ofOthers]]);
    await write("modules.yaml", "modules: [\n");
    expect(await word((await started()).host)).to.equal("word-that-ran");
  });

  it("a kept configuration that belongs to another user, or that others may write to, isn't used: they could choose which modules run", async () => {
    await ran("word: word-that-ran");
    const user = process.geteuid!();
    const error = (await failureOf(keptFiles(path("kept"), [path("modules.yaml")], user + 1))) as LigandError;
    expect([error.code, error.message, error.remedy]).to.deep.equal([
      "LIGAND_CONFIG_UNREADABLE",
      `${path("kept/last-good.json")} belongs to another user (uid ${user}), who could choose which modules run`,
      "Remove the file; the next start that works writes it again.",
    ]);

    await chmod(path("kept/last-good.json"), 0o620);
    await write("modules.yaml", "modules: [\n");
    const { lines } = await start();
    expect(lines()).to.deep.equal([
      "other users may write to …/kept/last-good.json, and choose which modules run [LIGAND_CONFIG_UNREADABLE] Remove the file; the next start that works writes it again.",
    ]);
    await ran("word: word-that-runs-again");
    await write("modules.yaml", "modules: [\n");
    expect(await word((await started()).host)).to.equal("word-that-runs-again");
  });

  it("processes that keep their configurations at the same time leave a whole one and nothing else", async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `modules: []\n${"# x\n".repeat(index * 1000)}`);
    await Promise.all(
      texts.map((text) => keepFiles(path("kept"), [path("modules.yaml")], new Map([[path("modules.yaml"), text]]))),
    );
    const { files } = JSON.parse(await keptText()) as { files: Record<string, string> };
    expect(texts).to.include(files[path("modules.yaml")]);
    expect(await readdir(path("kept"))).to.deep.equal(["last-good.json"]);
  });

  it("a start whose file has no section runs the configuration that ran last, and keeps it", async () => {
    await ran("word: word-that-ran");
    for (const text of ["", "server_name: example.org\n"]) {
      await write("modules.yaml", text);
      const { host, lines } = await started();
      expect([await word(host), host.health().state]).to.deep.equal(["word-that-ran", "degraded"]);
      expect(lines()).to.deep.equal([
        REFUSED,
        "…/modules.yaml: there is no section `modules` [LIGAND_CONFIG_MISSING_KEY] To run no modules, write `modules: []`.",
      ]);
      expect(await keptText()).to.include("word: word-that-ran");
    }
    await write("modules.yaml", "modules: []\n");
    const { host, lines } = await started();
    expect([host.modules, host.health().state, lines()]).to.deep.equal([[], "running", []]);
    expect(await keptText()).to.include("modules: []");
  });

  it("a file without a section starts as before when no configuration ran before, and isn't kept", async () => {
    await write("modules.yaml", "server_name: example.org\n");
    for (const _ of [1, 2]) {
      const { host, lines } = await started();
      expect([host.health().state, lines()]).to.deep.equal(["running", []]);
    }
    expect(await readdir(folder)).not.to.include("kept");
  });

  it("a program that names no file keeps nothing, at its start and at a reload", async () => {
    await ran("word: word-that-ran");
    const { logger } = captureLogs();
    const host = await startModules({ lastGood: path("kept"), logger });
    hosts.push(host);
    await host.reload();
    expect(await keptText()).to.include("word: word-that-ran");
  });

  it("modules that the program passes run beside the configuration that ran last, and their failures aren't its", async () => {
    @Module()
    class Passing {
      static fails = false;

      @postConstruct()
      start() {
        if (Passing.fails) throw new RangeError("no");
      }

      @SpamChecker.checkEventForSpam()
      check() {
        return NOT_SPAM;
      }
    }
    const options = { modules: [{ module: Passing }] };
    await list("word: word-that-ran");
    await (await started(options)).host.stop();
    await write("modules.yaml", "modules: [\n");
    const { host } = await started(options);
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["Refuser", "Passing"]);
    await host.stop();
    Passing.fails = true;
    const { error, lines } = await start(options);
    expect((error as StartError).problems.map(({ code }) => code)).to.deep.equal(["LIGAND_CONFIG_SYNTAX"]);
    expect(lines().at(-1)).to.include(AGAIN).and.to.include("module Passing failed in its @postConstruct method");
  });

  it("prepared modules start with the configuration that ran last as well", async () => {
    await ran("word: word-that-ran");
    await write("modules.yaml", "modules: [\n");
    const { logger } = captureLogs();
    const prepared = prepareModules({ configFile: path("modules.yaml"), lastGood: path("kept"), logger });
    hosts.push(await prepared.start());
    expect(await word(prepared)).to.equal("word-that-ran");
  });

  it("without the option nothing is kept, and an option that isn't a string is refused", async () => {
    await list("word: word-that-ran");
    const { logger } = captureLogs();
    hosts.push(await startModules({ configFile: path("modules.yaml"), logger }));
    expect((await readdir(folder)).toSorted()).to.deep.equal(["modules.yaml", "refuser.mjs"]);
    const error = await failureOf(startModules({ lastGood: 5 as unknown as string }));
    expect(error).to.be.instanceOf(LigandError).with.property("code", "LIGAND_ARGUMENT_INVALID");
  });
});
