import { expect } from "chai";
import fc from "fast-check";
import { stringify } from "yaml";
import { decode } from "#src/config/read-text.js";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { formatProblem, type Problem } from "#src/errors/problem.js";

async function codesOf(text: string): Promise<string[]> {
  return (await checked(text)).map(({ code }) => code);
}

/** Reads any string; every problem must be fit to be shown and must point into the string. */
async function checked(text: string): Promise<readonly Problem[]> {
  const { value: entries = [], problems } = await readConfigurationText(text, "f.yaml");
  const lines = text.split("\n");
  for (const problem of problems) {
    const { message, remedy, position } = problem;
    expect(position, formatProblem(problem)).to.include({ file: "f.yaml" });
    expect(position!.line).to.be.within(1, lines.length);
    expect(position!.column).to.be.within(1, lines[position!.line - 1]!.length + 1);
    expect(`${message}${remedy}`).not.to.match(/undefined|\[object|NaN|\n {4}at /);
    expect(message.split("\n")).to.have.lengthOf(1);
  }
  for (const { locate } of entries) {
    expect(locate(["config", "absent", 3], "value")).to.include({ file: "f.yaml" });
  }
  return problems;
}

const bomb = [
  "a: &a [x, x, x, x, x, x, x, x, x, x]",
  ..."bcdefghi".split("").map((name, index) => {
    const before = "abcdefghi"[index];
    return `${name}: &${name} [${Array(10).fill(`*${before}`).join(", ")}]`;
  }),
];

describe("hostile configuration files", () => {
  it("readConfiguration, on a hostile file, refuses an alias bomb, wherever it stands", async () => {
    const codes = await codesOf([...bomb, "modules: [{module: a, config: {x: *i}}]"].join("\n"));
    expect(new Set(codes)).to.deep.equal(new Set(["LIGAND_CONFIG_ALIASES"]));
    expect((await checked([...bomb, ""].join("\n")))[0]!.message).to.equal(
      "the alias `*d` brings the values that aliases stand for above 100000",
    );
  });

  it("readConfiguration, on a hostile file, refuses an alias bomb of merge keys", async () => {
    const lines = bomb.map((line) => line.replace(/\[(.*)\]/, (_, items: string) => `{<<: [${items}], k: [${items}]}`));
    expect(await codesOf(lines.join("\n"))).to.include("LIGAND_CONFIG_ALIASES");
  });

  it("readConfiguration, on a hostile file, refuses aliases that nest deeply", async () => {
    const lines = ["a0: &a0 x", ...Array.from({ length: 1000 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`)];
    expect(new Set(await codesOf(lines.join("\n")))).to.deep.equal(new Set(["LIGAND_CONFIG_ALIASES"]));
  });

  for (const [what, text] of [
    ["flow lists", "[".repeat(50_000)],
    ["closed flow lists", `modules: ${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    ["flow mappings", "{a: ".repeat(20_000)],
    ["block lists", `${"- ".repeat(20_000)}x`],
    ["block mappings", Array.from({ length: 1500 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
    ["explicit keys", "? ".repeat(20_000)],
    ["implicit keys", ": ".repeat(20_000)],
  ] as const) {
    it(`readConfiguration, on a hostile file, refuses deeply nested ${what}`, async () => {
      expect(await codesOf(text)).to.include("LIGAND_CONFIG_TOO_LARGE");
    });
  }

  it("readConfiguration, on a hostile file, reads as deep as it says", async () => {
    const nested = (levels: number) =>
      `modules: [{module: a, config: {x: ${"[".repeat(levels)}${"]".repeat(levels)}}}]`;
    expect(await codesOf(nested(90))).to.deep.equal([]);
    expect(await codesOf(nested(100))).to.deep.equal(["LIGAND_CONFIG_TOO_LARGE"]);
  });

  it("readConfiguration, on a hostile file, reads a mapping with very many keys", async () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `k${index}: 1`);
    expect(await codesOf([...keys, "k7: 2"].join("\n"))).to.deep.equal(["LIGAND_CONFIG_DUPLICATE_KEY"]);
  });

  it("readConfiguration, on a hostile file, reads very many anchors and aliases", async () => {
    const anchors = Array.from({ length: 5000 }, (_, index) => `- &a${index} 1`);
    const aliases = Array.from({ length: 5000 }, (_, index) => `- *a${index}`);
    expect(await codesOf(["x:", ...anchors, ...aliases, "modules: []"].join("\n"))).to.deep.equal([]);
  });

  it("readConfiguration, on a hostile file, reports at most fifty places of a file that isn't YAML at all, and how many more there are", async () => {
    const problems = await checked("}\n".repeat(1000));
    expect(problems).to.have.lengthOf(51);
    expect(problems.at(-1)!.message).to.equal("the file has 950 more places that aren't valid YAML");
  });

  it("readConfiguration, on a hostile file, answers any string without throwing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 200 }), async (text) => void (await checked(text))),
    );
  });

  it("readConfiguration, on a hostile file, answers any string made of YAML tokens without throwing", async () => {
    const piece = fc.constantFrom(
      ..."modules|module|config|id|enabled|a|x|1|~|true|- |: |? |, |[|]|{|}|&a |*a|!t |<<: |*a\n|'|\"|\\|#|| |  |\n|\n  |\n- |\t|---|...|%|>|`|@|\r\n|__proto__|constructor|toString".split(
        "|",
      ),
      "|",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => void (await checked(pieces.join("")))),
      { numRuns: 300 },
    );
  });

  it("readConfiguration, on a hostile file, answers any structure without throwing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (modules) => {
        await checked(stringify({ modules }));
        await checked(stringify({ modules: [{ module: "a", config: modules }] }));
        await checked(stringify(modules));
      }),
    );
  });

  it("readConfiguration, on a hostile file, answers every small change of a valid file without throwing", async () => {
    const valid =
      "x: &x {b: [1, 'two']}\nmodules:\n  - module: ./a.js#A\n    config: &c\n      <<: *x\n      k: \"v\"\n  - {module: p, id: q, config: *c}\n";
    const change = fc.record({
      at: fc.nat(valid.length),
      remove: fc.nat(3),
      insert: fc.string({ unit: "binary", maxLength: 3 }),
    });
    expect(await checked(valid)).to.deep.equal([]);
    await fc.assert(
      fc.asyncProperty(change, async ({ at, remove, insert }) => {
        await checked(valid.slice(0, at) + insert + valid.slice(at + remove));
      }),
      { numRuns: 200 },
    );
  });

  it("readConfiguration, on a hostile file, answers any bytes without throwing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        const { value: text, problems } = decode(bytes, "f.yaml");
        if (text === undefined) expect(problems).to.have.lengthOf(1);
        else await checked(text);
      }),
    );
  });
});
