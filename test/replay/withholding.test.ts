import { readFile } from "node:fs/promises";
import { expect } from "chai";
import fc from "fast-check";
import { recordFiles } from "#src/replay/record-files.js";
import { MODULES, recordSome } from "./record-some.js";
import { entry, Folder, replayed } from "./recorded.js";

/** Something to take away from a record: which place, and what then stands there. */
interface Taken {
  readonly place: number;
  readonly mark: object | undefined;
}

const taken: fc.Arbitrary<Taken> = fc.record({
  place: fc.nat(),
  // Without a mark, the place itself is gone.
  mark: fc.constantFrom<object | undefined>(
    { $: "hashed", of: "h:x" },
    { $: "left out" },
    { $: "secret" },
    { $: "cut" },
    { $: "uncarried", of: "a value" },
    undefined,
  ),
});

/** The places of a record where a value may be missing: what was asked, answered and read. */
function placesOf(record: Record<string, unknown>): [holder: Record<string, unknown> | unknown[], key: string][] {
  const places: [Record<string, unknown> | unknown[], string][] = [];
  const visit = (holder: unknown): void => {
    if (typeof holder !== "object" || holder === null) return;
    if ("$" in holder && (holder.$ === "hashed" || holder.$ === "uncarried")) return;
    for (const [key, value] of Object.entries(holder)) {
      if (key === "$" || key === "of") continue;
      places.push([holder as Record<string, unknown>, key]);
      visit(value);
    }
  };
  visit(record["args"]);
  for (const callback of record["callbacks"] as { reads?: { args: unknown; answer?: unknown }[] }[]) {
    for (const read of callback.reads ?? []) {
      visit(read.args);
      visit(read.answer);
      places.push([read as Record<string, unknown>, "answer"]);
    }
  }
  return places;
}

function take(line: string, all: readonly Taken[]): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  for (const { place, mark } of all) {
    const places = placesOf(record);
    const chosen = places[place % places.length];
    if (!chosen) continue;
    const [holder, key] = chosen;
    // A list keeps its length: arguments and items aren't left out of records.
    if (mark === undefined && !Array.isArray(holder) && key === "answer") delete holder[key];
    else (holder as Record<string, unknown>)[key] = structuredClone(mark ?? { $: "left out" });
  }
  return `${JSON.stringify(record)}\n`;
}

describe("what a replay says of a record from which something was taken away", () => {
  let folder: Folder;
  before(async () => {
    folder = await Folder.make();
  });
  after(() => folder.remove());

  /** How each decision is, by its line. */
  const judged = async (file: string, config: string): Promise<readonly string[]> => {
    const { decisions } = await replayed({ files: [file], config: { files: [config] } });
    const kinds = Array.from({ length: 9 }, () => "same");
    for (const each of decisions) kinds[each.line - 1] = ("change" in each && each.change) || "unknown";
    return kinds;
  };

  it("a replay says the same as without that, or that it doesn't know", async () => {
    const { file, config } = await recordSome(folder, { personal: "whole", bodies: true });
    const texts = await Promise.all((await recordFiles([file])).map((each) => readFile(each, "utf8")));
    const lines = texts.join("").trimEnd().split("\n");
    const other = await folder.config(
      [
        entry("WordFilter", { words: ["tea"] }),
        entry("UserFilter", { users: ["@ann:example.org"] }),
        ...MODULES.slice(2),
      ],
      "other.yaml",
      { server_name: "example.org" },
    );
    for (const each of [config, other]) {
      const whole = await judged(
        await folder.record(
          lines.map((line) => `${line}\n`),
          "whole.jsonl",
        ),
        each,
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(taken, { maxLength: 4 }), { minLength: 9, maxLength: 9 }), async (all) => {
          const changed = lines.map((line, index) => take(line, all[index]!));
          const kinds = await judged(await folder.record(changed, "taken.jsonl"), each);
          expect(kinds.map((kind, index) => (kind === "unknown" ? whole[index] : kind))).to.deep.equal(whole);
        }),
        { numRuns: 40 },
      );
    }
  });
});
