import { expect } from "chai";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfiguration, readConfigurationText } from "#src/config/read-configuration.js";
import type { ModuleEntry } from "#src/config/module-entry.js";
import type { Outcome } from "#src/errors/outcome.js";
import { formatProblem, sortProblems, type Problem } from "#src/errors/problem.js";
import { loadModules, type LoadedModule, type OtherProcesses } from "#src/modules/load-modules.js";
import { Module } from "#src/modules/module.js";

const fixtures = fileURLToPath(new URL("../../../test/fixtures/modules/", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));

interface Loaded {
  readonly loaded: readonly LoadedModule[];
  readonly problems: readonly string[];
}

/** Loads the modules of a file; paths of this machine are cut out of the problems. */
async function loadFile(file: string): Promise<Loaded> {
  return loadEntries(await readConfiguration([file]));
}

/** Loads the modules of a string, as a file in the folder of the fixtures. */
async function load(text: string, folder = fixtures, budgetMs?: number): Promise<Loaded> {
  return loadEntries(await readConfigurationText(text, join(folder, "inline.yaml")), budgetMs);
}

async function loadEntries(entries: Outcome<readonly ModuleEntry[]>, budgetMs?: number): Promise<Loaded> {
  const { value: loaded, problems } = await loadModules(entries.value ?? [], { budgetMs });
  return { loaded, problems: sortProblems([...entries.problems, ...problems]).map(shown) };
}

function shown(problem: Problem): string {
  return formatProblem(problem)
    .replaceAll(fixtures, "…/")
    .replaceAll(fixtures.slice(0, -1), "…")
    .replaceAll(root, "~/");
}

