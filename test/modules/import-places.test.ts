import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { formatProblem } from "#src/errors/problem.js";
import { loadModules } from "#src/modules/load-modules.js";

const folder = mkdtempSync(join(tmpdir(), "ligand-places-"));

/** What is said of a module whose file, and whatever it imports, has these texts. */
async function saidOf(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const text = `modules: [{module: ./${Object.keys(files)[0]}}]`;
  const { value = [] } = await readConfigurationText(text, join(folder, "homeserver.yaml"));
  const { problems } = await loadModules(value);
  return problems
    .map(formatProblem)
    .join("\n")
    .replaceAll(`${folder}/`, "…/")
    .replace(/^.*: `/, "`");
}

const READ_CAUSE =
  "\n  Read the cause: it's an error in the module's code or in a package that it needs.\n  caused by: ";
const FAILED = "failed during its import";
const CODE = "[LIGAND_MODULE_IMPORT_FAILED]";

describe("the place of an error that keeps a module from being imported", () => {
  before(() => symlinkSync(resolve("node_modules"), join(folder, "node_modules")));
  after(() => rmSync(folder, { recursive: true }));

  it("the place of a failed import is the line of a syntax error", async () => {
    expect(await saidOf({ "unclosed.mjs": "export class A {\n  check( {\n}\n" })).to.equal(
      `\`./unclosed.mjs\` ${FAILED}, at …/unclosed.mjs:4 ${CODE}${READ_CAUSE}Unexpected end of input`,
    );
    expect(await saidOf({ "twice.mjs": "await 1;\nconst x = 1;\nconst x = 2;\n" })).to.equal(
      `\`./twice.mjs\` ${FAILED}, at …/twice.mjs:3 ${CODE}${READ_CAUSE}Identifier 'x' has already been declared`,
    );
  });

  it("the place of a failed import is the line in the file that a module imports", async () => {
    const files = { "importing.mjs": 'import "./imported.mjs";\n', "imported.mjs": "\nconst text = 'open\n" };
    expect(await saidOf(files)).to.equal(
      `\`./importing.mjs\` ${FAILED}, at …/imported.mjs:2 ${CODE}${READ_CAUSE}Invalid or unexpected token`,
    );
  });

  it("the place of a failed import is the line of a CommonJS file", async () => {
    expect(await saidOf({ "common.cjs": "\nconst a = ;\n" })).to.equal(
      `\`./common.cjs\` ${FAILED}, at …/common.cjs:2 ${CODE}${READ_CAUSE}Unexpected token ';'`,
    );
  });

  it("the place of a failed import is the path as it's written, whatever letters it has", async () => {
    expect(await saidOf({ "Türen öffnen.mjs": "import { nothing } from 'chai';\n" })).to.equal(
      `\`./Türen öffnen.mjs\` ${FAILED}, at …/Türen öffnen.mjs:1 ${CODE}${READ_CAUSE}The requested module 'chai' does not provide an export named 'nothing'`,
    );
  });

  for (const name of ["50% more.mjs", "what?.mjs", "two words.mjs", "żółć.mjs", "my$PLUGIN.mjs", "of $(it).mjs"]) {
    it(`a module is imported from a file named ${JSON.stringify(name)}, though a URL, a shell or a template would mean something else`, async () => {
      const missing = `\`./${name}\` has no default export [LIGAND_MODULE_EXPORT_NOT_FOUND]`;
      expect(await saidOf({ [name]: "export const nothing = 1;\n" })).to.include(missing);
    });
  }

  it("the place of a failed import is where its code threw", async () => {
    expect(await saidOf({ "parsing.mjs": '\n\nJSON.parse("{ a");\n' })).to.match(
      /^`\.\/parsing\.mjs` failed during its import \[.+\n {2}.+\n {2}caused by: .+ \(at …\/parsing\.mjs:3:6\)$/,
    );
  });

  const DECORATE = "(decorators, ...rest) { for (const decorator of decorators) decorator(...rest); }\n";

  for (const [what, name, files] of [
    ["TypeScript's helper", "__decorate", { "start.mjs": `function __decorate${DECORATE}` }],
    ["SWC's helper", "_ts_decorate", { "start.mjs": `function _ts_decorate${DECORATE}` }],
    ["esbuild's helper", "__decorateClass", { "start.mjs": `const __decorateClass = function ${DECORATE}` }],
    [
      "the helper of a package",
      "__decorate",
      {
        "start.mjs": 'import { __decorate } from "./helper.mjs";\n',
        "helper.mjs": `export function __decorate${DECORATE}`,
      },
    ],
    ["reflect-metadata", "Reflect.decorate", { "start.mjs": 'import "reflect-metadata";\n' }],
  ] as const) {
    it(`the place of a misused decorator is where the class is decorated, not in ${what}`, async () => {
      const compiled = `${files["start.mjs"]}import { SpamChecker } from "${DIST}";
export class Careless {
  static check() {}
}
${name}([SpamChecker.checkEventForSpam()], Careless, "check", undefined);
`;
      const file = `${name}-${files["start.mjs"].length}.mjs`;
      expect(await saidOf({ [file]: compiled, ...files })).to.match(
        new RegExp(
          "expected an instance method \\[LIGAND_DECORATOR_MISUSED\\] \\(at …/" +
            file.replaceAll(".", "\\.") +
            ":6:\\d+\\)$",
        ),
      );
    });
  }
});

const DIST = resolve("dist/index.js");
