import { expect } from "chai";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { formatProblem, type Problem } from "#src/errors/problem.js";
import { loadModules } from "#src/modules/load-modules.js";

const fixtures = fileURLToPath(new URL("../../../test/fixtures/modules/", import.meta.url));

/** Reads and loads the modules of a string, as `startModules` does with a file. */
async function load(text: string): Promise<{ configs: unknown[]; problems: Problem[] }> {
  const entries = await readConfigurationText(text, join(fixtures, "c.yaml"));
  const { value: loaded, problems } = await loadModules(entries.value ?? []);
  return { configs: loaded.map(({ config }) => config), problems: [...entries.problems, ...problems] };
}

/** What problems say: the code, the path in the file, and what is below the first line. */
function shown(problems: readonly Problem[]): string[][] {
  return problems.map((problem) => [problem.code, problem.path ?? "", ...formatProblem(problem).split("\n").slice(2)]);
}

describe("conformance: configuration", () => {
  it("case 371: an item that is a string is an error at the item", async () => {
    expect(shown((await load("modules: [text]")).problems)).to.deep.equal([["LIGAND_CONFIG_TYPE", "modules[0]"]]);
  });

  it("case 372: an item without `module`, or with a number there, is an error at its key `module`", async () => {
    expect(shown((await load("modules: [{config: {}}, {module: 3}]")).problems)).to.deep.equal([
      ["LIGAND_CONFIG_MISSING_KEY", "modules[0].module"],
      ["LIGAND_CONFIG_TYPE", "modules[1].module"],
    ]);
  });

  it("case 373: what can't be imported or isn't exported is an error at the key `module` (by decision; Synapse shows a raw error)", async () => {
    const { problems } = await load(
      "modules: [{module: no-such-package-anywhere#X}, {module: ./throws.mjs#X}, {module: ./evil-users.mjs#Absent}]",
    );
    expect(shown(problems).map(([code, path]) => [code, path])).to.deep.equal([
      ["LIGAND_MODULE_NOT_FOUND", "modules[0].module"],
      ["LIGAND_MODULE_IMPORT_FAILED", "modules[1].module"],
      ["LIGAND_MODULE_EXPORT_NOT_FOUND", "modules[2].module"],
    ]);
    expect(problems[1]!.cause).to.be.instanceOf(RangeError).with.property("message", "the moon is full");
  });

  it("case 374: a config that is absent, null, [] or 0 reaches the module as an empty mapping", async () => {
    const entries = ["", ", config: null", ", config: []", ", config: 0"];
    const text = (name: string) => entries.map((config) => `{module: ./parses-config.mjs#${name}${config}}`).join(", ");
    const warned = (problems: readonly Problem[]) => problems.map(({ severity, message }) => [severity, message]);
    const parsed = await load(`modules: [${text("Parses")}]`);
    expect(parsed.configs).to.deep.equal(entries.map(() => ({ parsed: {} })));
    expect(warned(parsed.problems)).to.deep.equal([
      ["warning", "`config` must be a mapping, but it's an empty list, which counts as no config"],
      ["warning", "`config` must be a mapping, but it's the number 0, which counts as no config"],
    ]);
    const plain = entries.map((config) => `{module: ./evil-users.mjs#Quiet${config}}`).join(", ");
    expect((await load(`modules: [${plain}]`)).configs).to.deep.equal(entries.map(() => ({})));
  });

  it("case 376: what parseConfig returns is the config, null included", async () => {
    expect(await load("modules: [{module: ./parses-config.mjs#ParsesToNull, config: {a: 1}}]")).to.deep.equal({
      configs: [null],
      problems: [],
    });
  });

  it("case 377: parseConfig rejects the config at a path", async () => {
    const { problems } = await load(
      "modules:\n- module: ./parses-config.mjs#RejectsAt\n  config:\n    a:\n      b: 3\n",
    );
    expect(problems.map(formatProblem)).to.deep.equal([
      [
        `${join(fixtures, "c.yaml")}:5:10 modules[0].config.a.b: the value is odd [LIGAND_CONFIG_REJECTED]`,
        "  Follow the module's own message.",
      ].join("\n"),
    ]);
  });

  it("case 378: parseConfig rejects the config with a cause, which is shown one level deeper", async () => {
    const { problems } = await load("modules: [{module: ./parses-config.mjs#RejectsWithCause}]");
    expect(problems.map(formatProblem)).to.deep.equal([
      [
        `${join(fixtures, "c.yaml")}:1:11 modules[0].config: the list is unreadable [LIGAND_CONFIG_REJECTED]`,
        "  Follow the module's own message.",
        "  caused by: disk on fire",
      ].join("\n"),
    ]);
  });

  it("case 379: another error of parseConfig is an error at the config, with that error as its cause", async () => {
    const { problems } = await load("modules:\n- module: ./parses-config.mjs#Breaks\n  config: {}\n");
    expect(shown(problems)).to.deep.equal([
      [
        "LIGAND_CONFIG_REJECTED",
        "modules[0].config",
        "  caused by: Cannot read properties of undefined (reading 'more')",
      ],
    ]);
    expect(problems[0]!.message).to.equal(
      `\`Breaks.parseConfig\` failed on this config, at ${join(fixtures, "parses-config.mjs")}:34:26`,
    );
    expect(problems[0]!.position).to.include({ line: 3, column: 3 });
    expect(problems[0]!.cause).to.be.instanceOf(TypeError);
  });

  it("case 386: `spam_checker` as a mapping, a list or a string is an error that shows the entry to write (by decision; Synapse accepts the first two)", async () => {
    const remedies = async (value: string) =>
      (await load(`spam_checker: ${value}`)).problems.map(({ remedy }) => remedy);
    const entry = (name: string) => `      - module: "<package or ./file.js>#${name}"`;
    const remedy = (...entries: string[]) => [
      ["Write the module as an entry of `modules:`.", "    modules:", ...entries].join("\n"),
    ];
    expect(await remedies("{module: my.Checker}")).to.deep.equal(remedy(entry("Checker")));
    expect(await remedies("[{module: a.One}, {module: a.Two}]")).to.deep.equal(remedy(entry("One"), entry("Two")));
    expect(await remedies("text")).to.deep.equal(remedy(entry("ModuleClass")));
    expect(await remedies("null")).to.deep.equal([]);
  });
});