describe("loading modules", () => {
  it("loadModules loads ESM and CommonJS files, default and named exports, one module several times, in the order of the file", async () => {
    const { loaded, problems } = await loadFile(join(fixtures, "all.yaml"));
    expect(problems).to.deep.equal([]);
    expect(
      loaded.map(({ info, config }) => [info.id, info.name, info.specifier, info.position?.line, config]),
    ).to.deep.equal([
      ["Greeter", "Greeter", "./default-export.mjs", 2, {}],
      ["EvilUsers", "EvilUsers", "./evil-users.mjs#EvilUsers", 3, { evil_users: ["@eve:x"] }],
      ["EvilUsers-2", "EvilUsers", "./evil-users.mjs#EvilUsers", 6, { evil_users: [] }],
      ["third", "EvilUsers", "./evil-users.mjs#EvilUsers", 7, { evil_users: [] }],
      ["InObject", "InObject", "./commonjs/object.cjs#InObject", 11, {}],
      ["Alone", "Alone", "./commonjs/class.cjs", 12, {}],
      ["Compiled", "Compiled", "./commonjs/compiled.cjs", 13, {}],
      ["Named", "Named", "../modules/commonjs/compiled.cjs#Named", 14, {}],
      ["VeryEvilUsers", "VeryEvilUsers", "./subclass.mjs#VeryEvilUsers", 15, { evil_users: [] }],
    ]);
    expect(loaded[1]!.config!.constructor.name).to.equal("EvilUsersConfig");
    expect(loaded[1]!.class).to.equal(loaded[2]!.class);
    expect(loaded[1]!.locate(["config", "evil_users", 0], "value")).to.deep.include({ line: 5, column: 20 });
  });

  it("loadModules says which compiler option is missing where decorators fail as standard ones, and what an error of Ligand says", async () => {
    const { problems } = await load(
      "modules: [{module: ./standard-decorators.mjs}, {module: ./misused-decorator.mjs}]",
    );
    expect(problems).to.have.length(2);
    expect(problems[0]).to.match(
      /^…\/inline\.yaml:1:20 modules\[0\]\.module: `\.\/standard-decorators\.mjs` failed during its import \[LIGAND_MODULE_IMPORT_FAILED\]\n {2}Set `"experimentalDecorators": true` in the `compilerOptions` of tsconfig\.json\.\n {2}caused by: .+ \(at …\/standard-decorators\.mjs:4:11\)$/,
    );
    expect(problems[1]).to.equal(
      "…/inline.yaml:1:57 modules[1].module: `./misused-decorator.mjs` failed during its import [LIGAND_MODULE_IMPORT_FAILED]\n  Write `@SpamChecker.checkEventForSpam()`.\n  caused by: @SpamChecker.checkEventForSpam was applied without parentheses, so it does nothing [LIGAND_DECORATOR_MISUSED] (at …/misused-decorator.mjs:7:13)",
    );
  });

  it("loadModules names the first modules of a file that has many", async () => {
    const { problems } = await load("modules: [{module: ./many-modules.mjs}]");
    expect(problems).to.deep.equal([
      "…/inline.yaml:1:20 modules[0].module: `./many-modules.mjs` has no default export [LIGAND_MODULE_EXPORT_NOT_FOUND]\n  Write `./many-modules.mjs#A`, `./many-modules.mjs#B`, `./many-modules.mjs#C`, `./many-modules.mjs#D`, `./many-modules.mjs#E`, or one of 2 more.",
    ]);
  });

  it("loadModules reports what is wrong with all modules together, in source order", async () => {
    const { loaded, problems } = await loadFile(join(fixtures, "broken.yaml"));
    const notFound = "[LIGAND_MODULE_NOT_FOUND]";
    expect(problems).to.deep.equal([
      `…/broken.yaml:2:13 modules[0].module: \`./evil-user.mjs\` doesn't exist (looked for …/evil-user.mjs) ${notFound}\n  Did you mean \`./evil-users.mjs\`?\n  caused by: Cannot find module '…/evil-user.mjs' imported from …/`,
      `…/broken.yaml:3:13 modules[1].module: \`./evil-users\` doesn't exist (looked for …/evil-users) ${notFound}\n  Did you mean \`./evil-users.mjs\`?\n  caused by: Cannot find module '…/evil-users' imported from …/`,
      `…/broken.yaml:4:13 modules[2].module: \`evil-users.mjs\` isn't an installed package ${notFound}\n  Did you mean the file \`./evil-users.mjs\`?\n  caused by: Cannot find package 'evil-users.mjs' imported from …/`,
      `…/broken.yaml:5:13 modules[3].module: \`./commonjs\` is a folder; it must be a file ${notFound}\n  Correct the path; it's relative to the folder of the configuration file.\n  caused by: Directory import '…/commonjs' is not supported resolving ES modules imported from …/`,
      `…/broken.yaml:6:13 modules[4].module: \`fast-chek\` isn't an installed package ${notFound}\n  Did you mean \`fast-check\`? If not, run \`npm install fast-chek\` in …, if you know and trust its author.\n  caused by: Cannot find package 'fast-chek' imported from …/`,
      `…/broken.yaml:7:13 modules[5].module: \`@types/moca\` isn't an installed package ${notFound}\n  Did you mean \`@types/mocha\`? If not, run \`npm install @types/moca\` in …, if you know and trust its author.\n  caused by: Cannot find package '@types/moca' imported from …/`,
      `…/broken.yaml:8:13 modules[6].module: \`no-such-package-anywhere/sub\` isn't an installed package ${notFound}\n  Run \`npm install no-such-package-anywhere\` in …, if you know and trust its author.\n  caused by: Cannot find package 'no-such-package-anywhere' imported from …/`,
      `…/broken.yaml:9:13 modules[7].module: \`fast-check/no-such-file\` isn't among the \`exports\` of its package ${notFound}\n  Name a path that the package exports.\n  caused by: Package subpath './no-such-file' is not defined by "exports" in ~/node_modules/fast-check/package.json imported from …/`,
      `…/broken.yaml:10:13 modules[8].module: \`node:fs\` is neither an npm package nor a file ${notFound}\n  Write the name of a package, or a path that starts with \`./\`, \`../\` or \`/\`.`,
      `…/broken.yaml:11:13 modules[9].module: \`https://example.org/module.js\` is neither an npm package nor a file ${notFound}\n  Write the name of a package, or a path that starts with \`./\`, \`../\` or \`/\`.`,
      "…/broken.yaml:12:13 modules[10].module: `#Mine` is missing the package or file before `#` [LIGAND_CONFIG_INVALID]\n  Write `package-or-path#Export`, or omit `#Export` for the default export.",
      "…/broken.yaml:13:13 modules[11].module: `./evil-users.mjs#` is missing the name of an export after `#` [LIGAND_CONFIG_INVALID]\n  Write `package-or-path#Export`, or omit `#Export` for the default export.",
      "…/broken.yaml:14:13 modules[12].module: `./throws.mjs` failed during its import [LIGAND_MODULE_IMPORT_FAILED]\n  Read the cause: it's an error in the module's code or in a package that it needs.\n  caused by: the moon is full (at …/throws.mjs:1:7)",
      "…/broken.yaml:15:13 modules[13].module: `./throws-nothing.mjs` failed during its import [LIGAND_MODULE_IMPORT_FAILED]\n  Read the cause: it's an error in the module's code or in a package that it needs.\n  caused by: undefined was thrown; expected an Error",
      "…/broken.yaml:16:13 modules[14].module: `./missing-dependency.mjs` failed during its import [LIGAND_MODULE_IMPORT_FAILED]\n  Install the missing package; the cause names it.\n  caused by: Cannot find package 'a-package-that-is-not-installed' imported from …/missing-dependency.mjs",
      "…/broken.yaml:17:13 modules[15].module: `./links-nothing.mjs` failed during its import, at …/links-nothing.mjs:1 [LIGAND_MODULE_IMPORT_FAILED]\n  Read the cause: it's an error in the module's code or in a package that it needs.\n  caused by: The requested module './evil-users.mjs' does not provide an export named 'absent'",
      "…/broken.yaml:18:13 modules[16].module: `./evil-users.mjs` has no export `EvilUser` [LIGAND_MODULE_EXPORT_NOT_FOUND]\n  Did you mean `./evil-users.mjs#EvilUsers`?",
      "…/broken.yaml:19:13 modules[17].module: `./evil-users.mjs` has no default export [LIGAND_MODULE_EXPORT_NOT_FOUND]\n  Write `./evil-users.mjs#EvilUsers` or `./evil-users.mjs#Quiet`.",
      "…/broken.yaml:20:13 modules[18].module: `./no-modules.mjs` has no export `Mine` [LIGAND_MODULE_EXPORT_NOT_FOUND]\n  None of its exports is a module; name another package or file.",
      "…/broken.yaml:21:13 modules[19].module: `./evil-users.mjs#Undecorated` is a class or function without `@Module`; it must be a class decorated with `@Module` [LIGAND_MODULE_NOT_A_MODULE]\n  Write `./evil-users.mjs#EvilUsers` or `./evil-users.mjs#Quiet`.",
      "…/broken.yaml:22:13 modules[20].module: `./evil-users.mjs#answer` is the number 42; it must be a class decorated with `@Module` [LIGAND_MODULE_NOT_A_MODULE]\n  Write `./evil-users.mjs#EvilUsers` or `./evil-users.mjs#Quiet`.",
      "…/broken.yaml:25:7 modules[21].config.evil_user: `evil_user` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Did you mean `evil_users`?",
      "…/broken.yaml:26:20 modules[21].config.evil_users[0]: `evil_users[0]` must be a string, but it's the number 1 [LIGAND_CONFIG_TYPE]\n  Put the value in quotes.",
    ]);
    expect(loaded.map(({ info }) => info.position?.line)).to.deep.equal([27]);
  });

  it("loadModules brings problems of reading and of loading into one order", async () => {
    const { problems } = await load(
      "modules:\n- module: ./absent.mjs\n- 3\n- module: ./throws.mjs\n- {module: a, config: 1}\n",
    );
    expect(problems.map((text) => text.slice(0, text.indexOf(" ")))).to.deep.equal(
      ["2:11", "3:3", "4:11", "5:23"].map((place) => `…/inline.yaml:${place}`),
    );
  });

  it("loadModules reports what is wrong with a module and its config even if its entry is wrong", async () => {
    const { loaded, problems } = await load(
      "modules:\n- module: ./evil-users.mjs#EvilUsers\n  id: 5\n  enabled: true\n  config: {evil_user: []}\n" +
        "- {module: ./absent.mjs, enabeld: true, config: {}}\n- {module: ./evil-users.mjs#EvilUsers, conf: {}}\n",
    );
    expect(loaded.map(({ info }) => info.id)).to.deep.equal([]);
    expect(problems.map((text) => text.slice(0, text.indexOf(": ")))).to.deep.equal([
      "…/inline.yaml:3:7 modules[0].id",
      "…/inline.yaml:5:12 modules[0].config.evil_user",
      "…/inline.yaml:6:12 modules[1].module",
      "…/inline.yaml:6:26 modules[1].enabeld",
      "…/inline.yaml:7:40 modules[2].conf",
    ]);
  });

  it("loadModules says what to name instead of a file that Node can't run", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ligand-files-"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(
      join(folder, "decorated.ts"),
      "const no = (Class: object) => {};\n@no\nexport default class X {}\n",
    );
    await writeFile(join(folder, "data.yaml"), "a: 1\n");
    const { problems } = await load("modules: [{module: ./decorated.ts}, {module: ./data.yaml}]", folder);
    await rm(folder, { recursive: true });
    expect(problems.map((text) => text.split("\n")[1])).to.deep.equal([
      "  Compile the module with TypeScript, and name the `.js` file.",
      "  Name a JavaScript file: `.js`, `.mjs` or `.cjs`.",
    ]);
  });

  it("loadModules imports in parallel", async () => {
    let resolve = () => {};
    const promise = new Promise<void>((done) => (resolve = done));
    Object.assign(globalThis, { ligandTestMeeting: { promise, resolve } });
    const { loaded } = await load("modules: [{module: ./waits-for-another.mjs}, {module: ./is-waited-for.mjs}]");
    expect(loaded.map(({ info }) => info.id)).to.deep.equal(["WaitsForAnother", "IsWaitedFor"]);
  });

  it("loadModules imports the last of thirty modules while all others wait for it at their top level", async () => {
    let resolve = () => {};
    const promise = new Promise<void>((done) => (resolve = done));
    Object.assign(globalThis, { ligandTestMeeting: { promise, resolve } });
    const folder = await mkdtemp(join(tmpdir(), "ligand-files-"));
    const ligand = JSON.stringify(new URL("../../../dist/modules/module.js", import.meta.url).href);
    const names = Array.from({ length: 30 }, (_, index) => `Module${index}`);
    for (const [index, name] of names.entries()) {
      const act = index < 29 ? "await globalThis.ligandTestMeeting.promise" : "globalThis.ligandTestMeeting.resolve()";
      const code = `import { Module } from ${ligand};\n${act};\nexport default class ${name} {}\nModule()(${name});\n`;
      await writeFile(join(folder, `${name}.mjs`), code);
    }
    const entries = names.map((name) => `{module: ./${name}.mjs}`);
    const { loaded, problems } = await load(`modules: [${entries.join(", ")}]`, folder);
    await rm(folder, { recursive: true });
    expect(problems).to.deep.equal([]);
    expect(loaded.map(({ info }) => info.id)).to.deep.equal(names);
  });

  it("loadModules imports a file once, however many entries name it", async () => {
    const { loaded } = await load(
      "modules: [{module: ./counts-imports.mjs#Counted}, {module: ../modules/counts-imports.mjs#AlsoCounted}, {module: ./counts-imports.mjs#Counted}]",
    );
    expect(loaded.map(({ info }) => info.id)).to.deep.equal(["Counted", "AlsoCounted", "Counted-2"]);
    expect((globalThis as { ligandTestImports?: number }).ligandTestImports).to.equal(1);
  });

  it("loadModules returns up an import that doesn't finish in its time, and continues with the others", async () => {
    // It's read before: on a busy machine that may take longer than the time that's left here.
    await load("modules: [{module: ./default-export.mjs}]");
    const text = "modules: [{module: ./never-imported.mjs}, {module: ./default-export.mjs}]";
    const { loaded, problems } = await load(text, fixtures, 200);
    expect(loaded.map(({ info }) => info.id)).to.deep.equal(["Greeter"]);
    expect(problems).to.deep.equal([
      "…/inline.yaml:1:20 modules[0].module: the import of `./never-imported.mjs` didn't finish within 200 ms [LIGAND_MODULE_START_TIMEOUT]\n" +
        "  Look for a top-level `await` that never settles, or raise `startTimeoutMs`.",
    ]);
  });

  it("loadModules rejects when modules can't be looked for in other processes, while imports here go on", async () => {
    const text = "modules: [{module: ./never-imported.mjs}, {module: ./elsewhere.mjs}]";
    const { value: entries } = await readConfigurationText(text, join(fixtures, "inline.yaml"));
    const others: OtherProcesses = {
      has: ({ index }) => index === 1,
      find: () => Promise.reject(new Error("no process can be started")),
      describe: () => Promise.reject(new Error("nothing was found")),
    };
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const message = await loadModules(entries!, { budgetMs: 200, others }).catch(
      (error: unknown) => (error as Error).message,
    );
    process.off("unhandledRejection", note);
    expect([message, unhandled]).to.deep.equal(["no process can be started", []]);
  });

  it("loadModules says how to bundle a module whose bundle has no `require`", async () => {
    const { problems } = await load("modules: [{module: ./bundled-without-require.mjs}]");
    expect(problems).to.deep.equal([
      "…/inline.yaml:1:20 modules[0].module: `./bundled-without-require.mjs` failed during its import [LIGAND_MODULE_IMPORT_FAILED]\n" +
        "  Bundle the module as CommonJS (esbuild: `--format=cjs`), or leave the packages out of it (`--packages=external`).\n" +
        '  caused by: Dynamic require of "util" is not supported (at …/bundled-without-require.mjs:1:7)',
    ]);
  });

  it("loadModules takes absolute paths and file URLs", async () => {
    const path = join(fixtures, "default-export.mjs");
    const { loaded, problems } = await load(`modules: [{module: '${path}'}, {module: 'file://${path}'}]`);
    expect(problems).to.deep.equal([]);
    expect(loaded.map(({ info }) => info.id)).to.deep.equal(["Greeter", "Greeter-2"]);
  });

  describe("from packages", () => {
    const own = new URL("../../../dist/modules/module.js", import.meta.url).href;
    const esm = (name: string) => `import { Module } from "${own}";\nexport class ${name} {}\nModule()(${name});\n`;
    const cjs = (name: string) =>
      `const { Module } = require("${fileURLToPath(own)}");\nexports.${name} = class ${name} {};\nModule()(exports.${name});\n`;
    const files: Record<string, string> = {
      "node_modules/esm-only/package.json": JSON.stringify({
        type: "module",
        exports: { import: "./main.js" },
      }),
      "node_modules/esm-only/main.js": esm("EsmOnly"),
      "node_modules/broken-exports/package.json": JSON.stringify({
        exports: { import: "./main.js", ".": "./main.js" },
      }),
      "node_modules/no-main/package.json": JSON.stringify({ exports: "./absent.js" }),
      "node_modules/conditions/package.json": JSON.stringify({
        exports: { ".": { import: "./main.mjs", require: "./main.cjs" }, "./sub": "./main.mjs" },
      }),
      "node_modules/conditions/main.mjs": esm("Imported"),
      "node_modules/conditions/main.cjs": cjs("Required"),
      "node_modules/require-only/package.json": JSON.stringify({ exports: { require: "./main.cjs" } }),
      "node_modules/require-only/main.cjs": cjs("RequireOnly"),
      "node_modules/@scope/old/package.json": JSON.stringify({ main: "lib/main.js" }),
      "node_modules/@scope/old/lib/main.js": cjs("Old"),
      "sub/folder/node_modules/near/package.json": JSON.stringify({ main: "main.js" }),
      "sub/folder/node_modules/near/main.js": cjs("Near"),
    };
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "ligand-packages-"));
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), content);
      }
    });
    after(() => rm(folder, { recursive: true }));

    it("loadModules, from packages, resolves from the folder of the configuration file, by the conditions of imports first", async () => {
      const specifiers = [
        "esm-only#EsmOnly",
        "conditions#Imported",
        "conditions/sub#Imported",
        "require-only#RequireOnly",
        "@scope/old#Old",
        "near#Near",
      ];
      const text = `modules: [${specifiers.map((specifier) => `{module: '${specifier}'}`).join(", ")}]`;
      const { loaded, problems } = await load(text, join(folder, "sub/folder"));
      expect(problems).to.deep.equal([]);
      expect(loaded.map(({ info }) => info.id)).to.deep.equal([
        "EsmOnly",
        "Imported",
        "Imported-2",
        "RequireOnly",
        "Old",
        "Near",
      ]);
    });

    it("loadModules, from packages, distinguishes broken packages from missing ones", async () => {
      const { problems } = await load(
        "modules: [{module: broken-exports}, {module: no-main}, {module: '@scope/old/absent'}]",
        folder,
      );
      expect(problems.map((text) => text.split("\n").slice(0, 2).join("\n").replaceAll(folder, "…"))).to.deep.equal([
        "…/inline.yaml:1:20 modules[0].module: `broken-exports` couldn't be resolved [LIGAND_MODULE_NOT_FOUND]\n  Read the cause; the package's package.json may be wrong.",
        "…/inline.yaml:1:46 modules[1].module: `no-main` is an installed package, but its main file doesn't exist [LIGAND_MODULE_NOT_FOUND]\n  Name a file that the package has, or reinstall the package.",
        "…/inline.yaml:1:65 modules[2].module: `@scope/old/absent` doesn't exist in its package [LIGAND_MODULE_NOT_FOUND]\n  Name a file that the package has, or reinstall the package.",
      ]);
    });

    it("loadModules, from packages, recognises the entry that Synapse has for its own list of modules", async () => {
      const { problems } = await load("modules: [{module: ligand_synapse.LigandModules}]", folder);
      expect(problems.map((text) => text.split("\n").slice(0, 2).join("\n").replaceAll(folder, "…"))).to.deep.equal([
        "…/inline.yaml:1:20 modules[0].module: `ligand_synapse.LigandModules` is Ligand's module for Synapse, which is written in Python [LIGAND_MODULE_NOT_FOUND]\n  This file is Synapse's own. Name the file that lists the TypeScript modules.",
      ]);
    });

    it("loadModules, from packages, doesn't find packages that only Ligand has", async () => {
      const { problems } = await load("modules: [{module: winston}]", folder);
      expect(problems.map((text) => text.replaceAll(folder, "…"))).to.deep.equal([
        `…/inline.yaml:1:20 modules[0].module: \`winston\` isn't an installed package [LIGAND_MODULE_NOT_FOUND]\n  Run \`npm install winston\` in …, if you know and trust its author.\n  caused by: Cannot find package 'winston' imported from …/`,
      ]);
    });
  });

  describe("given by a program", () => {
    class Greeter {}
    Module()(Greeter);

    it("loadModules, for modules that a program passes, takes classes with their configs, without positions", async () => {
      const { value: loaded, problems } = await loadModules([
        { module: Greeter },
        { module: Greeter, id: "Greeter-2" },
        { module: Greeter, config: { a: [1] } },
      ]);
      expect(problems).to.deep.equal([]);
      expect(loaded.map(({ info, config }) => ({ info, config }))).to.deep.equal([
        { info: { id: "Greeter", name: "Greeter" }, config: {} },
        { info: { id: "Greeter-2", name: "Greeter" }, config: {} },
        { info: { id: "Greeter-3", name: "Greeter" }, config: { a: [1] } },
      ]);
    });

    it("loadModules, for modules that a program passes, reads `operate` as it reads a file's, and leaves out what is disabled", async () => {
      const { value: loaded, problems } = await loadModules([
        { module: Greeter, operate: { timeout: "2s", hooks: { onNewEvent: { mode: "shadow" } } } },
        { module: Greeter, id: "off", operate: { mode: "disabled" } },
      ]);
      expect(problems).to.deep.equal([]);
      expect(
        loaded.map(({ info, operate }) => [info.id, operate?.timeoutMs, operate?.hooks.get("onNewEvent")?.mode]),
      ).to.deep.equal([["Greeter", 2000, "shadow"]]);
    });

    it("loadModules refuses another process for a class that a program passes, and reports what is wrong with its `operate`", async () => {
      const { problems } = await loadModules([
        { module: Greeter, operate: { process: "filters" } as never },
        { module: Greeter, operate: { timeout: 5 } as never },
      ]);
      expect(problems.map(formatProblem)).to.deep.equal([
        "modules[0].operate.process: the class `Greeter` can't run in another process [LIGAND_CONFIG_INVALID]\n  List the module in a configuration file, by a specifier that the process can load, or leave `process` out.",
        "modules[1].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it's the number 5 [LIGAND_CONFIG_INVALID]\n  Write `5s` or `5ms`.",
      ]);
    });

    it("loadModules, for modules that a program passes, freezes plain config, and not what the program holds", async () => {
      const config = { list: [{ a: 1 }], date: new Date(0) };
      const { value: loaded } = await loadModules([{ module: Greeter, config }]);
      const frozen = loaded![0]!.config as typeof config;
      expect([frozen, frozen.list, frozen.list[0]].map(Object.isFrozen)).to.deep.equal([true, true, true]);
      expect([config, config.list, config.date].map(Object.isFrozen)).to.deep.equal([false, false, false]);
      expect(frozen.date).to.equal(config.date);
    });

    it("loadModules, for modules that a program passes, keeps the key `__proto__` of a config a key", async () => {
      const config = JSON.parse('{"__proto__": {"a": 1}}') as object;
      const { value: loaded } = await loadModules([{ module: Greeter, config }]);
      expect(Object.entries(loaded![0]!.config as object)).to.deep.equal([["__proto__", { a: 1 }]]);
    });

    it("loadModules, for modules that a program passes, takes a config that contains itself", async () => {
      const config: { self?: unknown } = {};
      config.self = config;
      const { value: loaded } = await loadModules([{ module: Greeter, config }]);
      const copy = loaded![0]!.config as { self: unknown };
      expect([copy === config, copy.self === copy]).to.deep.equal([false, true]);
    });

    it("loadModules, for modules that a program passes, reports ids given twice and what is no module", async () => {
      class Plain {}
      const { problems } = await loadModules([
        { module: Greeter, id: "x" },
        { module: Plain },
        { module: Greeter, id: "x" },
      ]);
      expect(problems.map(formatProblem)).to.deep.equal([
        'modules[2].id: duplicate module id "x" (first used by modules[0]) [LIGAND_MODULE_ID_REPEATED]\n  Give each entry its own `id`, or omit `id`.',
        "modules[1].module: `Plain` is a class or function without `@Module`; it must be a class decorated with `@Module` [LIGAND_MODULE_NOT_A_MODULE]\n  Name an export that is a module class, or decorate the class with `@Module()`.",
      ]);
    });
  });
});
