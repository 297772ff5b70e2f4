import { resolve } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { limitProblems } from "#src/errors/limit-problems.js";
import { formatProblem, sortProblems, type Problem } from "#src/errors/problem.js";
import { loadModules } from "#src/modules/load-modules.js";

const FILE = resolve("test/fixtures/config/homeserver.yaml");

/** Configurations as administrators and deployment tools write them. */
const VALID: readonly string[] = [
  `# a homeserver
server_name: "example.org"
listeners:
  - {port: 8008, type: http, resources: [{names: [client, federation]}]}
shared: &shared
  bot: "@bot:example.org"
  limit: 5
modules:
  - module: ./modules.mjs#Bot
    id: first
    config:
      <<: *shared
      welcome: |
        Welcome: please read
        the rules
  - module: "./modules.mjs#Switch"
    enabled: false
  - {module: ./modules.mjs#Names, config: {names: [a, 'b', "c"], free: {x: y}, any: {deep: [1, 2.5, true, null]}}}
`,
  JSON.stringify({ modules: [{ module: "./modules.mjs#Bot", config: { bot: "x", token: "t", limit: 1 } }] }, null, 2),
  "modules:\n- module: ./modules.mjs#Door\n  config:\n    door: 'opensesame'\n    bolt: >-\n      folded\n      text\n",
];

/** What stands in the place of a value or a key, or is put between two lines. */
const PIECES = [
  ..."{}[]&*!|>%@`,?:-#'\"",

  "~",
  "null",
  "yes",
  "0x1F",
  "1e999",
  "-",
  "- ",
  ": ",
  "? ",
  "<<: *shared",
  "*nothing",
  "&a",
  "!!binary x",
  "!x",
  "${TOKEN}",
  "{{ x }}",
  "{% if x %}",
  "<%= x %>",
  "---",
  "...",
  "%YAML 1.1",
  "\t",
  "\u00A0",
  "\u2028",
  "\uFEFF",
  "\u0000",
  "\u{1F600}",
  "__proto__",
  "constructor",
  "toString",
  "modules",
  "module",
  "config",
  "spam_checker",
  "./nothing.js",
  "mjolnir.Module",
  "@bot:example.org",
  "#room:example.org",
  "x".repeat(5000),
  "[".repeat(150),
  "a: ".repeat(20),
  "9".repeat(400),
];

/** A mistake. */
export const mutation = fc.record({
  kind: fc.constantFrom(
    "remove line",
    "repeat line",
    "swap lines",
    "indent",
    "outdent",
    "replace word",
    "insert",
    "cut",
    "join",
  ),
  at: fc.nat(),
  other: fc.nat(),
  piece: fc.constantFrom(...PIECES),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

/** A valid configuration after some mistakes. */
export const mistaken = fc
  .tuple(fc.constantFrom(...VALID), fc.array(mutation, { minLength: 1, maxLength: 5 }))
  .map(([text, mutations]) => mutations.reduce(mutated, text));

/** A configuration after one more mistake. */
export function mutated(text: string, { kind, at, other, piece }: Mutation): string {
  const lines = text.split("\n");
  const line = at % lines.length;
  const index = at % (text.length + 1);
  switch (kind) {
    case "remove line":
      return lines.toSpliced(line, 1).join("\n");
    case "repeat line":
      return lines.toSpliced(line, 0, lines[line]!).join("\n");
    case "swap lines": {
      const second = other % lines.length;
      return lines.with(line, lines[second]!).with(second, lines[line]!).join("\n");
    }
    case "indent":
      return lines.with(line, `${" ".repeat(1 + (other % 3))}${lines[line]}`).join("\n");
    case "outdent":
      return lines.with(line, lines[line]!.replace(/^ {1,2}/, "")).join("\n");
    case "replace word":
      return lines.with(line, replaced(lines[line]!, other, piece)).join("\n");
    case "insert":
      return text.slice(0, index) + piece + text.slice(index);
    case "cut":
      return text.slice(0, index) + text.slice(index + (other % 20));
    default:
      return lines.toSpliced(line, 2, `${lines[line]}${lines[line + 1] ?? ""}`).join("\n");
  }
}

function replaced(line: string, which: number, piece: string): string {
  const words = [...line.matchAll(/[^\s:,{}[\]]+/g)];
  const word = words[which % Math.max(1, words.length)];
  return word ? line.slice(0, word.index) + piece + line.slice(word.index + word[0].length) : piece;
}

/** Checks a string as `ligand check` does, and that what is said of it is fit to be read and lies inside the file. */
export async function checkMistaken(text: string): Promise<void> {
  const read = await readConfigurationText(text, FILE);
  const loaded = await loadModules(read.value ?? []);
  const problems = limitProblems(sortProblems([...read.problems, ...loaded.problems]));
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (const problem of problems) expectReadable(problem, lines);
}

function expectReadable(problem: Problem, lines: readonly string[]): void {
  const { message, remedy, position } = problem;
  const said = formatProblem(problem);
  expect(position?.file, said).to.equal(FILE);
  expect(position!.line, said).to.be.within(1, lines.length);
  expect(position!.column, said).to.be.within(1, lines[position!.line - 1]!.length + 1);
  expect(message, said).not.to.match(/\n|undefined|\[object|NaN/);
  expect(`${message}\n${remedy}`, said).not.to.match(/^ +at |node_modules|\bTypeError\b/m);
}
