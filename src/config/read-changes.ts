import type { Outcome } from "../errors/outcome.js";
import type { Position } from "../errors/problem.js";
import type { Locate } from "./config-path.js";
import type { ModuleEntry } from "./module-entry.js";
import type { WrittenProcess } from "./operate/read-processes.js";
import { MAX_WORDS, parseYaml } from "./parse-yaml.js";
import { MAX_MODULES } from "./read-entries.js";
import { offsetOf, type ListSource } from "./source.js";

/** What one file says. */
export interface Sections {
  /** Undefined where it has no such section, as the next one. */
  readonly entries?: readonly ModuleEntry[];
  readonly processes?: readonly WrittenProcess[];
  /** How many words and signs of YAML it has, at most. */
  readonly words: number;
  /** Whether a part of it may change what another means. */
  readonly hasReferences: boolean;
}

/** What configuration files said when they were last read, by their paths. */
export type EarlierFiles = Map<string, EarlierFile>;

/** A file without any problem. */
interface EarlierFile {
  readonly text: string;
  readonly words: number;
  readonly entries: readonly EarlierEntry[];
}

/** An entry, without the document that it was read from: most of them take more memory than their modules. */
interface EarlierEntry {
  readonly entry: Omit<ModuleEntry, "locate">;
  /** Where it's written, and its key `module`: these two are asked for even where nothing is wrong. */
  readonly start: Position;
  readonly specifier: Position;
}

/** Lines of a file, as they were before, that hold some entries and nothing else. */
interface Unchanged {
  /** The first of the lines, and the one behind them, from 0. */
  readonly from: number;
  readonly to: number;
  readonly entries: readonly EarlierEntry[];
  /** How many lines farther down they are now. */
  readonly shift: number;
}

/** Notes what a file says for the next time, if it can be read in parts then: it has no problem, and each entry its own lines. */
export function noteFile(
  files: EarlierFiles,
  file: string,
  text: string,
  { value, problems }: Outcome<Sections>,
): void {
  files.delete(file);
  if (!value?.entries || value.hasReferences || problems.length > 0) return;
  const lines = text.split("\n");
  const entries = value.entries.map(({ locate, ...entry }): EarlierEntry => {
    return { entry, start: locate([], "value")!, specifier: locate(["module"], "value")! };
  });
  const isInLinesOfItsOwn = ({ start: { line, column } }: EarlierEntry) =>
    /^ *- +$/.test(lines[line - 1]!.slice(0, column - 1));
  if (entries.every(isInLinesOfItsOwn)) files.set(file, { text, words: value.words, entries });
}

/**
 * Reads a file that was read before: without the entries at the beginning and at the end of its list whose lines are as they
 * were. The last of each such row is read again. As it begins where it did, all before it means what it meant.
 *
 * @param read reads the shorter text
 * @returns undefined where the file has to be read as a whole. If something is wrong with it, that's to say it
 */
export async function readChanges(
  text: string,
  before: EarlierFile,
  read: (text: string) => Promise<Outcome<Sections>>,
): Promise<Outcome<Sections> | undefined> {
  const lines = text.split("\n");
  const unchanged = unchangedLines(lines, before);
  if (unchanged.length === 0) return undefined;
  const shorter = lines.filter((_, line) => !unchanged.some(({ from, to }) => from <= line && line < to));
  const { value, problems } = await read(shorter.join("\n"));
  if (!value?.entries || value.hasReferences || problems.length > 0) return undefined;

  const placed = (position: Position): Position => {
    let { line } = position;
    for (const { from, to } of unchanged) if (line > from) line += to - from;
    return { ...position, line };
  };
  const waiting = new Set(unchanged);
  const entries = value.entries.flatMap(({ locate, ...entry }): Omit<ModuleEntry, "index">[] => {
    const inWhole: Locate = (path, what) => placed(locate(path, what)!);
    const { line } = inWhole([], "value")!;
    const above = unchanged.find(({ to }) => to === line - 1);
    if (above) waiting.delete(above);
    return [...(above ? asEntries(above, lines) : []), { ...entry, locate: inWhole }];
  });
  const words = before.words + value.words;
  const ids = entries.flatMap(({ id }) => id ?? []);
  const isWhole = waiting.size === 0 && new Set(ids).size === ids.length;
  if (!isWhole || words > MAX_WORDS || entries.length > MAX_MODULES) return undefined;
  const processes = value.processes?.map(({ place, ...process }) => ({
    ...process,
    place: { ...place, ...(place.position && { position: placed(place.position) }) },
  }));
  return {
    value: {
      entries: entries.map((entry, index) => ({ ...entry, index })),
      ...(processes && { processes }),
      words,
      hasReferences: false,
    },
    problems,
  };
}

/** The rows of lines, from the top, whose entries need not be read. */
function unchangedLines(lines: readonly string[], { text, entries }: EarlierFile): Unchanged[] {
  const old = text.split("\n");
  const shift = lines.length - old.length;
  const most = Math.min(lines.length, old.length);
  let above = 0;
  while (above < most && lines[above] === old[above]) above++;
  let below = old.length;
  while (below > old.length - (most - above) && lines[below - 1 + shift] === old[below - 1]) below--;
  const starts = entries.map(({ start }) => start.line - 1);
  const last = starts.length - 1;
  const upper = starts.findLastIndex((_, index) => index < last && starts[index + 1]! <= above);
  const lower = starts.findIndex((line) => line >= below);
  const rows: Unchanged[] = [];
  if (upper > 0) {
    rows.push({ from: starts[0]!, to: starts[upper]!, entries: entries.slice(0, upper), shift: 0 });
  }
  if (lower >= 0 && lower < last) {
    rows.push({ from: starts[lower]! + shift, to: starts[last]! + shift, entries: entries.slice(lower, last), shift });
  }
  return rows;
}

function asEntries({ entries, to, shift }: Unchanged, lines: readonly string[]): Omit<ModuleEntry, "index">[] {
  const moved = (position: Position, by: number) => ({ ...position, line: position.line + by });
  return entries.map(({ entry, start, specifier }, index) => {
    const first = start.line - 1 + shift;
    const behind = index + 1 < entries.length ? entries[index + 1]!.start.line - 1 + shift : to;
    const locate: Locate = (path, what) => {
      if (path.length === 0) return moved(start, shift);
      if (path.length === 1 && path[0] === "module" && what === "value") return moved(specifier, shift);
      // Asked for where something is wrong with the module: its lines are a list with one item.
      // With the end of the last one: of two characters, the first alone would be part of a value.
      const yaml = parseYaml(`${lines.slice(first, behind).join("\n")}\n`, start.file).value!;
      const [source] = (yaml.root as ListSource).items;
      return moved(yaml.position(offsetOf(source!, path, what)), first);
    };
    return { ...entry, locate };
  });
}
