import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { ReloadError, StartError } from "#src/errors/start-error.js";
import { Module } from "#src/modules/module.js";
import { SpamChecker } from "#src/index.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { run } from "../cli/captured-terminal.js";
import { failureOf } from "../failure-of.js";
import { FILTER, installations, moduleText, type Installation } from "./installation.js";

describe("ligand lock", () => {
  const create = installations();

  const start = (installation: Installation) =>
    startModules({ configFile: installation.path("modules.yaml"), logger: captureLogs().logger });
  const refusal = async (installation: Installation, starting: Promise<unknown> = start(installation)) => {
    const error = await failureOf(starting);
    expect(error).to.be.instanceOf(StartError);
    return (error as StartError).problems.map(({ code, message, position, remedy }) => ({
      code,
      message: message.replaceAll(installation.folder, "…"),
      line: position?.line,
      remedy: remedy.replaceAll(installation.folder, "…"),
    }));
  };

  it("ligand lock writes what each module is made of and what it asks for, and says so", async () => {
    const installation = await (await create()).withLinkFilter();
    expect(await installation.lock()).to.deep.equal({
      code: 0,
      stdout:
        "module LinkFilter is new: `@example/link-filter#LinkFilter` of @example/link-filter@1.0.0, which asks for Clock\n" +
        "…/modules.lock.json: 1 module locked\n",
      stderr: "",
    });
    // The same on each Node that runs this, and in each folder.
    const files = "sha512-8ARP5BlnFKHIFM3Eu+6BiUrXaP+VvWH5MaelZTEylU1jiRWqPjX4eTowuJmXmzfDzzEo29dx7Nlx3iA+f92IFQ==";
    const dependencies =
      "sha512-UOZwXi1bIcPix7vx79xWzV3hY9e/PAXHLRqkdw96t3a0/jzxVN0p+6NQFkBsQdiCyoXxfkuV7GlmVlvvJk88zA==";
    expect(JSON.parse(await installation.lockText())).to.deep.equal({
      lockVersion: 1,
      of: "modules.yaml",
      modules: {
        LinkFilter: {
          module: "@example/link-filter#LinkFilter",
          package: "@example/link-filter@1.0.0",
          files,
          dependencies,
          unlocked: [],
          hooks: ["PasswordAuth.authChecker", "SpamChecker.checkEventForSpam"],
          services: ["Clock"],
          webPaths: ["GET /_synapse/client/links"],
          loginTypes: ["org.example.link(link)"],
        },
      },
    });
    expect((await installation.lock()).stdout).to.equal("…/modules.lock.json: nothing changed\n");
    expect(await installation.lock("--check")).to.deep.equal({
      code: 0,
      stdout: "…/modules.lock.json is up to date\n",
      stderr: "",
    });
    await using host = await start(installation);
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["LinkFilter"]);
  });

  it("a lock has the same bytes for a linked package in another folder, with other modes and what builds leave", async () => {
    const installed = await (await create()).withLinkFilter();
    await installed.lock();

    const workspace = await (await create()).withLinkFilter();
    const read = (name: string) => readFile(workspace.path(`${FILTER}/${name}`), "utf8");
    const [manifest, code] = [await read("package.json"), await read("dist/index.js")];
    await rm(workspace.path(FILTER), { recursive: true });
    await workspace.write({
      "packages/link-filter/package.json": manifest,
      "packages/link-filter/dist/index.js": code,
      "packages/link-filter/dist/index.js.map": "{}",
      "packages/link-filter/dist/.cache": "",
      "packages/link-filter/dist/node_modules/x/index.js": "",
      "packages/link-filter/tsconfig.tsbuildinfo": "{}",
      "packages/link-filter/src/index.ts": "",
      "packages/link-filter/node_modules/dev/index.js": "",
      "node_modules/.package-lock.json": JSON.stringify({
        packages: {
          [FILTER]: { resolved: "packages/link-filter", link: true },
          "packages/link-filter": { version: "1.0.0", dependencies: { "link-list": "^1.0.0" } },
          "node_modules/link-list": { version: "1.0.0", integrity: "sha512-list" },
        },
      }),
    });
    await symlink("../../packages/link-filter", workspace.path(FILTER));
    await chmod(workspace.path("packages/link-filter/dist/index.js"), 0o700);
    expect((await workspace.lock()).code).to.equal(0);
    expect(await workspace.lockText()).to.equal(await installed.lockText());
  });

  it("a start refuses a module whose files changed, before it's imported", async () => {
    const installation = await (await create()).withLinkFilter();
    await installation.lock();
    const mark = installation.path("mark");
    await installation.write({ [`${FILTER}/dist/index.js`]: moduleText({ mark }) });
    const remedy =
      "`ligand lock …/modules.yaml --check` imports the module and says what it asks for; `ligand lock …/modules.yaml` accepts it.";
    const expected = [
      { code: "LIGAND_LOCK_DIFFERS", message: "`@example/link-filter#LinkFilter` has other files", line: 2, remedy },
    ];
    expect(await refusal(installation)).to.deep.equal(expected);
    const checked = await run(["check", "--format", "json", installation.path("modules.yaml")]);
    expect(checked.code).to.equal(1);
    expect(checked.stdout).to.contain("`@example/link-filter#LinkFilter` has other files");
    for (const command of ["explain", "schema"]) {
      expect((await run([command, installation.path("modules.yaml")])).stderr).to.contain("has other files");
    }
    expect(existsSync(mark)).to.equal(false);
    await installation.lock();
    await using host = await start(installation);
    expect(host.modules.length).to.equal(1);
  });

  it("ligand lock says what a new version asks for, and a start refuses it until then", async () => {
    const installation = await (await create()).withLinkFilter();
    await installation.lock();
    // Node imports a file once; in another folder it's another file.
    const newer = await (await create()).withLinkFilter({ version: "1.1.0", services: ["Clock", "Auth"] });
    await writeFile(newer.path("modules.lock.json"), await installation.lockText());
    expect((await refusal(newer)).map(({ message }) => message)).to.deep.equal([
      "`@example/link-filter#LinkFilter` has version 1.1.0, no longer 1.0.0",
      "`@example/link-filter#LinkFilter` has other files",
    ]);
    const changes = [
      "a new version of @example/link-filter has version 1.1.0, no longer 1.0.0",
      "a new version of @example/link-filter has other files",
      "a new version of @example/link-filter asks for the service Auth",
    ];
    expect(await newer.lock("--check")).to.deep.equal({
      code: 1,
      stdout: [
        ...changes,
        "…/modules.lock.json says something else. To accept the modules as they are: ligand lock …/modules.yaml\n",
      ].join("\n"),
      stderr: "",
    });
    expect((await newer.lock()).stdout).to.equal([...changes, "…/modules.lock.json: 1 module locked\n"].join("\n"));
  });

  it("a start refuses a module one of whose dependencies npm replaced", async () => {
    const installation = await (await create()).withLinkFilter();
    await installation.lock();
    await installation.withLinkFilter({ list: "sha512-other" });
    expect((await refusal(installation)).map(({ message }) => message)).to.deep.equal([
      "`@example/link-filter#LinkFilter` depends on other packages",
    ]);
  });

  it("a start refuses a module that asks for something else than its lock says, before it's constructed", async () => {
    const mark = (await create()).path("mark");
    const installation = await (await create()).withLinkFilter({ mark });
    await installation.lock();
    const lock = JSON.parse(await installation.lockText()) as { modules: { LinkFilter: object } };
    Object.assign(lock.modules.LinkFilter, { hooks: [], services: ["Auth"], webPaths: [], loginTypes: [] });
    await writeFile(installation.path("modules.lock.json"), JSON.stringify(lock));
    expect((await refusal(installation)).map(({ message, line }) => [message, line])).to.deep.equal([
      ["module LinkFilter answers the hooks PasswordAuth.authChecker, SpamChecker.checkEventForSpam", 2],
      ["module LinkFilter asks for the service Clock", 2],
      ["module LinkFilter no longer asks for the service Auth", 2],
      ["module LinkFilter serves the web path GET /_synapse/client/links", 2],
      ["module LinkFilter offers the login type org.example.link(link)", 2],
    ]);
    expect(await readFile(mark, "utf8")).to.equal("imported\n");
  });

  it("a reload refuses a module that isn't in the lock, and takes one out without asking", async () => {
    const installation = await (await create()).withLinkFilter();
    await installation.write({ "new.mjs": moduleText() });
    await installation.lock();
    await using host = await start(installation);
    const before = await readFile(installation.path("modules.yaml"), "utf8");
    await writeFile(installation.path("modules.yaml"), `${before}  - module: ./new.mjs#LinkFilter\n    id: New\n`);
    const refused = host.reload();
    expect(await failureOf(refused)).to.be.instanceOf(ReloadError);
    expect((await refusal(installation, refused)).map(({ message, line }) => [message, line])).to.deep.equal([
      ["`./new.mjs#LinkFilter` isn't in the lock", 3],
    ]);
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["LinkFilter"]);
    await writeFile(installation.path("modules.yaml"), "modules: []\n");
    expect((await host.reload()).removed).to.deep.equal(["LinkFilter"]);
    expect(await installation.lock("--check")).to.deep.include({ code: 1, stderr: "" });
  });

  it("a module that may be missing is left out when it differs from the lock, and the others start", async () => {
    const installation = await (await create()).withLinkFilter();
    await installation.write({
      "other.mjs": moduleText(),
      "modules.yaml":
        'modules:\n  - module: "@example/link-filter#LinkFilter"\n  - module: ./other.mjs#LinkFilter\n    id: Other\n    operate: { required: false }\n',
    });
    // Two modules can't serve one path.
    const other = moduleText().replace("/_synapse/client/links", "/_synapse/client/others");
    await installation.write({ "other.mjs": other });
    expect(await installation.lock()).to.deep.include({ code: 0, stderr: "" });
    await installation.write({ "other.mjs": `${other}\n` });
    await using host = await start(installation);
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["LinkFilter"]);
    const [problem, ...others] = host.health().modules.find(({ id }) => id === "Other")?.problems ?? [];
    expect(problem).to.contain("modules.yaml:3:13 modules[1].module: `./other.mjs#LinkFilter` has other files");
    expect(others).to.deep.equal([]);
  });

  it("the lock of a file follows its imports to files and packages, and lists what it can't follow", async () => {
    const installation = await create();
    await installation.write({
      "modules.yaml": "modules:\n  - module: ./modules/filter.mjs#LinkFilter\n",
      "modules/filter.mjs": `import "../shared/rules.mjs";\nimport data from "link-list";\n${moduleText()}`,
      "modules/beside.mjs": "",
      "shared/rules.mjs":
        "const name = './later.mjs';\nexport const load = () => import(name);\nimport('./lazy.cjs');\n",
      "shared/lazy.cjs": "if (false) require('./nowhere');\nrequire('./deep');\n(x) => require(x);\n",
      "shared/deep.js": "",
      "node_modules/link-list/package.json": '{ "name": "link-list", "version": "1.0.0", "exports": "./index.js" }',
      "node_modules/link-list/index.js": "",
    });
    expect(await installation.lock()).to.deep.include({ code: 0, stderr: "" });
    const module = (
      JSON.parse(await installation.lockText()) as { modules: { LinkFilter: { package?: string; unlocked: string[] } } }
    ).modules.LinkFilter;
    expect(module.package).to.equal(undefined);
    expect(module.unlocked).to.deep.equal([
      "../shared/lazy.cjs: ./nowhere",
      "../shared/lazy.cjs: require(…)",
      "../shared/rules.mjs: import(…)",
      "package link-list: npm recorded nothing of it",
    ]);
    await installation.write({ "modules/beside.mjs": "changed" });
    expect((await installation.lock("--check")).code).to.equal(0);
    await installation.write({ "shared/deep.js": "changed" });
    expect((await installation.lock("--check")).stdout.split("\n")[0]).to.equal("module LinkFilter has other files");
  });

  it("modules that a program passes aren't held to the lock of its configuration", async () => {
    class Own {
      check() {}
    }
    SpamChecker.checkEventForSpam()(Own.prototype, "check", Object.getOwnPropertyDescriptor(Own.prototype, "check")!);
    Module()(Own);
    const installation = await (await create()).withLinkFilter();
    await installation.lock();
    const configFile = installation.path("modules.yaml");
    await using host = await startModules({ configFile, modules: [{ module: Own }], logger: captureLogs().logger });
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["LinkFilter", "Own"]);
  });

  const LOCKED = { module: "a", files: "b", dependencies: "c", unlocked: [], hooks: [], services: [], webPaths: [] };
  for (const [what, text, message] of [
    ["isn't JSON", "{", "…/modules.lock.json isn't JSON"],
    ["is no lock", "[]", "…/modules.lock.json must be a lock, but it's an empty list"],
    [
      "is from a newer version",
      '{ "lockVersion": 2 }',
      "…/modules.lock.json was written by a newer version of Ligand (its lockVersion is 2, not 1)",
    ],
    ["has no version", "{}", "…/modules.lock.json must have the lockVersion 1, but it's nothing"],
    [
      "is of another file",
      '{ "lockVersion": 1, "of": "staging.yaml", "modules": {} }',
      '…/modules.lock.json must be the lock of modules.yaml, but `of` is the string "staging.yaml"',
    ],
    [
      "lists no modules",
      '{ "lockVersion": 1, "of": "modules.yaml", "modules": 5 }',
      "…/modules.lock.json must list modules, but `modules` is the number 5",
    ],
    [
      "has a module without its login types",
      JSON.stringify({ lockVersion: 1, of: "modules.yaml", modules: { LinkFilter: LOCKED } }),
      "…/modules.lock.json says of module LinkFilter what can't be: `loginTypes` must be a list of strings",
    ],
  ] as const) {
    it(`a lock that ${what} refuses the start, and ligand lock writes it again`, async () => {
      const mark = (await create()).path("mark");
      const installation = await (await create()).withLinkFilter({ mark });
      await installation.write({ "modules.lock.json": text });
      const remedy = message.includes("newer")
        ? "Update Ligand, or write the lock again with the version that runs."
        : "Restore the file, or write it again with `ligand lock`.";
      expect(await refusal(installation)).to.deep.equal([
        { code: "LIGAND_LOCK_INVALID", message, line: undefined, remedy },
      ]);
      expect(existsSync(mark)).to.equal(false);
      expect((await installation.lock("--check")).code).to.equal(1);
      expect((await installation.lock()).code).to.equal(0);
      expect((await installation.lock("--check")).code).to.equal(0);
    });
  }

  it("ligand lock writes nothing where a module can't be loaded, and says why", async () => {
    const installation = await (await create()).withLinkFilter();
    await installation.write({ [`${FILTER}/dist/index.js`]: "export {};" });
    const { code, stderr } = await installation.lock();
    expect(code).to.equal(1);
    expect(stderr).to.contain("`@example/link-filter` has no export `LinkFilter`");
    expect(existsSync(installation.path("modules.lock.json"))).to.equal(false);
  });

  it("files that can't be read refuse a start with a lock, and ligand lock", async () => {
    const installation = await (await create()).withLinkFilter();
    await installation.lock();
    const packages = {
      [FILTER]: { version: "1.0.0" },
      "node_modules/link-list": { resolved: "gone", link: true },
      gone: { version: "1.0.0" },
    };
    await installation.write({ "node_modules/.package-lock.json": JSON.stringify({ packages }) });
    const message =
      "the files of `@example/link-filter#LinkFilter` couldn't be read, so nothing says whether they changed";
    expect((await refusal(installation)).map((problem) => problem.message)).to.deep.equal([message]);
    const { code, stderr } = await installation.lock();
    expect(code).to.equal(1);
    expect(stderr).to.contain(message);
  });

  it("ligand lock --check without a lock says that there is none", async () => {
    const installation = await (await create()).withLinkFilter();
    expect((await installation.lock("--check")).stdout).to.contain("there is no …/modules.lock.json.");
  });

  it("the lock of a folder of files is beside the folder", async () => {
    const installation = await (await create()).withLinkFilter();
    await mkdir(installation.path("modules.d"));
    await writeFile(installation.path("modules.d/a.yaml"), await readFile(installation.path("modules.yaml")));
    expect((await run(["lock", installation.path("modules.d")])).code).to.equal(0);
    expect(existsSync(installation.path("modules.d.lock.json"))).to.equal(true);
  });
});
