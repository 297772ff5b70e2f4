import { resolve } from "node:path";
import { expect } from "chai";
import { fixture, run } from "./captured-terminal.js";

const RIGHT = fixture("clean.yaml");
const WRONG = fixture("wrong.yaml");

describe("ligand check", () => {
  it("ligand check says in one line that nothing is wrong", async () => {
    expect(await run(["check", RIGHT])).to.deep.equal({
      code: 0,
      stdout: `✓ ${RIGHT}: 4 modules, no problems\n`,
      stderr: "",
    });
  });

  it("ligand check shows every problem with its line, a caret below the place, the path, the remedy and the code", async () => {
    expect(await run(["check", WRONG])).to.deep.equal({
      code: 1,
      stdout: `${WRONG}

  ${WRONG}:6:7 error \`max_lenght\` isn't a known key LIGAND_CONFIG_UNKNOWN_KEY
    6 |       max_lenght: …
      |       ^
    at modules[0].config.max_lenght
    → Did you mean \`max_length\`?

  ${WRONG}:7:19 error \`max_length\` must not be less than 1, but it's the number 0 LIGAND_CONFIG_INVALID
    7 |       max_length: 0
      |                   ^
    at modules[0].config.max_length
    → Change the value, or leave \`max_length\` out; the default is 4000.

  ${WRONG}:8:13 error \`./modules.mjs\` has no export \`SpamFliter\` LIGAND_MODULE_EXPORT_NOT_FOUND
    8 |   - module: ./modules.mjs#SpamFliter
      |             ^
    at modules[1].module
    → Did you mean \`./modules.mjs#SpamFilter\`?

  ${WRONG}:12:5 error \`idd\` isn't a known key LIGAND_CONFIG_UNKNOWN_KEY
    12 |     idd: …
       |     ^
    at modules[2].idd
    → Did you mean \`id\`?

4 problems
`,
      stderr: "",
    });
  });

  it("case 413: ligand check says which hooks Synapse refuses or never calls where it delegates authentication", async () => {
    const modules = fixture("delegated.yaml");
    expect((await run(["check", modules])).stdout).to.equal(`✓ ${modules}: 2 modules, no problems\n`);
    expect(await run(["check", fixture("delegating-homeserver.yaml"), modules])).to.deep.equal({
      code: 1,
      stdout: `${modules}

  ${modules}:2:13 error module Passwords has the hook PasswordAuth.authChecker, and with \`matrix_authentication_service\` Synapse refuses password hooks and doesn't start LIGAND_HOOK_DELEGATED
    2 |   - module: ./delegated.mjs#Passwords
      |             ^
    → Remove the module, or let an upstream provider of the authentication service do what it does.

  ${modules}:2:13 error module Passwords has the hook PasswordAuth.onLoggedOut, and with \`matrix_authentication_service\` Synapse refuses password hooks and doesn't start LIGAND_HOOK_DELEGATED
    2 |   - module: ./delegated.mjs#Passwords
      |             ^
    → Remove the module, or let an upstream provider of the authentication service do what it does.

  ${modules}:3:13 warning module Logins has the hook SpamChecker.checkLoginForSpam, and with \`matrix_authentication_service\` Synapse never calls it LIGAND_HOOK_DELEGATED
    3 |   - module: ./delegated.mjs#Logins
      |             ^
    → Logins are decided by the policy of the authentication service.

  ${modules}:3:13 warning module Logins has the hook SpamChecker.checkRegistrationForSpam, and with \`matrix_authentication_service\` it gets no mail address, no IP address and no provider, and the authentication service retries what it refuses LIGAND_HOOK_DELEGATED
    3 |   - module: ./delegated.mjs#Logins
      |             ^
    → Registrations are decided by the policy of the authentication service.

  ${modules}:3:13 warning module Logins has the hook AccountValidity.isUserExpired, and with \`matrix_authentication_service\` Synapse doesn't ask it about requests, only for the account status API LIGAND_HOOK_DELEGATED
    3 |   - module: ./delegated.mjs#Logins
      |             ^
    → Lock the account in the authentication service instead.

2 problems, 3 warnings
`,
      stderr: "",
    });
  });

  for (const format of ["pretty", "json", "github"]) {
    it(`ligand check shows no secret that a module's error quotes, in the format ${format}`, async () => {
      const { code, stdout } = await run(["check", "--format", format, fixture("leaky.yaml")]);
      expect(code).to.equal(1);
      expect(stdout)
        .to.contain("this is wrong: ")
        .and.to.contain("cannot use ")
        .and.to.contain("bot:[redacted]@localhost");
      expect(stdout).not.to.contain("hunter2");
    });
  }

  it("ligand check shows warnings, exits with 0, and marks them as warnings in every format", async () => {
    const file = fixture("warned.yaml");
    const message = "`modules` should be a list of modules, but it's an empty mapping";
    const remedy = "Start each module with a dash: `- module: my-package#MyModule`.";
    expect(await run(["check", file])).to.deep.equal({
      code: 0,
      stdout: `${file}

  ${file}:1:10 warning ${message} LIGAND_CONFIG_UNUSED
    1 | modules: {}
      |          ^
    at modules
    → ${remedy}

no problems, 1 warning
✓ ${file}: 0 modules, no problems, 1 warning
`,
      stderr: "",
    });
    expect((await run(["check", fixture("right.yaml")])).stdout).to.include(
      'warning module "Censor" also serves the web path /_synapse/client/greeting; module "Greeter" comes first and keeps it',
    );
    const json = JSON.parse((await run(["check", "--format", "json", file])).stdout) as object;
    expect(json).to.deep.include({ ok: true, modules: [] });
    expect(json).to.have.nested.property("problems[0].severity", "warning");
    const { stdout } = await run(["check", "--format", "github", file]);
    expect(stdout.split(" ", 1)).to.deep.equal(["::warning"]);
  });

  it("ligand check groups the problems of several files, and counts the files", async () => {
    const { code, stdout } = await run(["check", fixture("absent.yaml"), WRONG, fixture("hostile.yaml")]);
    expect(code).to.equal(1);
    const headings = stdout.split("\n").filter((line) => /^\S/.test(line));
    expect(headings).to.deep.equal([WRONG, fixture("hostile.yaml"), "3 problems, 1 warning in 2 files"]);
    expect(
      stdout.startsWith(
        `  error the configuration file \`${fixture("absent.yaml")}\` couldn't be read (looked for ${resolve(fixture("absent.yaml"))})`,
      ),
    ).to.equal(true);
  });

  it("ligand check writes JSON for programs", async () => {
    const { code, stdout } = await run(["check", "--format", "json", WRONG]);
    expect(code).to.equal(1);
    const report = JSON.parse(stdout) as { problems: unknown[] };
    expect({ ...report, problems: report.problems.slice(0, 1) }).to.deep.equal({
      version: 1,
      ok: false,
      files: [WRONG],
      modules: [],
      disabled: [],
      problems: [
        {
          code: "LIGAND_CONFIG_UNKNOWN_KEY",
          severity: "error",
          message: "`max_lenght` isn't a known key",
          remedy: "Did you mean `max_length`?",
          file: WRONG,
          line: 6,
          column: 7,
          path: "modules[0].config.max_lenght",
        },
      ],
    });
    expect(report.problems).to.have.length(4);
  });

  it("ligand check names the modules in JSON when nothing is wrong", async () => {
    const { code, stdout } = await run(["check", "--format", "json", RIGHT]);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({
      version: 1,
      ok: true,
      files: [RIGHT],
      modules: ["strict", "Greeter", "FileAuth", "SpamFilter"],
      disabled: [],
      problems: [],
    });
  });

  it("ligand check counts and names the modules that are disabled", async () => {
    const file = fixture("disabled.yaml");
    const { stdout } = await run(["check", file]);
    expect(stdout).to.equal(`✓ ${file}: 1 module (and 2 disabled), no problems\n`);
    const { stdout: json } = await run(["check", "--format", "json", file]);
    expect((JSON.parse(json) as { disabled: unknown }).disabled).to.deep.equal([
      { specifier: "./modules.mjs#SpamFilter", id: "strict", file, line: 3, column: 13 },
      { specifier: "not-installed-yet", file, line: 6, column: 13 },
    ]);
  });

  it("ligand check annotates the lines on GitHub", async () => {
    expect(await run(["check", "--format", "github", WRONG])).to.deep.equal({
      code: 1,
      stdout: `::error file=${WRONG},line=6,col=7,title=LIGAND_CONFIG_UNKNOWN_KEY::modules[0].config.max_lenght: \`max_lenght\` isn't a known key%0ADid you mean \`max_length\`?
::error file=${WRONG},line=7,col=19,title=LIGAND_CONFIG_INVALID::modules[0].config.max_length: \`max_length\` must not be less than 1, but it's the number 0%0AChange the value, or leave \`max_length\` out; the default is 4000.
::error file=${WRONG},line=8,col=13,title=LIGAND_MODULE_EXPORT_NOT_FOUND::modules[1].module: \`./modules.mjs\` has no export \`SpamFliter\`%0ADid you mean \`./modules.mjs#SpamFilter\`?
::error file=${WRONG},line=12,col=5,title=LIGAND_CONFIG_UNKNOWN_KEY::modules[2].idd: \`idd\` isn't a known key%0ADid you mean \`id\`?
${WRONG}: 4 problems
`,
      stderr: "",
    });
  });

  it("ligand check shows no value that may be a secret", async () => {
    const { code, stdout } = await run(["check", fixture("secrets.yaml")]);
    expect(code).to.equal(1);
    expect(stdout.match(/hunter\d/)).to.equal(null);
    const shown = stdout.split("\n").filter((line) => /^ +\d+ \|/.test(line));
    expect(shown.map((line) => line.trim())).to.deep.equal([
      "2 |   - module: ./modules.mjs#FileAuth",
      "3 |     password: …",
      "4 |   - { module: ./modules.mjs#SpamFilter, config: { words: [], max_length: 0, api_token: … } }",
      "4 |   - { module: ./modules.mjs#SpamFilter, config: { words: [], max_length: 0, api_token: … } }",
      "8 |       pasword: …",
    ]);
  });

  it("ligand check lets no file command the terminal", async () => {
    const { stdout } = await run(["check", fixture("hostile.yaml")]);
    expect(stdout.split("\n").slice(2, 4)).to.deep.equal([
      `  ${fixture("hostile.yaml")}:2:13 error \`./\uFFFD[2J\uFFFD]0;title\uFFFD.mjs\` doesn't exist (looked for ${process.cwd()}/test/fixtures/cli/\uFFFD[2J\uFFFD]0;title\uFFFD.mjs) LIGAND_MODULE_NOT_FOUND`,
      '    2 |   - module: "./\\e[2J\\e]0;title\\a.mjs"',
    ]);
  });

  it("ligand check colours on a terminal alone, unless the flags or the environment say otherwise", async () => {
    const isColoured = async (args: string[], world: Parameters<typeof run>[1]) =>
      (await run(["check", RIGHT, ...args], world)).stdout.startsWith("\u001B[32m✓");
    expect(await isColoured([], {})).to.equal(false);
    expect(await isColoured([], { isTTY: true })).to.equal(true);
    expect(await isColoured([], { isTTY: true, env: { TERM: "dumb" } })).to.equal(false);
    expect(await isColoured([], { isTTY: true, env: { NO_COLOR: "1" } })).to.equal(false);
    expect(await isColoured([], { isTTY: true, env: { FORCE_COLOR: "0" } })).to.equal(false);
    expect(await isColoured([], { env: { FORCE_COLOR: "1" } })).to.equal(true);
    expect(await isColoured(["--no-color"], { isTTY: true, env: { FORCE_COLOR: "1" } })).to.equal(false);
    expect(await isColoured(["--color"], { env: { NO_COLOR: "1" } })).to.equal(true);
  });

  it("ligand check refuses an unknown format", async () => {
    expect(await run(["check", "--format", "xml", RIGHT])).to.deep.equal({
      code: 2,
      stdout: "",
      stderr:
        "error: option '--format <format>' argument 'xml' is invalid. Allowed choices are pretty, json, github.\n" +
        "(`--help` shows how to call it)\n",
    });
  });

  it("ligand check needs a file", async () => {
    expect(await run(["check"])).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: "error: missing required argument 'file'\n(`--help` shows how to call it)\n",
    });
  });
});
