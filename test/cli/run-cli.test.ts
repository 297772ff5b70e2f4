import { readFileSync } from "node:fs";
import { expect } from "chai";
import { writeFailure } from "#src/cli/run-cli.js";
import { run } from "./captured-terminal.js";

describe("the command line", () => {
  it("ligand shows its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await run(["--version"])).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("ligand shows what it can do when it is called without a command, which is wrong", async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
    expect(stderr).to.equal((await run(["--help"])).stdout);
    expect(stderr.match(/^Usage: ligand \[options\] \[command\]/)).not.to.equal(null);
  });

  for (const command of [[], ["check"], ["explain"], ["hooks"], ["schema"]]) {
    it(`ligand teaches \`ligand ${[...command, "--help"].join(" ")}\` by examples`, async () => {
      const { code, stdout, stderr } = await run([...command, "--help"]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      const examples = stdout.slice(stdout.indexOf("\nExamples:\n")).match(/^ {2}\$ ligand .+$/gm);
      expect(examples?.[0]).to.match(command.length > 0 ? new RegExp(`^ {2}\\$ ligand ${command[0]}`) : /ligand check/);
    });
  }

  it("ligand suggests a command for one that doesn't exist", async () => {
    expect(await run(["chek", "x.yaml"])).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: "error: unknown command 'chek'\n(Did you mean check?)\n(`--help` shows how to call it)\n",
    });
  });

  it("ligand suggests an option for one that doesn't exist", async () => {
    expect(await run(["explain", "--jsn", "x.yaml"])).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: "error: unknown option '--jsn'\n(Did you mean --json?)\n(`--help` shows how to call it)\n",
    });
  });

  it("ligand doesn't show a database that it can't read, which may have a password", async () => {
    for (const database of ["postgres:u:hunter2@host/d", "mysql://u:hunter2@host/d"]) {
      const { code, stderr } = await run(["serve", "x.yaml", "--listen", "unix:/x", "--database", database]);
      expect({ code, stderr }).to.deep.equal({
        code: 2,
        stderr:
          "error: option '--database <where>' has an invalid argument. Expected pglite:DIRECTORY, or " +
          "postgres:postgresql://USER@HOST/DATABASE.\n(`--help` shows how to call it)\n",
      });
    }
    const misspelt = await run([
      "serve",
      "x.yaml",
      "--listen",
      "unix:/x",
      "--databse=postgres:postgresql://u:hunter2@host/d",
    ]);
    expect(misspelt.stderr).to.equal(
      "error: unknown option '--databse=postgres:postgresql://u:[redacted]@host/d'\n(`--help` shows how to call it)\n",
    );
  });

  it("ligand refuses an empty path, which would mean the working directory, or a folder beside it", async () => {
    const serve = ["serve", "x.yaml", "--listen", "unix:/x"];
    const commands: readonly (readonly [option: string, argv: readonly string[]])[] = [
      ["--last-good <folder>", [...serve, "--last-good", ""]],
      ["--inspector-token-file <file>", [...serve, "--inspector", "tcp:127.0.0.1:0", "--inspector-token-file", ""]],
      ["--record <file>", ["decisions", "forget", "@ann:example.org", "--record", ""]],
      ["--key-file <file>", ["decisions", "forget", "@ann:example.org", "--record", "x/y", "--key-file", ""]],
      ["--record <file>", ["why", "an-id", "--record", ""]],
      ["--key-file <file>", ["why", "an-id", "--record", "x/y", "--key-file", ""]],
      ["--key-file <file>", ["replay", "x/y", "--config", "x.yaml", "--key-file", ""]],
    ];
    for (const [option, argv] of commands) {
      expect(await run(argv), argv.join(" ")).to.deep.equal({
        code: 2,
        stdout: "",
        stderr:
          `error: option '${option}' argument '' is invalid. Expected a path that isn't empty.\n` +
          "(`--help` shows how to call it)\n",
      });
    }
  });

  describe("on an error that no command foresaw", () => {
    const error = new Error("it broke", { cause: new Error("a wire is loose") });
    const written = async (options: Parameters<typeof writeFailure>[2]) => {
      let text = "";
      const output = { write: (more: string) => (text += more) };
      await writeFailure(error, { stdout: output, stderr: output, env: {} }, options);
      return text;
    };

    it("ligand, after an unexpected error, says what happened, where in a module, why, and what to do", async () => {
      const text = (await written({})).replace(/\(at .*[\\/]run-cli\.test\.ts:\d+:\d+\)/, "(at here)");
      expect(text).to.equal(`error: it broke (at here)
  caused by: a wire is loose
  → This may be a bug in Ligand or in a module. \`--stack\` shows where it happened.
`);
    });

    it("ligand, after an unexpected error, shows the stack where it is asked for", async () => {
      const text = await written({ stack: true });
      expect(text.startsWith(await written({}))).to.equal(true);
      expect(text).to.match(/\n +at .*run-cli\.test/);
    });

    it("ligand, after an unexpected error, shows the stack by `--stack` and by DEBUG, of any command", async () => {
      const args = ["schema", "test/fixtures/cli/empty.yaml", "--out", "test/fixtures/absent/schema.json"];
      expect((await run(args)).stderr).not.to.match(/\n +at /);
      expect((await run([...args, "--stack"])).stderr).to.match(/\n +at .*schema-command/);
      expect((await run(args, { env: { DEBUG: "1" } })).stderr).to.match(/\n +at .*schema-command/);
    });
  });
});
