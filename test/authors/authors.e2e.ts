import { expect } from "chai";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Author, ROOT } from "./author.js";

const CONFIG = "config: { teas: [{ name: oolong }, { name: sencha }] }";
const SIGN = "example.org is open, with a cup of oolong,a cup of sencha";
const ANSWERS = [
  [SIGN, { "org.example.prices": 1 }],
  [418, "M_LIMIT_EXCEEDED"],
  [418, { errcode: "M_LIMIT_EXCEEDED", error: "short and stout" }],
];
const LIGAND = "node_modules/ligand/bundle/cli/main.js";
/** What docs/writing-a-module.md leaves out of a bundle. */
const EXTERNAL = ["--external:ligand", "--external:class-transformer"];
const TARBALL = "ligand-0.1.0.tgz";

describe("an author's module, with a ligand of its own", () => {
  const author = new Author();

  before(() => {
    mkdirSync(author.path("global", "lib"), { recursive: true });
    for (const project of ["module", "homeserver"] as const) {
      author.project(project, project);
      author.done(project, "npm", ["install"]);
      author.done(project, "tsc", ["-p", "."]);
    }
  });

  after(() => author.leave());

  function list(folder: string, specifier: string, config = CONFIG): void {
    author.write(`${folder}/modules.yaml`, `modules:\n  - module: "${specifier}"\n    ${config}\n`);
  }

  /** Lists the module, checks the list, and asks the module in the homeserver's process and in others. */
  function expectToRun(folder: string, specifier: string): void {
    list(folder, specifier);
    expect(author.run(folder, process.execPath, [LIGAND, "check", "modules.yaml"])).to.deep.equal({
      output: "✓ modules.yaml: 1 module, no problems\n",
      status: 0,
    });
    expect(answersOf(folder, "dist/main.js", "here", "isolated", "served")).to.deep.equal([ANSWERS, ANSWERS, ANSWERS]);
  }

  function answersOf(folder: string, program: string, ...ways: string[]): unknown {
    const output = author.done(folder, process.execPath, [program, "modules.yaml", ...ways]);
    const answers = /^ANSWERS (.*)$/m.exec(output)?.[1];
    if (answers === undefined) throw new Error(output);
    return JSON.parse(answers);
  }

  function ligandOf(folder: string): string {
    return realpathSync(author.path(folder, "node_modules", "ligand"));
  }

  it("a module with a ligand of its own runs where the configuration names it by a path", () => {
    expect(ligandOf("module")).not.to.equal(ligandOf("homeserver"));
    expectToRun("homeserver", "../module/dist/tea-house.js#TeaHouse");
  });

  it("a module with a ligand of its own runs where npm installed its folder", () => {
    author.done("homeserver", "npm", ["install", "--no-save", "../module"]);
    expect(realpathSync(author.path("homeserver/node_modules/tea-house"))).to.equal(
      realpathSync(author.path("module")),
    );
    expectToRun("homeserver", "tea-house#TeaHouse");
    author.done("homeserver", "npm", ["prune"]);
  });

  it("a module with a ligand of its own runs where `npm link` linked its folder", () => {
    author.done("homeserver", "npm", ["link", "../module"]);
    expect(realpathSync(author.path("homeserver/node_modules/tea-house"))).to.equal(
      realpathSync(author.path("module")),
    );
    expectToRun("homeserver", "tea-house#TeaHouse");
    author.done("homeserver", "npm", ["unlink", "tea-house"]);
  });

  it("a module with a ligand of its own runs as a workspace of npm", () => {
    author.write("npm/package.json", JSON.stringify({ private: true, workspaces: ["module", "homeserver"] }));
    author.project(
      "module",
      "npm/module",
      ({ devDependencies }) => (devDependencies["ligand"] = `file:../../${TARBALL}`),
    );
    author.project("homeserver", "npm/homeserver", ({ dependencies }) =>
      Object.assign(dependencies, { ligand: `file:../../${TARBALL}`, "tea-house": "1.0.0" }),
    );
    author.done("npm", "npm", ["install"]);
    for (const project of ["npm/module", "npm/homeserver"]) author.done(project, "tsc", ["-p", "."]);
    // npm puts one copy into the folder above both.
    mkdirSync(author.path("npm/homeserver/node_modules"), { recursive: true });
    expect(realpathSync(author.path("npm/node_modules/tea-house"))).to.equal(realpathSync(author.path("npm/module")));
    list("npm/homeserver", "tea-house#TeaHouse");
    expect(answersOf("npm/homeserver", "dist/main.js", "here", "isolated")).to.deep.equal([ANSWERS, ANSWERS]);
  });

  it("a module with a ligand of its own runs as a workspace of pnpm, where other peers make another copy", () => {
    author.write("pnpm/pnpm-workspace.yaml", "packages: [module, homeserver]\n");
    author.write("pnpm/package.json", JSON.stringify({ private: true }));
    author.project("module", "pnpm/module", ({ devDependencies }) =>
      Object.assign(devDependencies, { ligand: `file:../../${TARBALL}`, nodemailer: "^7.0.0" }),
    );
    author.project("homeserver", "pnpm/homeserver", ({ dependencies }) =>
      Object.assign(dependencies, {
        ligand: `file:../../${TARBALL}`,
        nodemailer: "^10.0.0",
        "tea-house": "workspace:*",
      }),
    );
    author.done("pnpm", "pnpm", ["install", "--store-dir", author.path("store")]);
    for (const project of ["pnpm/module", "pnpm/homeserver"]) author.done(project, "tsc", ["-p", "."]);
    expect(ligandOf("pnpm/module")).not.to.equal(ligandOf("pnpm/homeserver"));
    expectToRun("pnpm/homeserver", "tea-house#TeaHouse");
  });

  describe("bundled by esbuild", () => {
    const bundle = (from: string, to: string, ...options: string[]) =>
      author.done(".", "esbuild", [from, "--bundle", "--platform=node", "--keep-names", `--outfile=${to}`, ...options]);
    // As docs/embedding.md says.
    const banner =
      'import { createRequire as requireOfBundle } from "node:module"; const require = requireOfBundle(import.meta.url);';

    it("a module with a ligand of its own runs from one file, with its ligand or without it", () => {
      const source = "module/dist/tea-house.js";
      bundle(source, "bundles/tea-house.cjs", "--format=cjs");
      bundle(source, "bundles/tea-house.mjs", "--format=esm", `--banner:js=${banner}`);
      bundle(source, "module/bundled/tea-house.cjs", "--format=cjs", ...EXTERNAL);
      for (const file of ["bundles/tea-house.cjs", "bundles/tea-house.mjs", "module/bundled/tea-house.cjs"]) {
        expectToRun("homeserver", `../${file}#TeaHouse`);
      }
    });

    it("a module with a ligand of its own runs in a homeserver that is one file, beside nothing else", () => {
      expect(readFileSync(join(ROOT, "docs/embedding.md"), "utf8")).to.contain(banner);
      const source = "homeserver/dist/main.js";
      bundle(source, "alone/main.cjs", "--format=cjs");
      bundle(source, "alone/main.mjs", "--format=esm", `--banner:js=${banner}`);
      list("alone", "../module/dist/tea-house.js#TeaHouse");
      const alone =
        "1 problem found; no module was started\n" +
        "modules.yaml:2:13 modules[0].module: isolated modules failed to start [LIGAND_START_FAILED]\n" +
        "  Leave `ligand` out of the bundle (esbuild: `--external:ligand`), and install it beside the bundle.\n" +
        "  caused by: a process of modules needs a program that isn't part of a bundle [LIGAND_START_FAILED]\n" +
        "Solve the problems listed.";
      for (const program of ["main.cjs", "main.mjs"]) {
        expect(answersOf("alone", program, "here", "isolated"), program).to.deep.equal([ANSWERS, alone]);
      }
    });
  });

  it("a module with a ligand of its own is checked where it's linked: a wrong config is refused by the rules of its own classes", () => {
    list("homeserver", "../module/dist/tea-house.js#TeaHouse", "config: { teas: [{ nam: oolong }], cups: 101 }");
    const { output, status } = author.run("homeserver", process.execPath, [
      LIGAND,
      "check",
      "--format",
      "json",
      "modules.yaml",
    ]);
    expect(status).to.equal(1);
    const { problems } = JSON.parse(output) as { problems: { code: string; path: string }[] };
    expect(problems.map(({ code, path }) => [code, path])).to.deep.equal([
      ["LIGAND_CONFIG_MISSING_KEY", "modules[0].config.teas[0].name"],
      ["LIGAND_CONFIG_UNKNOWN_KEY", "modules[0].config.teas[0].nam"],
    ]);
  });

  it("a module with a ligand of its own runs by decorators and bindings of the homeserver's own Inversify, which isn't the copy in Ligand's bundle", () => {
    const output = author.done("homeserver", process.execPath, ["dist/own-inversify.js"]);
    expect(JSON.parse(output)).to.deep.equal([
      "two copies: true",
      "open at example.org",
      "one kettle: true, milk: false",
      "closed",
    ]);
  });

  it("a module with a ligand of its own is refused with another version of Ligand, with what to install where", () => {
    const file = author.path("module/node_modules/ligand/bundle/package.js");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('VERSION = "0.1.0"', 'VERSION = "0.0.9"'));
    try {
      list("homeserver", "../module/dist/tea-house.js#TeaHouse");
      const { output, status } = author.run("homeserver", process.execPath, [LIGAND, "check", "modules.yaml"]);
      expect(status).to.equal(1);
      expect(output.replaceAll(/\s+/g, " ")).to.contain(
        `Install ligand 0.1.0 in the folder of the module, too: ${realpathSync(author.path("module"))}`,
      );
    } finally {
      writeFileSync(file, text);
    }
  });
});

