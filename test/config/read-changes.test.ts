import { expect } from "chai";
import fc from "fast-check";
import { resolve } from "node:path";
import type { ConfigPath } from "#src/config/config-path.js";
import type { ModuleEntry } from "#src/config/module-entry.js";
import type { EarlierFiles } from "#src/config/read-changes.js";
import { readConfiguration } from "#src/config/read-configuration.js";
import { mutated, mutation } from "./mutations.js";

const FILE = resolve("test/fixtures/config/homeserver.yaml");

function readTexts(texts: ReadonlyMap<string, string>, earlier?: EarlierFiles) {
  const read = (file: string) => Promise.resolve({ value: texts.get(file)!, problems: [] });
  return readConfiguration([...texts.keys()], undefined, { read }, earlier);
}

const readOne = (text: string, earlier?: EarlierFiles) => readTexts(new Map([[FILE, text]]), earlier);

/** Paths of an entry, some of which lead to nothing. */
const PATHS: readonly ConfigPath[] = [
  [],
  ["module"],
  ["id"],
  ["config"],
  ["config", "words"],
  ["config", "words", 1],
  ["config", "text"],
  ["operate", "mode"],
];

/** All that's said of entries, with the places of their parts. */
function described(entries: readonly ModuleEntry[] | undefined) {
  return entries?.map(({ locate, ...entry }) => ({
    ...entry,
    places: PATHS.map((path) => [locate(path, "key"), locate(path, "value")]),
  }));
}

const ENTRIES = [
  '- module: ./modules.mjs#Names\n  config:\n    words: [a, yes, "c"]\n',
  "- module: ./modules.mjs#Bot\n  id: bot\n  config:\n    text: |+\n      - module: looks like one\n\n    words:\n    - a\n    - b\n\n",
  "- id: other\n  module: ./modules.mjs#Bot # as above\n# a remark\n\n",
  "- module: ./modules.mjs#Switch\n  enabled: false\n",
  '- module: ./modules.mjs#Door\n  operate: { mode: shadow, process: shared }\n  config: { text: "two\n      lines" }\n',
  "- module: ./modules.mjs#Plain\n  operate:\n    mode: disabled\n",
  "-   module: ./modules.mjs#Far\n    config: {}\n",
];

const indented = (text: string) => text.replace(/^(?=.)/gm, "  ");

/** A configuration without mistakes, in one of several forms. */
const valid = fc
  .record({
    entries: fc.array(fc.constantFrom(...ENTRIES), { minLength: 1, maxLength: 8 }),
    isIndented: fc.boolean(),
    head: fc.constantFrom(
      "",
      "%TAG !e! tag:example.org,2026:\n---\n",
      "server_name: example.org\n# the modules\n",
      "module_processes:\n  shared: { memory: 128 MiB }\n",
    ),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    tail: fc.constantFrom("", "report_stats: false\n", "module_processes:\n  shared: { memory: 256 MiB }\n"),
  })
  .map(({ entries, isIndented, head, tail, lineEnd }) => {
    const list = entries.map((entry, index) => entry.replace(/^( *)id: (\w+)/m, `$1id: $2-${index}`)).join("");
    return `${head}modules:\n${isIndented ? indented(list) : list}${tail}`.replaceAll("\n", lineEnd);
  });

