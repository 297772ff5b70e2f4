import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const script = join(root, "scripts/conformance.mjs");

const CASES = [
  {
    title: "Dispatch",
    cases: [
      { number: 1, level: "D", title: "pass" },
      { number: 2, level: "D", title: "deny" },
      { number: 4, level: "H", title: "in a homeserver" },
    ],
  },
];

/** The text of a test. */
const test = (number: number, behaviour: string) => `it(${JSON.stringify(`case ${number}: ${behaviour}`)}, () => {});`;

describe("scripts/conformance.mjs", function () {
  this.timeout(60_000);
  let folder: string;

  const runIn = (cwd: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd, encoding: "utf8" });
    return { status, stdout: stdout.trim(), stderr: stderr.trim() };
  };
  const run = (...args: string[]) => runIn(folder, ...args);
  const write = (tests: string, cases: object = CASES) => {
    writeFileSync(join(folder, "test/conformance/cases.json"), JSON.stringify(cases));
    writeFileSync(join(folder, "test/conformance/dispatch.test.ts"), tests);
    writeFileSync(join(folder, "build/test/conformance/dispatch.test.js"), tests);
  };
  const document = () => readFileSync(join(folder, "docs/conformance.md"), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ligand-"));
    mkdirSync(join(folder, "test/conformance"), { recursive: true });
    mkdirSync(join(folder, "build/test/conformance"), { recursive: true });
    mkdirSync(join(folder, "docs"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("finds every case of this project covered or explained, and docs/conformance.md up to date", () => {
    expect(runIn(root, "--check", "--complete")).to.deep.include({ status: 0, stderr: "" });
  });

  it("says of each case which test covers it, how it differs, or why it has none", () => {
    write(`${test(1, "passes")}\n${test(2, 'says "no" (differs: a | b, by decision)')}`);
    expect(run("--complete")).to.deep.equal({
      status: 0,
      stdout: "conformance: 3 cases, 3 covered or explained",
      stderr: "",
    });
    const rows = document().split("\n").slice(-4, -1);
    expect(rows.map((row) => row.replaceAll(/ +\|/g, " |"))).to.deep.equal([
      "| 1 | D | pass | covered by `conformance/dispatch.test.ts` |",
      "| 2 | D | deny | covered by `conformance/dispatch.test.ts`; differs: a \\| b, by decision |",
      "| 4 | H | in a homeserver | without a test: needs a homeserver, comes with the example homeserver |",
    ]);
    expect(run("--check")).to.deep.include({ status: 0, stderr: "" });
  });

  it("fails when the document is stale", () => {
    write(test(1, "passes"));
    run();
    write(`${test(1, "passes")}\n${test(2, "denies")}`);
    expect(run("--check")).to.deep.include({
      status: 1,
      stderr: "docs/conformance.md is stale; run npm run docs:conformance",
    });
  });

  it("fails when a title names a case that does not exist", () => {
    write(test(3, "passes"));
    expect(run()).to.deep.include({
      status: 1,
      stderr: "conformance/dispatch.test.ts: there is no case 3; expected a number of test/conformance/cases.json",
    });
  });

  it("reads titles that are computed", () => {
    write("for (const number of [1, 2]) it(`case ${number}: passes`, () => {});");
    expect(run("--complete")).to.deep.include({ status: 0, stderr: "" });
  });

  it("fails when a reason stands beside a test, or a case is there twice", () => {
    const [first, second] = CASES[0]!.cases;
    write(test(1, "passes"), [{ title: "x", cases: [{ ...first, absent: "why" }, second, second] }]);
    expect(run()).to.deep.include({
      status: 1,
      stderr: [
        'test/conformance/cases.json: case 1 has a test; remove its "absent"',
        "test/conformance/cases.json: case 2 is there twice",
      ].join("\n"),
    });
  });

  it("fails with --complete while a case has neither a test nor a reason", () => {
    write(test(1, "passes"));
    expect(run("--complete")).to.deep.include({
      status: 1,
      stderr: 'neither a test nor a reason: 2; write a test, or "absent" in test/conformance/cases.json',
    });
    expect(run()).to.deep.include({ status: 0, stderr: "" });
    expect(document()).to.match(/\| 2 +\| D +\| deny +\| \*\*without a test\*\* +\|/);
  });
});
