// Writes test/conformance/README.md: every case of the conformance list, and the tests whose titles name it; and STATEMENTS.md
// beside it: what modules rely on, and the cases that hold it. Build first: the titles are those of the compiled tests,
// which are loaded and not run.
// With --check it writes nothing, and fails when a file is not what it would write.
// With --complete it also fails while a case or a statement has neither a test nor a reason: of Ligand alone, or beside a
// real Synapse.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import Mocha from "mocha";
import { format } from "prettier";
import "reflect-metadata";
import { readStatements } from "./conformance/statements.mjs";

const TESTS = "test";
const COMPILED_TESTS = resolve("build/test");
const CASES = "test/conformance/cases.json";
const DOCUMENT = "test/conformance/README.md";
const STATEMENTS = "test/conformance/statements.json";
const STATEMENTS_DOCUMENT = "test/conformance/STATEMENTS.md";
const LEVELS = {
  D: "dispatch of hooks alone",
  V: "names and values, beside Synapse's own",
  M: "services over a homeserver in memory",
  "M/H": "services, over a homeserver in memory or a whole one",
  C: "configuration and start-up",
  H: "a whole homeserver",
};
/** Where a case is shown; `reason` is the member of a case that says why it is not. */
const PLACES = [
  { name: "Ligand", reason: "absent", has: () => true },
  // What reads files of configuration has no part in the bridge.
  { name: "a real Synapse", reason: "notOnSynapse", has: ({ level }) => level !== "C" },
];
/** What the text of a test file has somewhere when it has tests of cases. */
const NAMES_A_CASE = /["'`]case (?:\d|\$\{)/;
const TITLE = /^case (?<number>\d+)(?<synapse> on Synapse| \(differential\))?: /;
const DIFFERS = / \(differs: (.*)\)$/s;

// Tests that need PostgreSQL are not there without it. Nothing connects: the tests are loaded, not run, and the document
// must be the same on every machine.
process.env.DATABASE_URL ??= "postgres://127.0.0.1/not-used";

const { values: options } = parseArgs({ options: { check: { type: "boolean" }, complete: { type: "boolean" } } });
const problems = [];
const sections = JSON.parse(readFileSync(CASES, "utf8"));
const cases = sections.flatMap((section) => section.cases);
const tests = await testsOfCases();

for (const { number, file } of tests) {
  if (!cases.some((each) => each.number === number)) {
    problems.push(`${file}: there is no case ${number}; expected a number of ${CASES}`);
  }
}
for (const [index, { number }] of cases.entries()) {
  const first = cases.findIndex((other) => other.number === number);
  if (first < index) problems.push(`${CASES}: case ${number} is there twice`);
}
let missing = 0;
for (const place of PLACES) {
  const here = cases.filter(place.has);
  for (const each of here) {
    if (each[place.reason] && testsOf(each, place).length > 0) {
      problems.push(`${CASES}: case ${each.number} has a test on ${place.name}; remove its "${place.reason}"`);
    }
  }
  const unexplained = here.filter((each) => testsOf(each, place).length === 0 && reasonOf(each, place) === undefined);
  missing += unexplained.length;
  if (options.complete && unexplained.length > 0) {
    const numbers = unexplained.map(({ number }) => number).join(", ");
    problems.push(
      `neither a test on ${place.name} nor a reason: ${numbers}; write a test, or "${place.reason}" in ${CASES}`,
    );
  }
}

const statements = readStatements(existsSync(STATEMENTS) ? JSON.parse(readFileSync(STATEMENTS, "utf8")) : [], {
  cases,
  places: PLACES,
  testsOf,
  reasonOf,
  table,
  file: STATEMENTS,
  isComplete: options.complete,
});
problems.push(...statements.problems);
missing += statements.missing;

const documents = { [DOCUMENT]: render() };
if (statements.count > 0) documents[STATEMENTS_DOCUMENT] = statements.document;
for (const [file, text] of Object.entries(documents)) {
  const document = await format(text, { parser: "markdown", printWidth: 120 });
  if (options.check) {
    const present = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (present !== document) problems.push(`${file} is stale; run npm run docs:conformance`);
  } else {
    writeFileSync(file, document);
  }
}
for (const problem of problems) console.error(problem);
const counted = [`${cases.length} cases`, ...(statements.count > 0 ? [`${statements.count} statements`] : [])].join(
  ", ",
);
console.log(`conformance: ${counted}, ${missing} without a test or a reason`);
process.exitCode = Number(problems.length > 0);

/** Each test that a case is shown by, and where. */
async function testsOfCases() {
  const mocha = new Mocha();
  const sources = readdirSync(TESTS, { encoding: "utf8", recursive: true }).filter((file) =>
    /\.(test|processes|e2e)\.ts$/.test(file),
  );
  for (const file of sources.sort()) {
    if (!NAMES_A_CASE.test(readFileSync(join(TESTS, file), "utf8"))) continue;
    mocha.addFile(join(COMPILED_TESTS, file.replace(/\.ts$/, ".js")));
  }
  await mocha.loadFilesAsync();
  const found = [];
  mocha.suite.eachTest(({ title, file }) => {
    const { number, synapse } = TITLE.exec(title)?.groups ?? {};
    if (number === undefined) return;
    found.push({
      number: Number(number),
      place: PLACES[synapse ? 1 : 0],
      file: relative(COMPILED_TESTS, file).replace(/\.js$/, ".ts"),
      differs: DIFFERS.exec(title)?.[1],
    });
  });
  return found;
}

function testsOf({ number }, place) {
  return tests.filter((test) => test.number === number && test.place === place);
}

/** Why a case is not shown in a place: what is not in Ligand is not in Ligand beside a Synapse, either. */
function reasonOf(each, place) {
  return each[place.reason] ?? each.absent;
}

function render() {
  return [
    "# Conformance",
    "Generated by `npm run docs:conformance` from the titles of the tests. Paths of tests are relative to `test/`.",
    `${cases.length} numbered cases say what a homeserver's modules rely on, as Synapse 1.157 does it. The numbers have gaps. Tests show each case on Ligand alone: on its test kit, or on the example homeserver. Tests below \`test/synapse/\` show it on a real Synapse that Ligand's modules run beside. For cases of level D, these run the same callbacks in Synapse's own dispatcher and in Ligand's, and the results must be the same.`,
    "[Statements](STATEMENTS.md) says what modules rely on, one sentence each, and which of these cases cover it.",
    "In all cases, a denial is a `Denial` with `code`, `error` and `fields`, where Synapse has a pair of code and fields. If Ligand differs in more than that by decision, or if today's Synapse differs from the case, the row says so. The test then proves the actual behaviour.",
    table(
      ["level", "what it needs", "cases", ...PLACES.flatMap(({ name }) => [`on ${name}`, "of these differ"])],
      Object.entries(LEVELS).map(levelRow),
    ),
    ...sections.flatMap(({ title, cases }) => [
      `## ${title}`,
      table(["case", "level", "about", ...PLACES.map(({ name }) => `on ${name}`)], cases.map(row)),
    ]),
  ].join("\n\n");
}

function levelRow([level, needs]) {
  const ofLevel = cases.filter((each) => each.level === level);
  const counts = PLACES.flatMap((place) => {
    const shown = ofLevel.map((each) => testsOf(each, place)).filter((found) => found.length > 0);
    return [shown.length, shown.filter((found) => found.some(({ differs }) => differs)).length];
  });
  return [level, needs, ofLevel.length, ...counts];
}

function row(each) {
  return [each.number, each.level, each.title, ...PLACES.map((place) => stateOf(each, place))];
}

function stateOf(each, place) {
  if (!place.has(each)) return "";
  const found = testsOf(each, place);
  if (found.length === 0) {
    const reason = reasonOf(each, place);
    return reason ? `not shown: ${reason}` : "**not shown**";
  }
  const files = [...new Set(found.map(({ file }) => `\`${file}\``))];
  const differences = [...new Set(found.flatMap(({ differs }) => differs ?? []))];
  return [files.join(", "), ...differences.map((reason) => `differs: ${reason}`)].join("; ");
}

function table(head, rows) {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}