describe("reading a configuration again", () => {
  it("a configuration that is read again says what it would say if it were read for the first time", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(valid, fc.tuple(valid, fc.array(mutation, { maxLength: 2 }))), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.array(mutation, { maxLength: 2 }),
        async (drawn, edits) => {
          const earlier: EarlierFiles = new Map();
          const texts = drawn.map((each) => (typeof each === "string" ? each : each[1].reduce(mutated, each[0])));
          // Each is followed by a few edits of it, of which one may be taken back.
          for (const text of texts.flatMap((each) => [
            each,
            edits.slice(0, 1).reduce(mutated, each),
            each,
            edits.reduce(mutated, each),
          ])) {
            const [again, first] = [await readOne(text, earlier), await readOne(text)];
            expect(again.problems, text).to.deep.equal(first.problems);
            expect(described(again.value), text).to.deep.equal(described(first.value));
          }
        },
      ),
      { numRuns: 80 },
    ));

  const LIST = ENTRIES.map((entry, index) => entry.replace("id: ", `id: ${index}-`));
  const withList = (list: readonly string[]) => `module_processes:\n  shared: {}\nmodules:\n${list.join("")}end: 1\n`;

  const tagged = (prefix: string) =>
    `%TAG !e! ${prefix}\n---\n${withList(LIST.with(2, "- module: ./x.js#X\n  config: { words: [!e!str 5] }\n"))}`;

  for (const [what, list, kept] of [
    ["nothing has changed", LIST, [0, 1, 2, 3, 4]],
    ["one entry has changed", LIST.with(3, "- module: ./modules.mjs#Switch\n"), [0, 1, 4, 5]],
    ["an entry was added", LIST.toSpliced(4, 0, "- module: ./modules.mjs#New\n"), [0, 1, 2, 4, 5]],
    ["the first entry was removed", LIST.slice(1), [1, 2, 3, 4, 5]],
    ["the last entry was removed", LIST.slice(0, -1), [0, 1, 2, 3, 4]],
  ] as const) {
    it(`where ${what}, the other entries aren't read again`, async () => {
      const earlier: EarlierFiles = new Map();
      const before = await readOne(withList(LIST), earlier);
      expect(before.problems).to.deep.equal([]);
      const { value, problems } = await readOne(withList(list), earlier);
      expect(problems).to.deep.equal([]);
      const configs = new Set(value!.map(({ config }) => config));
      const isKept = (index: number) => configs.has(before.value![index]!.config);
      expect(LIST.map((_, index) => index).filter(isKept)).to.deep.equal(kept);
    });
  }

  for (const [what, text] of [
    ["a directive above the list changes what its values mean", tagged("tag:example.org,2026:")],
    ["the list belongs to another key", withList(LIST).replace("modules:", "others:")],
    [
      "a changed entry has the id of one that hasn't changed",
      withList(LIST.with(4, `- id: 1-bot\n  module: ./x.js#X\n`)),
    ],
    ["a change opens a string that a later entry closes", withList(LIST.with(1, "- module: './x.js\n"))],
    ["a process isn't used any more", withList(LIST.toSpliced(4, 1))],
  ] as const) {
    it(`where ${what}, a configuration that is read again says what it would say at first`, async () => {
      const earlier: EarlierFiles = new Map();
      await readOne(text.startsWith("%TAG") ? tagged("tag:yaml.org,2002:") : withList(LIST), earlier);
      const [again, first] = [await readOne(text, earlier), await readOne(text)];
      expect(again.problems).to.deep.equal(first.problems);
      expect(described(again.value)).to.deep.equal(described(first.value));
    });
  }

  it("places in entries that aren't read again are found, too, where lines end as in Windows", async () => {
    const earlier: EarlierFiles = new Map();
    const text = withList(LIST).replaceAll("\n", "\r\n");
    await readOne(text, earlier);
    const [again, first] = [await readOne(`#\r\n${text}`, earlier), await readOne(`#\r\n${text}`)];
    expect(described(again.value)).to.deep.equal(described(first.value));
  });

  it("of several files, each is compared with what it said itself", async () => {
    const earlier: EarlierFiles = new Map();
    const [one, other] = [withList(LIST), withList(LIST.toReversed())];
    for (const texts of [
      [one, other],
      [other, one],
    ]) {
      const files = new Map([
        [FILE, texts[0]!],
        [`${FILE}.other.yaml`, texts[1]!],
      ]);
      const [again, first] = [await readTexts(files, earlier), await readTexts(files)];
      expect(again.problems).to.deep.equal(first.problems);
      expect(described(again.value)).to.deep.equal(described(first.value));
    }
  });
});
