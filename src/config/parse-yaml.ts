import { Composer, Lexer, LineCounter, Parser, CST, type Document } from "yaml";
import { firstProblems } from "../errors/limit-problems.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf, type Position, type Problem } from "../errors/problem.js";
import { formatPath } from "./config-path.js";
import { MAX_DEPTH, SourceBuilder } from "./source-builder.js";
import type { Fault, PlacedFault, Source } from "./source.js";
import { syntaxFaults } from "./syntax-faults.js";

/** A YAML file that was read: its value, and a way back from the value to the text. */
export interface YamlFile {
  readonly root: Source;
  /** How many words and signs it has. */
  readonly words: number;
  /** Whether a part of it may change what another means: by an anchor, or by a directive such as `%TAG`. */
  readonly hasReferences: boolean;
  position(offset: number): Position;
  /** A fault of the text as a problem. */
  problem(fault: PlacedFault): Problem;
}

/** How many words and signs of YAML are read, which takes about a second. */
export const MAX_WORDS = 600_000;

/** Reads YAML 1.2 (core schema, with merge keys). Without value when the YAML can't be understood. */
export function parseYaml(text: string, file: string): Outcome<YamlFile> {
  const lines = countLines(text);
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const problem = ({ fault, path }: PlacedFault): Problem => {
    const { code, severity, message, offset, firstOffset, remedy } = fault;
    const first = firstOffset === undefined ? "" : `, first in line ${position(firstOffset).line}`;
    const formatted = path.length > 0 ? formatPath("", path) : undefined;
    return problemOf(code, message + first, { severity, position: position(offset), path: formatted, remedy });
  };
  const { document, words, faults } = compose(text);
  if (faults.length > 0 || !document) return { problems: faults.map((fault) => problem({ fault, path: [] })) };
  const builder = new SourceBuilder();
  const root = builder.build(document.contents, 0);
  const hasReferences = builder.hasAnchors || /^%/m.test(text);
  return { value: { root, words, hasReferences, position, problem }, problems: firstProblems(builder.faults, problem) };
}

/** Where the lines begin. The library's parser, which could say, leaves some out where the text is not valid. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  for (let start = 0; start >= 0; start = text.indexOf("\n", start) + 1 || -1) lines.addNewLine(start);
  return lines;
}

interface Composed {
  readonly document: Document.Parsed | undefined;
  readonly words: number;
  readonly faults: readonly Fault[];
}

function compose(text: string): Composed {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    prettyErrors: false,
    logLevel: "silent",
    // The library compares every key with every other one; the builder looks for repeated keys in linear time.
    uniqueKeys: false,
  });
  const count = { words: 0 };
  let tooLarge: Fault | undefined;
  // Composing a token that is nested too deeply would exhaust the stack.
  const smallTokens = function* (): Generator<CST.Token> {
    for (const token of tokensOf(text, count)) {
      const tooDeep = typeof token === "number" ? undefined : offsetBelow(token, MAX_DEPTH);
      if (typeof token === "number") tooLarge = tooManyWords(token);
      else if (tooDeep !== undefined) tooLarge = nestedTooDeeply(tooDeep);
      else yield token;
      if (tooLarge) return;
    }
  };
  const documents = composer.compose(smallTokens(), true, text.length);
  const [first, second]: Iterable<Document.Parsed | undefined> = documents;
  return {
    document: first,
    words: count.words,
    faults: [
      ...(tooLarge ? [tooLarge] : []),
      ...syntaxFaults(first?.errors ?? [], text),
      ...(second ? [secondDocument(second)] : []),
    ],
  };
}

/** The tokens of a file, whose words are counted; if it has too many, the offset of the first unread one stands for the rest. */
function* tokensOf(text: string, count: { words: number }): Generator<CST.Token | number> {
  const parser = new Parser();
  let offset = 0;
  for (const word of new Lexer().lex(text)) {
    if (++count.words > MAX_WORDS) return yield offset;
    // The lexer announces documents and scalars by characters that the text does not have.
    if (!ANNOUNCEMENTS.has(word)) offset += word.length;
    yield* parser.next(word);
  }
  yield* parser.end();
}

const ANNOUNCEMENTS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

function nestedTooDeeply(offset: number): Fault {
  return {
    code: "LIGAND_CONFIG_TOO_LARGE",
    message: `values are nested more than ${MAX_DEPTH} levels deep`,
    remedy: "Write the values with fewer levels of lists and mappings.",
    offset,
  };
}

function tooManyWords(offset: number): Fault {
  return {
    code: "LIGAND_CONFIG_TOO_LARGE",
    message: `the file has more than ${MAX_WORDS} YAML tokens (keys, values, punctuation)`,
    remedy: "Move long lists out of the configuration, into files or a database that the module reads.",
    offset,
  };
}

function secondDocument({ range }: Document.Parsed): Fault {
  return {
    code: "LIGAND_CONFIG_SYNTAX",
    message: "the file has a second YAML document; only one is read",
    remedy: "Remove the line `---` and what follows it, or join the two documents.",
    offset: range[0],
  };
}

/** Where a token has values more than `limit` levels deep. Walks with its own stack for the sake of hostile files. */
function offsetBelow(root: CST.Token, limit: number): number | undefined {
  const open: [token: CST.Token, depth: number][] = [[root, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [token, depth] = next;
    if (depth > limit) return token.offset;
    if (token.type === "document" && token.value) open.push([token.value, depth]);
    if (!("items" in token)) continue;
    for (const { key, value } of token.items) {
      if (key) open.push([key, depth + 1]);
      if (value) open.push([value, depth + 1]);
    }
  }
  return undefined;
}
