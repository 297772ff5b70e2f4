import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { fixture, run } from "./captured-terminal.js";

interface Schema {
  properties: { modules: { items: { allOf: { if: { properties: { module: { const: string } } } }[] } } };
  $defs: Record<string, { properties: object; required: string[] }>;
}

function modulesOf(text: string): string[] {
  const { items } = (JSON.parse(text) as Schema).properties.modules;
  return items.allOf.map((entry) => entry.if.properties.module.const);
}

describe("ligand schema", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-schema-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("ligand schema writes the schema of the modules that the configuration lists", async () => {
    const { code, stdout, stderr } = await run(["schema", fixture("right.yaml")]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(modulesOf(stdout)).to.deep.equal([
      "./modules.mjs#SpamFilter",
      "./modules.mjs#Greeter",
      "./modules.mjs#FileAuth",
      "./modules.mjs",
    ]);
    expect((JSON.parse(stdout) as Schema).$defs["SpamFilterConfig"]).to.deep.include({
      properties: {
        words: { type: "array", items: { type: "string" } },
        max_length: { type: "integer", minimum: 1, default: 4000 },
      },
      required: ["words"],
    });
  });

  it("ligand schema writes to a file", async () => {
    const out = join(folder, "homeserver.schema.json");
    const printed = await run(["schema", fixture("right.yaml")]);
    expect(await run(["schema", fixture("right.yaml"), "--out", out])).to.deep.equal({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(await readFile(out, "utf8")).to.equal(printed.stdout);
  });

  it("ligand schema says what to do when the file can't be written", async () => {
    const out = join(folder, "absent", "schema.json");
    expect(await run(["schema", fixture("right.yaml"), "--out", out])).to.deep.equal({
      code: 1,
      stdout: "",
      stderr: `error: the schema could not be written to "${out}" LIGAND_ARGUMENT_INVALID
  caused by: ENOENT: no such file or directory, open '${out}'
  → Give \`--out\` a path in a folder that exists and that you may write to.
`,
    });
  });

  it("ligand schema includes modules whose config is wrong, and reports those that can't be loaded", async () => {
    const { code, stdout, stderr } = await run(["schema", fixture("wrong.yaml")]);
    expect(code).to.equal(1);
    expect(modulesOf(stdout)).to.deep.equal(["./modules.mjs#SpamFilter"]);
    expect(stderr.split("\n").filter((line) => /^ {2}\S|^\S/.test(line))).to.deep.equal([
      fixture("wrong.yaml"),
      `  ${fixture("wrong.yaml")}:8:13 error \`./modules.mjs\` has no export \`SpamFliter\` LIGAND_MODULE_EXPORT_NOT_FOUND`,
      `  ${fixture("wrong.yaml")}:12:5 error \`idd\` isn't a known key LIGAND_CONFIG_UNKNOWN_KEY`,
      "2 problems",
      "The schema leaves out the modules of these entries.",
    ]);
  });

  it("ligand schema has a process describe the modules that have one, and writes the same", async () => {
    const modules = resolve(fixture("modules.mjs"));
    const schemaOf = async (operate: string) => {
      const file = join(folder, "modules.yaml");
      const entries = ["SpamFilter", "Greeter", "FileAuth"].map((name) => `- module: ${modules}#${name}`);
      await writeFile(file, `modules:\n${entries.map((entry) => `${entry}\n${operate}`).join("")}`);
      const { code, stdout, stderr } = await run(["schema", file]);
      expect([code, stderr]).to.deep.equal([0, ""]);
      return JSON.parse(stdout) as Schema;
    };
    const here = await schemaOf("");
    expect(Object.keys(here.$defs)).to.include("SpamFilterConfig");
    expect(await schemaOf("  operate: { process: filters }\n")).to.deep.equal(here);
  });

  it("ligand schema survives a module whose process ends when it's imported there, and says so", async () => {
    const file = join(folder, "exiting.yaml");
    const exiting = fixture("exiting.mjs");
    await writeFile(
      file,
      `modules:\n- module: ${resolve(exiting)}#Exiting\n  operate: { process: own }\n- module: ${resolve(fixture("modules.mjs"))}#Greeter\n`,
    );
    const { code, stdout, stderr } = await run(["schema", file], { columns: 500 });
    expect([code, modulesOf(stdout)]).to.deep.equal([1, [`${resolve(fixture("modules.mjs"))}#Greeter`]]);
    expect(stderr).to.match(/:2:11 error .*LIGAND_START_FAILED/);
  });

  it("ligand schema teaches how an editor uses the schema", async () => {
    const { stdout } = await run(["schema", "--help"]);
    expect(stdout.split("\n")).to.include("  # yaml-language-server: $schema=./homeserver.schema.json");
  });
});
