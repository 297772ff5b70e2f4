import { resolve } from "node:path";
import { expect } from "chai";
import { MAX_BYTES, decode } from "#src/config/read-text.js";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { limitProblems, MOST_PROBLEMS } from "#src/errors/limit-problems.js";
import { sortProblems, type Problem } from "#src/errors/problem.js";
import { loadModules } from "#src/modules/load-modules.js";

const FILE = resolve("test/fixtures/config/homeserver.yaml");
const BOT = "modules:\n  - module: ./modules.mjs#Bot\n    config:\n      bot: bot\n";

/** Everything wrong with a YAML string, as `ligand check` limits it. */
async function problemsOf(text: string): Promise<readonly Problem[]> {
  const read = await readConfigurationText(text, FILE);
  const loaded = await loadModules(read.value ?? []);
  return limitProblems(sortProblems([...read.problems, ...loaded.problems]));
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");
}

/** As long as a file may be. */
function filled(start: string, filling: string, end = ""): string {
  return start + filling.repeat(Math.floor((MAX_BYTES - start.length - end.length) / filling.length)) + end;
}

describe("large configuration files", () => {
  for (const [what, text, more, first] of [
    ["unknown keys", BOT + lines(10_000, (i) => `      key_${i}: 1`), 10_000, "`key_0` isn't a known key"],
    [
      "keys at the wrong level",
      "modules:\n  - module: ./modules.mjs#Bot\n" + lines(50_000, (i) => `    key_${i}: 1`),
      100_001,
      "the key `bot` is missing; it must be a string",
    ],
    ["repeated keys", BOT + lines(10_000, () => "      same: 1"), 10_000, "`same` isn't a known key"],
    [
      "wrong items of a list",
      "modules:\n  - module: ./modules.mjs#Names\n    config:\n      names:\n" + lines(10_000, () => "      - 1"),
      10_000,
      "`names[0]` must be a string, but it's the number 1",
    ],
  ] as const) {
    it(`a file with ${more} of ${what} has ${MOST_PROBLEMS} problems, and says how many more there are`, async () => {
      const problems = await problemsOf(text);
      expect(problems).to.have.lengthOf(MOST_PROBLEMS + 1);
      expect(problems[0]!.message).to.equal(first);
      expect(problems.at(-1)!.message).to.equal(`and ${more - MOST_PROBLEMS} more problems`);
    });
  }

  it("errors are not hidden by warnings before them", async () => {
    const placeholders = lines(1000, () => "        - ${NAME}");
    const problems = await problemsOf(
      `modules:\n  - module: ./modules.mjs#Names\n    config:\n      names:\n${placeholders}      nam: x\n`,
    );
    expect(problems.map(({ message }) => message)).to.deep.equal(["`nam` isn't a known key", "and 1000 more problems"]);
  });

  it("a mapping with free keys may have very many", async () => {
    const keys = lines(5000, (i) => `        key_${i}: x`);
    const text = `modules:\n  - module: ./modules.mjs#Names\n    config:\n      names: []\n      free:\n${keys}      any:\n${keys}`;
    expect(await problemsOf(text)).to.deep.equal([]);
  });

  it("at most 1000 modules are read", async () => {
    const problems = await problemsOf("modules:\n" + lines(1001, () => "  - module: ./modules.mjs#Switch"));
    expect(problems).to.deep.equal([
      {
        code: "LIGAND_CONFIG_TOO_LARGE",
        message: "1001 modules are listed; Ligand reads the first 1000",
        position: { file: FILE, line: 1002, column: 5 },
        path: "modules[1000]",
        remedy: "Remove modules from the list.",
      },
    ]);
  });

  for (const [what, text] of [
    ["keys", filled("", "a: 1\n")],
    ["lists", filled("modules:\n", "  - 1\n")],
    ["signs", filled("a: [", "[],", "]\n")],
    ["empty lines", filled(BOT, "\n")],
  ] as const) {
    it(`a file of 4 MiB of ${what} is refused where it becomes too large`, async () => {
      const [problem, ...others] = await problemsOf(text);
      expect(others).to.deep.equal([]);
      expect(problem).to.deep.include({
        code: "LIGAND_CONFIG_TOO_LARGE",
        message: "the file has more than 600000 YAML tokens (keys, values, punctuation)",
        remedy: "Move long lists out of the configuration, into files or a database that the module reads.",
      });
      const { line, column } = problem!.position!;
      expect(text.split("\n")[line - 1]!.length + 1).to.be.at.least(column);
    });
  }

  for (const [what, text] of [
    ["comment", filled("#", "x")],
    ["value", filled(`${BOT}      token: "`, "x", '"\n')],
    ["value that looks like secrets", filled(`${BOT}      token: "`, "token=x http://a:b ", '"\n')],
  ] as const) {
    it(`one line of 4 MiB may be a ${what}`, async () => {
      expect(await problemsOf(text)).to.deep.equal([]);
    });
  }

  it("a string of 4 MiB that begins like a section of modules is looked through once", async () => {
    expect(await problemsOf(filled('text: "modules:', "\\n", '"\n'))).to.deep.equal([]);
  });

  it("a name of 4 MiB is shown in part", async () => {
    const problems = [
      ...(await problemsOf(filled('modules:\n  - module: "', "a", '"\n'))),
      ...(await problemsOf(filled(`${BOT}      ? "`, "a", '"\n      : 1\n'))),
    ];
    expect(problems.map(({ code }) => code)).to.deep.equal(["LIGAND_MODULE_NOT_FOUND", "LIGAND_CONFIG_UNKNOWN_KEY"]);
    for (const { message, remedy, path = "" } of problems) {
      expect(message.length + remedy.length + path.length).to.be.below(25_000);
    }
  });

  it("a file that is longer is refused, one line or many", () => {
    for (const filling of [" ", "\n"]) {
      const bytes = Buffer.from(filling.repeat(MAX_BYTES + 1));
      expect(decode(bytes, FILE).problems.map(({ message }) => message)).to.deep.equal([
        "the file has more than 4194304 bytes",
      ]);
    }
  });
});
