import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const script = fileURLToPath(new URL("../../../scripts/conformance.mjs", import.meta.url));

const CASES = [
  {
    title: "Dispatch",
    cases: [
      { number: 1, level: "D", title: "pass" },
      { number: 2, level: "D", title: "deny" },
      { number: 4, level: "H", title: "in a homeserver", notOnSynapse: "needs two of them" },
      { number: 5, level: "C", title: "read" },
      { number: 6, level: "H", title: "of old", absent: "gone" },
    ],
  },
];

/** The text of a test. */
const test = (number: number, behaviour: string, place = "") =>
  `it(${JSON.stringify(`case ${number}${place}: ${behaviour}`)}, () => {});`;
const ON_LIGAND = [1, 2, 4, 5].map((number) => test(number, "does")).join("\n");
const ON_SYNAPSE = `${test(1, "does", " on Synapse")}\n${test(2, "does", " (differential)")}`;

describe("scripts/conformance.mjs", function () {
  this.timeout(60_000);
  let folder: string;

  const run = (...args: string[]) => {
    const options = { cwd: folder, encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], options);
    return { status, stdout: stdout.trim(), stderr: stderr.trim() };
  };
  const write = (onLigand: string, onSynapse = ON_SYNAPSE, cases: object = CASES) => {
    writeFileSync(join(folder, "test/conformance/cases.json"), JSON.stringify(cases));
    for (const [name, tests] of [
      ["conformance/dispatch.test", onLigand],
      ["synapse/dispatch.e2e", onSynapse],
    ] as const) {
      writeFileSync(join(folder, `test/${name}.ts`), tests);
      writeFileSync(join(folder, `build/test/${name}.js`), tests);
    }
  };
  const document = () => readFileSync(join(folder, "test/conformance/README.md"), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ligand-"));
    for (const area of ["conformance", "synapse"]) {
      mkdirSync(join(folder, "test", area), { recursive: true });
      mkdirSync(join(folder, "build/test", area), { recursive: true });
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("scripts/conformance.mjs says of each case which tests show it, how they differ, or why there is none", () => {
    write(
      [test(1, "passes"), test(2, 'says "no" (differs: a | b, by decision)'), test(4, "asks"), test(5, "reads")].join(
        "\n",
      ),
    );
    expect(run("--complete")).to.deep.equal({
      status: 0,
      stdout: "conformance: 5 cases, 0 without a test or a reason",
      stderr: "",
    });
    const rows = document()
      .split("\n")
      .filter((line) => /^\| \d/.test(line));
    expect(rows.map((row) => row.replaceAll(/ +\|/g, " |"))).to.deep.equal([
      "| 1 | D | pass | `conformance/dispatch.test.ts` | `synapse/dispatch.e2e.ts` |",
      "| 2 | D | deny | `conformance/dispatch.test.ts`; differs: a \\| b, by decision | `synapse/dispatch.e2e.ts` |",
      "| 4 | H | in a homeserver | `conformance/dispatch.test.ts` | not shown: needs two of them |",
      "| 5 | C | read | `conformance/dispatch.test.ts` | |",
      "| 6 | H | of old | not shown: gone | not shown: gone |",
    ]);
    expect(run("--check")).to.deep.include({ status: 0, stderr: "" });
  });

  it("scripts/conformance.mjs fails when the document is stale", () => {
    write(test(1, "passes"));
    run();
    write(ON_LIGAND);
    expect(run("--check")).to.deep.include({
      status: 1,
      stderr: "test/conformance/README.md is stale; run npm run docs:conformance",
    });
  });

  it("scripts/conformance.mjs fails when a title names a case that doesn't exist", () => {
    write(test(3, "passes"));
    expect(run()).to.deep.include({
      status: 1,
      stderr: "conformance/dispatch.test.ts: there is no case 3; expected a number of test/conformance/cases.json",
    });
  });

  it("scripts/conformance.mjs reads titles that are computed", () => {
    write("for (const number of [1, 2, 4, 5]) it(`case ${number}: passes`, () => {});");
    expect(run("--complete")).to.deep.include({ status: 0, stderr: "" });
  });

  it("scripts/conformance.mjs fails when a case has both a reason and a test, or occurs twice", () => {
    const [first, second] = CASES[0]!.cases;
    const cases = [{ ...first, absent: "why", notOnSynapse: "why" }, second, second];
    write(ON_LIGAND.split("\n").slice(0, 2).join("\n"), ON_SYNAPSE, [{ title: "x", cases }]);
    expect(run()).to.deep.include({
      status: 1,
      stderr: [
        "test/conformance/cases.json: case 2 is there twice",
        'test/conformance/cases.json: case 1 has a test on Ligand; remove its "absent"',
        'test/conformance/cases.json: case 1 has a test on a real Synapse; remove its "notOnSynapse"',
      ].join("\n"),
    });
  });

  it("scripts/conformance.mjs fails with --complete while a case has neither a test nor a reason", () => {
    write(test(1, "passes"), test(1, "passes", " on Synapse"));
    expect(run("--complete")).to.deep.include({
      status: 1,
      stderr: [
        'neither a test on Ligand nor a reason: 2, 4, 5; write a test, or "absent" in test/conformance/cases.json',
        'neither a test on a real Synapse nor a reason: 2; write a test, or "notOnSynapse" in test/conformance/cases.json',
      ].join("\n"),
    });
    expect(run()).to.deep.include({ status: 0, stderr: "" });
    expect(document()).to.match(/\| 2 +\| D +\| deny +\| \*\*not shown\*\* +\| \*\*not shown\*\* +\|/);
  });
});