describe("the steps of docs/writing-a-module.md", () => {
  const author = new Author();

  after(() => author.leave());

  it("the steps of docs/writing-a-module.md lead from an empty folder to a checked module, and npm warns of nothing", () => {
    const page = readFileSync(join(ROOT, "docs/writing-a-module.md"), "utf8");
    const blocks = Array.from(page.matchAll(/^```(\w+)\n(.*?)^```$/gms), ([, language, text]) => ({
      language,
      text: text!,
    }));
    const find = (language: string, part: string) => {
      const block = blocks.find((each) => each.language === language && each.text.includes(part));
      if (!block) throw new Error(`there is no block ${language} with ${part}`);
      return block.text;
    };
    const install = find("sh", "npm init").replaceAll("/tmp/", `${author.folder}/`);
    author.write("mine/tsconfig.json", find("json", "compilerOptions"));
    author.write("mine/quiet-rooms.ts", find("ts", "// quiet-rooms.ts"));
    author.write("mine/modules.yaml", find("yaml", "# modules.yaml"));
    const installed = author.done("mine", "sh", ["-ec", install]);
    expect(installed.split("\n").filter((line) => /warn/i.test(line))).to.deep.equal([]);
    const checked = author.done("mine", "sh", ["-ec", find("sh", "npx ligand check modules.yaml")]);
    expect(checked).to.equal("✓ modules.yaml: 1 module, no problems\n");
  });
});
