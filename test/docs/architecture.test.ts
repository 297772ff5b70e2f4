import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { expect } from "chai";

interface Source {
  readonly path: string;
  readonly room: string;
  readonly imports: readonly string[];
}
interface Rooms {
  readSources(folder: string): Source[];
  importsBetweenRooms(sources: readonly Source[]): Map<string, Set<string>>;
  withoutShortcuts(imports: Map<string, Set<string>>): Map<string, string[]>;
}

const { readSources, importsBetweenRooms, withoutShortcuts } = (await import(
  pathToFileURL("scripts/docs/rooms.mjs").href
)) as Rooms;

/** The rows of the table of questions: each question with its files. */
function questions(): { question: string; files: string[] }[] {
  const [, section = ""] = readFileSync("docs/architecture.md", "utf8").split("\n## Where do I look?\n");
  const rows = section.split("\n## ", 1)[0]!.matchAll(/^\| (.*\?) *\| (.*)\|$/gm);
  return Array.from(rows, ([, question, cell]) => ({
    question: question!,
    files: Array.from(cell!.matchAll(/`([^`]+)`/g), ([, file]) => file!),
  }));
}

describe("docs/architecture.md", () => {
  it("docs/architecture.md answers at least ten questions, each by one to three files of src/ that exist", () => {
    const wrong = questions().filter(
      ({ files }) => files.length < 1 || files.length > 3 || !files.every((file) => existsSync(`src/${file}`)),
    );
    expect(questions()).to.have.length.at.least(10);
    expect(wrong).to.deep.equal([]);
  });

  it("the sources of the pictures are all files, with every import that the text of a file has", () => {
    const sources = readSources("src");
    const paths = new Set(sources.map(({ path }) => path));
    const lost = sources.flatMap(({ path, imports }) =>
      imports.filter((file) => !paths.has(file)).map((file) => `${path} imports ${file}`),
    );
    expect(lost).to.deep.equal([]);
    const specifiers = ({ path }: Source) =>
      readFileSync(`src/${path}`, "utf8").match(/(?<!(?:URL|pathOf)\()"\.{1,2}\/[^"]+\.js"/g) ?? [];
    const withLess = sources.filter((source) => source.imports.length < specifiers(source).length);
    expect(withLess.map(({ path }) => path)).to.deep.equal([]);
  });

  it("the picture of rooms leaves out an arrow only where others lead to the same room", () => {
    const imports = importsBetweenRooms(readSources("src"));
    const drawn = withoutShortcuts(imports);
    const reached = (from: string): Set<string> =>
      new Set(drawn.get(from)!.flatMap((room) => [room, ...reached(room)]));
    const lost = [...imports].flatMap(([room, others]) => [...others].filter((other) => !reached(room).has(other)));
    expect(lost).to.deep.equal([]);
    expect(
      withoutShortcuts(
        new Map([
          ["a", new Set(["b", "c"])],
          ["b", new Set(["c"])],
          ["c", new Set()],
        ]),
      ),
    ).to.deep.equal(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", []],
      ]),
    );
  });
});
