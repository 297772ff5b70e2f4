import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { run } from "../cli/captured-terminal.js";
import { MARK, SPILLS } from "./spills.js";

const folder = mkdtempSync(join(tmpdir(), "ligand-commands-"));
const module = `${new URL("./pouring-module.js", import.meta.url).pathname}#Pouring`;
const SECRET = `${MARK}config`;

/** Entries with a secret in each place where an administrator may put one by mistake. */
const WRONG_ENTRIES: readonly string[] = [
  // Of the wrong type, beside its file, in an unknown key, one level too high, in the wrong place, in a rule.
  `  - module: ${module}\n    config:\n      vault: [${SECRET}]\n`,
  `  - module: ${module}\n    config: {vault: ${SECRET}, vault_path: x}\n`,
  `  - module: ${module}\n    config:\n      vault: ${SECRET}\n      vaullt: ${SECRET}\n      access_token: ${SECRET}\n`,
  `  - module: ${module}\n    config:\n    access_token: ${SECRET}\n    vault: 3\n`,
  `  - module: ${module}\n    config: "password: ${SECRET}"\n`,
  `  - module: ${module}\n    config: {vault: ${SECRET}, spill: 3, at: {password: ${SECRET}}}\n`,
  // Beside an id that is none, in the name of a module, in an export.
  `  - module: ${module}\n    id: [1]\n    config: {vault: ${SECRET}, spill: {token: ${SECRET}}}\n`,
  `  - module: "https://user:${SECRET}@example.org/module.js"\n`,
  `  - module: "${module}?access_token=${SECRET}"\n`,
  // In any form, in an unknown key and in an id.
  ...Object.values(SPILLS).map(
    (spill) =>
      `  - module: ${module}\n    config: {vault: 3, spill: [1], at: 3, other: ${JSON.stringify(spill(SECRET))}}\n    id: ${JSON.stringify(spill(SECRET))}\n`,
  ),
];

/** Configurations of which a command says something different: what it's asked, all mistakes of entries, others. */
const FILES: Readonly<Record<string, string>> = {
  right: `modules:\n  - module: ${module}\n    config:\n      vault: ${SECRET}\n`,
  "with wrong entries": `modules:\n${WRONG_ENTRIES.join("")}`,
  "with YAML that is none": `modules:\n  - module: x\n    config:\n      password: @${SECRET}\n      token: "${SECRET}\n`,
  "with a legacy key": `spam_checker:\n  module: x.Y\n  config: {password: ${SECRET}}\n`,
};

/** The commands that read a configuration and end, each with every combination of one option, as its help lists them. */
async function commandLines(): Promise<string[][]> {
  const { stdout: help } = await run(["--help"]);
  const commands = Array.from(help.matchAll(/^ {2}(\w+) .*<file\.\.\.>/gm), ([, name]) => name!);
  const lines: string[][] = [];
  for (const command of commands.filter((name) => name !== "serve")) {
    const { stdout } = await run([command, "--help"]);
    const options = stdout.slice(stdout.indexOf("Options:"), stdout.indexOf("Examples:"));
    lines.push([command]);
    for (const [, flag, value, rest] of options.matchAll(
      /^ {2}(?:-\w, )?(--[\w-]+)(?: <(\w+)>)? +(.*(?:\n {4,}.*)*)/gm,
    )) {
      if (["--help", "--version"].includes(flag!)) continue;
      const choices = /choices: ([^)]*?)(?:, default|\))/s.exec(rest!)?.[1];
      if (choices !== undefined) {
        for (const [choice] of choices.matchAll(/(?<=")\w+(?=")/g)) lines.push([command, flag!, choice]);
      } else lines.push([command, flag!, ...(value === undefined ? [] : [join(folder, "out")])]);
    }
  }
  return lines;
}

describe("secrets in a configuration", () => {
  after(() => rmSync(folder, { recursive: true }));

  it("secrets in a configuration are in nothing that a command writes, whatever its options and the width of the terminal", async () => {
    const lines = await commandLines();
    const flags = lines.map((line) => line.slice(0, 3).join(" ").replace(folder, ""));
    expect(flags).to.include.members([
      "check",
      "check --format json",
      "check --format github",
      "explain --json",
      "schema --out /out",
      "check --stack",
      "explain --color",
    ]);
    const leaks: string[] = [];
    for (const [name, text] of Object.entries(FILES)) {
      const file = join(folder, "homeserver.yaml");
      writeFileSync(file, text);
      for (const line of lines) {
        for (const columns of [undefined, 60]) {
          writeFileSync(join(folder, "out"), "");
          const { stdout, stderr } = await run([...line, file], columns === undefined ? {} : { isTTY: true, columns });
          const shown = stdout + stderr + readFileSync(join(folder, "out"), "utf8");
          const [leak] = new RegExp(`.*${MARK}.*`).exec(shown) ?? [];
          if (leak !== undefined) leaks.push(`${name}: ${line.join(" ")}: ${leak}`);
        }
      }
    }
    expect(leaks.join("\n")).to.equal("");
  });

  it("secrets in a configuration are in no message about how a command was called", async () => {
    const options = [
      "--database",
      "--databse",
      "--listen",
      "--health",
      "--log-level",
      "--blocked-limit",
      "--out",
      "--format",
    ];
    const values = [...Object.values(SPILLS).map((spill) => spill(SECRET)), `postgres:postgres://user:${SECRET}@db/x`];
    for (const command of ["check", "explain", "schema", "hooks", "serve"]) {
      for (const option of options) {
        for (const value of values) {
          // A file is written there.
          const given = option === "--out" ? join(folder, value) : value;
          const { stdout, stderr } = await run([command, "/nowhere/homeserver.yaml", `${option}=${given}`]);
          expect(stdout + stderr).not.to.include(MARK);
        }
      }
    }
  });
});
