import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { decision, entry, Folder } from "../replay/recorded.js";
import { fixture, run } from "./captured-terminal.js";

const BIN = "dist/cli/main.js";

/** Runs the real program. */
async function ligand(args: readonly string[], { nodeArgs = [] as string[], env = {} } = {}) {
  const child = spawn(process.execPath, [...nodeArgs, BIN, ...args], {
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

describe("the program ligand", () => {
  it("the program ligand is a script that node runs", async () => {
    expect((await readFile(BIN, "utf8")).split("\n", 1)[0]).to.equal("#!/usr/bin/env node");
  });

  for (const args of [
    ["check", fixture("wrong.yaml")],
    ["explain", "--json", fixture("right.yaml")],
    ["hooks", "Ratelimit"],
    ["hooks", "Ratelimits"],
    ["schema", fixture("right.yaml")],
  ]) {
    it(`the program ligand writes and ends as \`ligand ${args.join(" ")}\` does in this process`, async () => {
      expect(await ligand(args)).to.deep.equal(await run(args));
    });
  }

  it("the program ligand colours when FORCE_COLOR says so", async () => {
    const { stdout } = await ligand(["check", fixture("clean.yaml")], { env: { FORCE_COLOR: "1" } });
    expect(stdout).to.equal(`\u001B[32m✓\u001B[39m ${fixture("clean.yaml")}: 4 modules, no problems\n`);
  });

  it("a replay that a module brings down ends with 2: it has found no difference", async () => {
    const folder = await Folder.make();
    try {
      const record = await folder.record([decision()]);
      const replay = async (module: string) =>
        ligand(["replay", record, "--config", await folder.config([entry(module)])]);
      const exited = await replay("Exiting");
      expect(exited.code).to.equal(2);
      expect(exited.stderr).to.include("`process.exit(1)` was called, at ");
      const thrown = await replay("ThrowingLate");
      expect(thrown.code).to.equal(2);
      expect(thrown.stderr).to.include("error: too late");
    } finally {
      await folder.remove();
    }
  });

  it("the program ligand says that a module ended the process while it was imported, and fails", async () => {
    for (const command of ["check", "explain", "schema"]) {
      expect(await ligand([command, fixture("exiting.yaml")])).to.deep.equal({
        code: 1,
        stdout: "",
        stderr: `error: \`process.exit(0)\` was called, at ${resolve(fixture("exiting.mjs"))}:5:11, before the command had ended LIGAND_COMMAND_CUT_SHORT
  → Nothing is known of what was not checked yet. A module must not end the process that imports it.
`,
      });
    }
  });

  it("the program ligand fails when a module ended the process with a code of which nothing but zeros arrives", async () => {
    const { code, stderr } = await ligand(["check", fixture("exiting.yaml")], { env: { EXIT_CODE: "256" } });
    expect(code).to.equal(1);
    expect(stderr).to.include("`process.exit(256)` was called");
  });

  it("the program ligand says that a module ended the process behind the back of Node, and fails", async () => {
    for (const [name, place] of [
      ["really-exiting", "1:9"],
      ["quietly-exiting", "3:9"],
    ]) {
      expect(await ligand(["check", fixture(`${name}.yaml`)])).to.deep.equal({
        code: 1,
        stdout: "",
        stderr: `error: \`process.reallyExit(0)\` was called, at ${resolve(fixture(`${name}.mjs`))}:${place}, before the command had ended LIGAND_COMMAND_CUT_SHORT
  → Nothing is known of what was not checked yet. A module must not end the process that imports it.
`,
      });
    }
  });

  it("a command whose module blocks it for good says where, and fails as it would", async () => {
    const program = resolve("build/test/cli/blocked-command.js");
    const child = spawn(process.execPath, ["--enable-source-maps", program], { stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(child, "exit");
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect({
      ended: await ended,
      stdout,
      stderr: stderr.replace(/at .*[\\/](blocked-command)\S+/, "at $1"),
    }).to.deep.equal({
      ended: [2, null],
      stdout: "",
      stderr: `error: code at blocked-command (loopForGood) has blocked the command for 0.5 s LIGAND_COMMAND_CUT_SHORT
  → Look there for a loop that never ends, or for what takes so long. A module must not block the process that imports or calls it.
`,
    });
  });

  it("a command that a debugger may have stopped goes on, however long nothing moves", async () => {
    const program = resolve("build/test/cli/blocked-command.js");
    const child = spawn(process.execPath, ["--inspect=0", program, "1500"], { stdio: "ignore" });
    expect(await once(child, "exit")).to.deep.equal([0, null]);
  });

  it("the program ligand fails when a module ended the process, also when nothing reads its standard error", async () => {
    const args = [BIN, "check", fixture("exiting.yaml")];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.destroy();
    expect(await once(child, "exit")).to.deep.equal([1, null]);
  });

  it("the program ligand ends though a module left something running", async () => {
    expect(await ligand(["check", fixture("lingering.yaml")])).to.deep.equal({
      code: 0,
      stdout: `✓ ${fixture("lingering.yaml")}: 1 module, no problems\n`,
      stderr: "",
    });
  });

  it("the program ligand says so when a module throws outside of its import", async () => {
    expect(await ligand(["check", fixture("throws-later.yaml")])).to.deep.equal({
      code: 1,
      stdout: "",
      stderr: `error: the connection was lost (at ${resolve(fixture("throws-later.mjs"))}:2:9)
  → This may be a bug in Ligand or in a module. \`--stack\` shows where it happened.
`,
    });
  });

  it("the program ligand says what else is wrong though a module leaves a rejection unhandled", async () => {
    const stderr = `Unhandled rejection in a module; continuing: Error: the server is away (at ${resolve(fixture("rejects-later.mjs"))}:1:21)\n`;
    const problem = "is a class or function without `@Module`; it must be a class decorated with `@Module`";
    const checked = await ligand(["check", fixture("rejects-later.yaml")]);
    expect({ code: checked.code, stderr: checked.stderr }).to.deep.equal({ code: 1, stderr });
    expect(checked.stdout).to.include(problem);
    for (const command of [["explain"], ["schema"], ["lock", "--check"]]) {
      const exited = await ligand([...command, fixture("rejects-later.yaml")]);
      expect(exited.code, command[0]).to.equal(1);
      expect(exited.stderr, command[0]).to.include(stderr);
    }
  });

  it("the program ligand ends though a module has replaced what describing an error needs", async () => {
    expect(await ligand(["check", fixture("poisoning.yaml")])).to.deep.equal({
      code: 1,
      stdout: "",
      stderr: "error: something was thrown that can't be described\n",
    });
  });

  it("the program ligand ends quietly, and as it would, when its reader has seen enough", async () => {
    const child = spawn(process.execPath, [BIN, "check", "--format", "json", fixture("wrong.yaml")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    child.stdout.destroy();
    expect(await text(child.stderr)).to.equal("");
    expect(await ended).to.equal(1);
  });

  it("the program ligand imports what a command needs and no more", async () => {
    const packagesOf = async (...args: string[]) => {
      const { stderr } = await ligand(args, { nodeArgs: ["--import", `./${fixture("record-imports.mjs")}`] });
      return stderr.trim().split("\n").toSorted();
    };
    // What fits the output to the terminal serves every command.
    const all = ["ansi-regex", "commander", "get-east-asian-width", "string-width", "strip-ansi"];
    expect(await packagesOf("--help")).to.deep.equal(all);
    const hooks = await packagesOf("hooks", "--json");
    expect(hooks.filter((name) => !all.includes(name))).to.deep.equal(["fastest-levenshtein", "reflect-metadata"]);
    const check = await packagesOf("check", fixture("empty.yaml"));
    expect(check).to.include.members(["commander", "yaml", "class-validator"]);
    expect(check).not.to.include.oneOf(["winston", "nunjucks", "nodemailer", "pg", "undici"]);
  });
});
