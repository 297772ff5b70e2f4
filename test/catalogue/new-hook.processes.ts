import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";

/** What is written to add a hook to a category. */
const HOOK = `
    mayHurry: hook<[userId: UserId, limiterName: string], boolean, boolean>({
      summary: "Asked whether a user may hurry.",
      since: "1.999.0",
      parameters: [
        { name: "userId", summary: "the user", privacy: "personal", facet: "user" },
        { name: "limiterName", summary: "the limiter", privacy: "public" },
      ],
      answers: yesOrNo("true to hurry, false to wait", firstFalse()),
      refusal: { answer: false, effect: "the user waits" },
      failure: propagate,
      shield: true,
    }),
`;
const SAMPLES = `
  mayHurry: {
    args: [ALICE, "rc_invites.per_user"],
    empty: true,
    pass: [true],
    decides: [[false, false]],
    illegal: [["no", "skip"]],
  },
`;

/** Uses the hook as the author of a module and as a homeserver do, here and through another process. */
const PROGRAM = `
  import { Ratelimit } from "#src/catalogue/index.js";
  import { startModules } from "#src/index.js";
  import { Module } from "#src/modules/module.js";
  class Patient { look(userId, limiterName) { return limiterName !== "slow"; } }
  Ratelimit.mayHurry()(Patient.prototype, "look");
  Module()(Patient);
  const host = await startModules({ modules: [{ module: Patient }] });
  const { mayHurry } = host.hooks.ratelimit;
  const { hooksPage } = await import("./scripts/docs/hooks-page.mjs");
  const { hookTable } = await import("./scripts/synapse/hook-table.mjs");
  const section = hooksPage().split("### mayHurry")[1];
  console.log(JSON.stringify({
    callbacks: mayHurry.callbacks,
    answers: [mayHurry("@a:x", "fast"), mayHurry("@a:x", "slow")],
    signature: /host.hooks.*/.exec(section)[0],
    table: JSON.parse(hookTable()).hooks.find(({ name }) => name === "may_hurry"),
  }));
  await host.stop();`;

const TESTS = ["catalogue/catalogue.test.ts", "catalogue/contract.test.ts", "remote/every-hook.test.ts"];

describe("a hook that is added to a copy of the catalogue", function () {
  this.timeout(300_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join("build", "new-hook-"));
    for (const path of ["src", "scripts", "test"]) cpSync(path, join(folder, path), { recursive: true, filter });
    cpSync("tsconfig.base.json", join(folder, "tsconfig.base.json"));
    cpSync("package.json", join(folder, "package.json"));
    const options = { rootDir: ".", outDir: "../build/test", types: ["node", "mocha"], composite: false };
    const tsconfig = {
      extends: "../tsconfig.base.json",
      compilerOptions: options,
      files: TESTS,
      references: [{ path: "../src" }],
    };
    writeFileSync(join(folder, "test", "tsconfig.json"), JSON.stringify(tsconfig));
    const category = join(folder, "src", "catalogue", "ratelimit.ts");
    edit(category, "  hooks: {\n", HOOK);
    edit(
      category,
      "",
      'import { yesOrNo } from "../hooks/legal-answers.js";\nimport { firstFalse } from "../hooks/strategies.js";\n',
    );
  });

  after(() => rmSync(folder, { recursive: true }));

  it("a hook that is added to a copy of the catalogue fails one test by its name until it has samples", () => {
    build();
    const { failures, passes } = mocha("catalogue/catalogue", "samples");
    expect(failures).to.deep.equal([
      {
        title: "Ratelimit.mayHurry has samples, with a value for each argument",
        message: "write samples of mayHurry in the samples of Ratelimit: expected undefined to not equal undefined",
      },
    ]);
    expect(passes).to.be.greaterThan(50);
  });

  it("a hook that is added to a copy of the catalogue has decorator, chain, documentation, table for Synapse, contract tests and the way to another process", () => {
    edit(join(folder, "src", "catalogue", "ratelimit.samples.ts"), "CategorySamples<typeof ratelimit> = {\n", SAMPLES);
    build();
    const { stdout, stderr } = run("--input-type=module", "--import", "reflect-metadata", "--eval", PROGRAM);
    expect(stderr).not.to.include("Error");
    expect(JSON.parse(stdout.trim().split("\n").at(-1)!)).to.deep.equal({
      callbacks: [{ module: "Patient", name: "Patient.look" }],
      answers: [true, false],
      signature:
        "host.hooks.ratelimit.mayHurry(userId: UserId, limiterName: string, context?: HookContext): MaybePromise<boolean>",
      table: {
        name: "may_hurry",
        register: "register_ratelimit_callbacks",
        parameters: ["userId", "limiterName"],
        result: "boolean",
        noOpinion: true,
        refusal: { result: false },
      },
    });
    const contract = mocha("catalogue/contract", "Ratelimit.mayHurry");
    expect(contract.failures).to.deep.equal([]);
    expect(contract.passes).to.be.greaterThan(20);
    const remote = mocha("remote/every-hook", "ratelimit.mayHurry");
    expect(remote.failures).to.deep.equal([]);
    // Two legal answers and any three, over both kinds of socket.
    expect(remote.passes).to.equal(6);
  });

  function run(...args: string[]) {
    return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  }

  function build(): void {
    const { stdout } = run(resolve("node_modules/typescript/bin/tsc"), "-b", "test", "--pretty", "false");
    expect(stdout).to.equal("");
  }

  function mocha(file: string, grep: string) {
    const program = resolve("node_modules/mocha/bin/mocha.js");
    const options = ["--no-config", "--require", "reflect-metadata", "--timeout", "120000", "--reporter", "json"];
    const { stdout } = run(program, ...options, "--fgrep", grep, `build/test/${file}.test.js`);
    const { stats, failures } = JSON.parse(stdout) as MochaReport;
    return {
      passes: stats.passes,
      failures: failures.map(({ title, err }) => ({ title, message: err.message })),
    };
  }
});

interface MochaReport {
  readonly stats: { readonly passes: number };
  readonly failures: readonly { readonly title: string; readonly err: { readonly message: string } }[];
}

function filter(path: string): boolean {
  return !/node_modules|tsbuildinfo/.test(path);
}

/** Writes text behind the first place of other text. */
function edit(path: string, behind: string, text: string): void {
  const content = readFileSync(path, "utf8");
  const at = content.indexOf(behind) + behind.length;
  writeFileSync(path, content.slice(0, at) + text + content.slice(at));
}
