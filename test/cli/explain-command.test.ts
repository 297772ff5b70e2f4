import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Explanation } from "#src/cli/explanation.js";
import { fixture, run } from "./captured-terminal.js";

const RIGHT = fixture("right.yaml");

describe("ligand explain", () => {
  it("ligand explain shows modules, chains, web paths and login types, and constructs nothing", async () => {
    expect(await run(["explain", RIGHT])).to.deep.equal({
      code: 0,
      stdout: `5 modules, in the order of the configuration
  1. strict  SpamFilter
       from  ./modules.mjs#SpamFilter  ${RIGHT}:3:13
       uses  Users, Profiles (optional), Clock (offered by Ligand), Caches (offered by Ligand)
       runs  forgetOld every 30m
  2. Greeter
       from  ./modules.mjs#Greeter  ${RIGHT}:7:13
  3. FileAuth
       from  ./modules.mjs#FileAuth  ${RIGHT}:8:13
  4. SpamFilter
       from  ./modules.mjs#SpamFilter  ${RIGHT}:9:13
       uses  Users, Profiles (optional), Clock (offered by Ligand), Caches (offered by Ligand)
       runs  forgetOld every 30m
  5. Censor
       from  ./modules.mjs  ${RIGHT}:12:13

5 hooks with callbacks
  SpamChecker.checkEventForSpam  first denial; on an error: the error reaches the operation
    1. strict: SpamFilter.checkEvent  looks at nothing
    2. SpamFilter: SpamFilter.checkEvent  looks at nothing
    3. Censor: Censor.alsoCheck  looks at nothing
  SpamChecker.checkLoginForSpam  first denial; on an error: the error reaches the operation
    1. strict: SpamFilter.checkLogin  looks at nothing
    2. SpamFilter: SpamFilter.checkLogin  looks at nothing
  ThirdPartyRules.checkEventAllowed  first refusal or replacement; on an error: \`MatrixError\` passes; another error becomes \`ModuleFailedError\` (500)
    1. Censor: Censor.censor  looks at nothing
  PasswordAuth.authChecker  first answer that is not null; on an error: logged, next callback
    1. FileAuth: FileAuth.checkToken  looks at username, loginType
    2. FileAuth: FileAuth.check  looks at username, loginType
  BackgroundUpdates.onUpdate  the only callback; on an error: the error reaches the operation
    1. FileAuth: FileAuth.slot  looks at nothing
    ignored: Censor: Censor.slot

1 web path
  /_synapse/client/greeting
    Greeter: Greeter.greet   GET
    Greeter: Greeter.change  PUT, DELETE
    not served by Censor, which comes later

2 login types
  m.login.password with the fields password
    1. FileAuth: FileAuth.check
  org.example.token with the fields token, realm
    1. FileAuth: FileAuth.checkToken
`,
      stderr: "",
    });
  });

  it("ligand explain shows what an administrator wants of modules and callbacks, and what is in shadow", async () => {
    const file = fixture("operated.yaml");
    expect((await run(["explain", file])).stdout).to.equal(`4 modules, in the order of the configuration
  1. SpamFilter
       from     ./modules.mjs#SpamFilter  ${file}:2:13
       uses     Users, Profiles (optional), Clock (offered by Ligand), Caches (offered by Ligand)
       operate  required: false; log_level: debug
       runs     forgetOld every 30m
  2. tried  SpamFilter
       from     ./modules.mjs#SpamFilter  ${file}:13:13
       uses     Users, Profiles (optional), Clock (offered by Ligand), Caches (offered by Ligand)
       operate  mode: shadow; pretends to act by Users, Profiles; what it does by itself, it does
       runs     forgetOld every 30m
  3. FileAuth
       from     ./modules.mjs#FileAuth  ${file}:17:13
       operate  mode: shadow
  4. Greeter
       from     ./modules.mjs#Greeter  ${file}:19:13
       operate  mode: shadow

1 module not loaded, by \`enabled: false\` or \`mode: disabled\`
  ./modules.mjs  ${file}:21:13

2 hooks with callbacks
  SpamChecker.checkEventForSpam  first denial; on an error: the error reaches the operation
    1. SpamFilter: SpamFilter.checkEvent  looks at nothing; only type m.room.message or m.sticker; except server *.example.org; share: 7%, the rest disabled; timeout: 500ms; on failure: deny, of other servers' requests allow
    in shadow: tried: SpamFilter.checkEvent  looks at nothing
  SpamChecker.checkLoginForSpam  first denial; on an error: the error reaches the operation
    1. SpamFilter: SpamFilter.checkLogin  looks at nothing; share: 7%, the rest disabled; circuit breaker at 50%; timeout: 1m; on failure: allow
    in shadow: tried: SpamFilter.checkLogin  looks at nothing
`);
  });

  describe("with processes", () => {
    let folder: string;
    before(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), "ligand-explain-")));
      await mkdir(join(folder, "node_modules"));
      await mkdir(join(folder, "packages/linked"), { recursive: true });
      await symlink("../packages/linked", join(folder, "node_modules/linked"));
      const ligand = new URL("../../../dist/index.js", import.meta.url).href;
      await writeFile(
        join(folder, "packages/linked/package.json"),
        JSON.stringify({ name: "linked", version: "1.0.0", type: "module", exports: "./index.js" }),
      );
      await writeFile(
        join(folder, "packages/linked/index.js"),
        `import { Module, SpamChecker } from ${JSON.stringify(ligand)};
export class Linked { pass() {} }
SpamChecker.userMayInvite()(Linked.prototype, "pass", {});
Module()(Linked);`,
      );
      const entry = (id: string, operate: object) => ({ module: "linked#Linked", id, operate });
      const permissions = { read: ["./data"], write: ["/tmp/written"] };
      await writeFile(
        join(folder, "modules.yaml"),
        JSON.stringify({
          modules: [
            entry("a", { process: "filters" }),
            entry("b", { process: "own", memory: "256MiB", permissions }),
            entry("c", { process: "filters" }),
            entry("d", {}),
          ],
        }),
      );
    });
    after(() => rm(folder, { recursive: true }));

    it("ligand explain says which processes start, with which modules, and what they can read", async () => {
      const { stdout, code } = await run(["explain", join(folder, "modules.yaml")]);
      const [, section] = stdout.split("2 processes of modules, beside the homeserver's own\n");
      const lines = section!.split("\n\n")[0]!.split("\n");
      expect([code, lines.slice(0, 3), lines.length]).to.deep.equal([
        0,
        ["  filters  a, c", "  own  b", "    memory  at most 256MiB"],
        5,
      ]);
      expect(lines[3]).to.match(new RegExp(`^    reads   ${folder}/data, /tmp/written, ${folder}/node_modules, `));
      expect(lines[4]).to.equal("    writes  /tmp/written");
    });

    it("the paths that a process can read include a linked package where it really is, and Ligand", async () => {
      const { stdout } = await run(["explain", "--json", join(folder, "modules.yaml")]);
      const { processes } = JSON.parse(stdout) as Explanation;
      const { readable, ...own } = processes[1]!;
      expect([processes[0], own]).to.deep.equal([
        { name: "filters", modules: ["a", "c"] },
        { name: "own", modules: ["b"], memoryBytes: 268_435_456, writable: ["/tmp/written"] },
      ]);
      expect(readable).to.include.members([
        join(folder, "packages/linked"),
        await realpath(fileURLToPath(new URL("../../../", import.meta.url))),
      ]);
    });
  });

  it("ligand explain leaves out what no module has", async () => {
    expect((await run(["explain", fixture("empty.yaml")])).stdout).to.equal(
      "0 modules, in the order of the configuration\n",
    );
  });

  it("ligand explain writes the same as JSON, in a schema that stays", async () => {
    const { code, stdout } = await run(["explain", "--json", RIGHT]);
    expect(code).to.equal(0);
    const { version, modules, hooks, webPaths, loginTypes } = JSON.parse(stdout) as Explanation;
    expect(version).to.equal(1);
    expect(modules.map(({ id }) => id)).to.deep.equal(["strict", "Greeter", "FileAuth", "SpamFilter", "Censor"]);
    expect(modules[0]).to.deep.equal({
      id: "strict",
      class: "SpamFilter",
      specifier: "./modules.mjs#SpamFilter",
      file: RIGHT,
      line: 3,
      column: 13,
      services: [
        { name: "Users", optional: false, offeredBy: "homeserver" },
        { name: "Profiles", optional: true, offeredBy: "homeserver" },
        { name: "Clock", optional: false, offeredBy: "ligand" },
        { name: "Caches", optional: false, offeredBy: "ligand" },
      ],
      schedules: [{ method: "forgetOld", everyMs: 1_800_000 }],
    });
    expect(hooks.at(-1)).to.deep.equal({
      category: "BackgroundUpdates",
      hook: "onUpdate",
      strategy: "the only callback",
      failure: "the error reaches the operation",
      callbacks: [{ module: "FileAuth", name: "FileAuth.slot", arguments: [] }],
      ignored: [{ module: "Censor", name: "Censor.slot" }],
    });
    expect(webPaths).to.deep.equal([
      {
        path: "/_synapse/client/greeting",
        callbacks: [
          { module: "Greeter", name: "Greeter.greet", methods: ["GET"] },
          { module: "Greeter", name: "Greeter.change", methods: ["PUT", "DELETE"] },
        ],
        refused: ["Censor"],
      },
    ]);
    expect(loginTypes).to.deep.equal([
      { type: "m.login.password", fields: ["password"], callbacks: [{ module: "FileAuth", name: "FileAuth.check" }] },
      {
        type: "org.example.token",
        fields: ["token", "realm"],
        callbacks: [{ module: "FileAuth", name: "FileAuth.checkToken" }],
      },
    ]);
  });

  it("ligand explain shows what each callback looks at, and why, so that a dear one can be found", async () => {
    const { stdout } = await run(["explain", fixture("looking.yaml")]);
    expect(stdout.slice(stdout.indexOf("2 hooks"))).to.equal(`2 hooks with callbacks
  ThirdPartyRules.checkEventAllowed  first refusal or replacement; on an error: \`MatrixError\` passes; another error becomes \`ModuleFailedError\` (500)
    1. Looking: Looking.nothing  looks at nothing
    2. Looking: Looking.event  looks at event; types: m.room.message, m.room.topic
    3. Looking: Looking.whole  looks at event, stateEvents; asks for the whole state: it declares the parameter
    4. Looking: Looking.rest  looks at event, stateEvents; asks for the whole state: rest parameter
    5. Looking: Looking.part  looks at event, stateEvents; state: m.room.power_levels, m.room.member of $sender, every m.room.topic
    6. Looking: Looking.without  looks at event
  Ratelimit.getRatelimitOverrideForUser  first answer that is not null; on an error: the error reaches the operation
    1. Looking: Looking.defaults  looks at userId, limiterName: default value
`);
    const { hooks } = JSON.parse((await run(["explain", "--json", fixture("looking.yaml")])).stdout) as Explanation;
    expect(hooks.map(({ callbacks }) => callbacks.map(({ module: _, ...callback }) => callback))).to.deep.equal([
      [
        { name: "Looking.nothing", arguments: [] },
        { name: "Looking.event", arguments: ["event"], types: ["m.room.message", "m.room.topic"] },
        { name: "Looking.whole", arguments: ["event", "stateEvents"], state: "whole" },
        { name: "Looking.rest", arguments: ["event", "stateEvents"], because: "rest parameter", state: "whole" },
        {
          name: "Looking.part",
          arguments: ["event", "stateEvents"],
          state: [["m.room.power_levels", ""], ["m.room.member", "$sender"], ["m.room.topic"]],
        },
        { name: "Looking.without", arguments: ["event"] },
      ],
      [{ name: "Looking.defaults", arguments: ["userId", "limiterName"], because: "default value" }],
    ]);
  });

  it("ligand explain shows the problems of a wrong configuration instead, on the error stream", async () => {
    const { code, stdout, stderr } = await run(["explain", fixture("wrong.yaml")]);
    const report = await run(["check", fixture("wrong.yaml")]);
    expect({ code, stdout, stderr }).to.deep.equal({ code: 1, stdout: "", stderr: report.stdout });
  });

  it("ligand explain shows the modules that are disabled", async () => {
    const file = fixture("disabled.yaml");
    const { stdout } = await run(["explain", file]);
    expect(stdout).to.contain(
      [
        "2 modules not loaded, by `enabled: false` or `mode: disabled`",
        `  ./modules.mjs#SpamFilter  as strict  ${file}:3:13`,
        `  not-installed-yet  ${file}:6:13`,
        "",
      ].join("\n"),
    );
  });

  it("ligand explain shows the modules that can't be loaded and that the others run without, with why", async () => {
    const file = fixture("lacking.yaml");
    const message = "`./modules.mjs` has no export `Gretter`";
    const { code, stdout } = await run(["explain", file]);
    expect(code).to.equal(0);
    expect(stdout).to.contain(
      [
        "1 module that can't be loaded, without which the others run",
        "  polite  ./modules.mjs#Gretter",
        `    ${file}:3:13 ${message} LIGAND_MODULE_EXPORT_NOT_FOUND`,
        "",
      ].join("\n"),
    );
    const { failed } = JSON.parse((await run(["explain", "--json", file])).stdout) as Explanation;
    expect(failed).to.deep.equal([
      {
        id: "polite",
        specifier: "./modules.mjs#Gretter",
        file,
        line: 3,
        column: 13,
        problems: [
          {
            code: "LIGAND_MODULE_EXPORT_NOT_FOUND",
            severity: "error",
            message,
            remedy: "Did you mean `./modules.mjs#Greeter`?",
            file,
            line: 3,
            column: 13,
            path: "modules[1].module",
          },
        ],
      },
    ]);
  });
});
