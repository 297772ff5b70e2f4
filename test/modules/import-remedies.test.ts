import { expect } from "chai";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { loadModules } from "#src/modules/load-modules.js";

describe("what to do about a module that can't be imported", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "ligand-remedies-"))));
  afterEach(() => rm(folder, { recursive: true }));

  /** What's wrong with a module that's listed as `source`, in a folder of these files, and what to do. */
  async function remedyFor(source: string, files: { readonly [path: string]: string }): Promise<string> {
    for (const [path, text] of Object.entries({ "package.json": '{ "type": "module" }', ...files })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const config = await readConfigurationText(`modules: [{ module: ${source} }]`, join(folder, "modules.yaml"));
    const { problems } = await loadModules(config.value ?? []);
    expect(problems).to.have.length(1);
    return `${problems[0]!.message.replaceAll(folder, "…")}\n${problems[0]!.remedy}`;
  }

  it("a module of which only the TypeScript is there is to be compiled, because no `.ts` file can be listed", async () => {
    const looked = "doesn't exist (looked for …";
    expect(await remedyFor("./rules.js", { "rules.ts": "", "rules.d.ts": "" })).to.equal(
      `\`./rules.js\` ${looked}/rules.js)\nCompile \`./rules.ts\` with TypeScript first.`,
    );
    expect(await remedyFor("./src/rules", { "src/rules.mts": "" })).to.equal(
      `\`./src/rules\` ${looked}/src/rules)\nCompile \`./src/rules.mts\` with TypeScript, and name \`./src/rules.mjs\`.`,
    );
    expect(await remedyFor("./both", { "both.ts": "", "both.js": "" })).to.equal(
      `\`./both\` ${looked}/both)\nDid you mean \`./both.js\`?`,
    );
    expect(await remedyFor("./types", { "types.d.ts": "" })).to.equal(
      `\`./types\` ${looked}/types)\nCorrect the path; it's relative to the folder of the configuration file.`,
    );
  });

  it("an import of a file that doesn't exist isn't taken for one of a package that isn't installed", async () => {
    const failed = "failed during its import";
    const wholeName = "Correct the import of the file that the cause names; it needs its extension, as in `./file.js`.";
    expect(await remedyFor("./a.js", { "a.js": 'import "./helper";', "helper.js": "" })).to.equal(
      `\`./a.js\` ${failed}\n${wholeName}`,
    );
    expect(await remedyFor("./b.js", { "b.js": 'import "./lib";', "lib/index.js": "" })).to.equal(
      `\`./b.js\` ${failed}\n${wholeName}`,
    );
    expect(await remedyFor("./c.cjs", { "c.cjs": 'require("./helpre");' })).to.equal(
      `\`./c.cjs\` ${failed}\nCorrect the path of the file that the cause names.`,
    );
    const install = "Install the missing package; the cause names it.";
    expect(await remedyFor("./d.js", { "d.js": 'import "not-installed";' })).to.equal(
      `\`./d.js\` ${failed}\n${install}`,
    );
    expect(await remedyFor("./e.cjs", { "e.cjs": 'require("not-installed");' })).to.equal(
      `\`./e.cjs\` ${failed}\n${install}`,
    );
  });

  it("an ES module in a package that says that its files are CommonJS is to be named as one", async () => {
    const files = { "package.json": '{ "type": "commonjs" }' };
    const remedy = 'Set `"type": "module"` in the package.json of the file, or name the file `.mjs`.';
    expect(await remedyFor("./a.js", { ...files, "a.js": 'import { inject } from "ligand";' })).to.equal(
      `\`./a.js\` failed during its import, at …/a.js:1\n${remedy}`,
    );
    expect(await remedyFor("./b.js", { ...files, "b.js": "\nexport class B {}" })).to.equal(
      `\`./b.js\` failed during its import, at …/b.js:2\n${remedy}`,
    );
  });

  it("a file in which a compiler left the decorators is to be compiled with `experimentalDecorators`", async () => {
    expect(
      await remedyFor("./a.js", { "a.js": "const Module = () => {};\n  @Module()\nexport class A {}\n" }),
    ).to.equal(
      '`./a.js` failed during its import, at …/a.js:2\nSet `"experimentalDecorators": true` in the `compilerOptions` of tsconfig.json.',
    );
  });

  it("a syntax error of code that's in no file has the place that the code gave itself", async () => {
    const generated =
      'import vm from "node:vm";\nnew vm.Script("@Module() class A {}", { filename: "/gone/made.js" });\n';
    expect(await remedyFor("./a.js", { "a.js": generated })).to.equal(
      "`./a.js` failed during its import, at /gone/made.js:1\nRead the cause: it's an error in the module's code or in a package that it needs.",
    );
  });
});
