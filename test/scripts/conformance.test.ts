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

describe("scripts/conformance.mjs", () => {
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

  describe("with statements", () => {
    const writeStatements = (...statements: object[]) => {
      write(ON_LIGAND);
      const sections = [{ title: "Hooks", statements }];
      writeFileSync(join(folder, "test/conformance/statements.json"), JSON.stringify(sections));
    };

    it("scripts/conformance.mjs says of each statement which cases hold it, or why none does, by itself or by its cases", () => {
      writeStatements(
        { id: "H1", says: "It passes.", cases: [1, 2] },
        { id: "H2", says: "It asks.", cases: [4] },
        { id: "H3", says: "It is old.", cases: [6] },
        { id: "H4", says: "It reads.", cases: [5] },
        { id: "H5", says: "It is kept.", cases: [], absent: "no API does it" },
      );
      expect(run("--complete")).to.deep.equal({
        status: 0,
        stdout: "conformance: 5 cases, 5 statements, 0 without a test or a reason",
        stderr: "",
      });
      const text = readFileSync(join(folder, "test/conformance/STATEMENTS.md"), "utf8");
      const rows = text.split("\n").filter((line) => line.startsWith("| H"));
      expect(rows.map((row) => row.replaceAll(/ +\|/g, " |"))).to.deep.equal([
        "| H1 | It passes. | case 1, 2: `conformance/dispatch.test.ts` | case 1, 2: `synapse/dispatch.e2e.ts` |",
        "| H2 | It asks. | case 4: `conformance/dispatch.test.ts` | not shown: needs two of them |",
        "| H3 | It is old. | not shown: gone | not shown: gone |",
        "| H4 | It reads. | case 5: `conformance/dispatch.test.ts` | not shown: about reading configuration |",
        "| H5 | It is kept. | not shown: no API does it | not shown: no API does it |",
      ]);
      expect(run("--check")).to.deep.include({ status: 0, stderr: "" });
    });

    it("scripts/conformance.mjs fails for a statement that is neither shown nor explained, that names no case, or whose reason is stale", () => {
      writeStatements(
        { id: "H1", says: "It is forgotten.", cases: [] },
        { id: "H2", says: "It passes.", cases: [1], absent: "why" },
        { id: "H2", says: "It is there again.", cases: [3, 1] },
      );
      expect(run("--complete")).to.deep.include({
        status: 1,
        stderr: [
          "test/conformance/statements.json: statement H2 is there twice",
          "test/conformance/statements.json: statement H2 names case 3, which doesn't exist",
          "test/conformance/statements.json: statement H1 has neither a test on Ligand nor a reason",
          'test/conformance/statements.json: statement H2 is shown on Ligand; remove its "absent"',
          "test/conformance/statements.json: statement H1 has neither a test on a real Synapse nor a reason",
        ].join("\n"),
      });
    });
  });
});
