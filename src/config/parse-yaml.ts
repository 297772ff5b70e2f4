import { Composer, Lexer, LineCounter, Parser, CST, type Document, type YAMLParseError } from "yaml";
import { ERRORS } from "../errors/catalogue.js";
import { firstProblems } from "../errors/limit-problems.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf, type Position, type Problem } from "../errors/problem.js";
import { formatPath } from "./config-path.js";
import { MAX_DEPTH, SourceBuilder } from "./source-builder.js";
import type { Fault, PlacedFault, Source } from "./source.js";

/** A YAML file that was read: its value, and a way back from the value to the text. */
export interface YamlFile {
  readonly root: Source;
  position(offset: number): Position;
  /** A fault of the text as a problem. */
  problem(fault: PlacedFault): Problem;
}

const MAX_SYNTAX_PROBLEMS = 50;
/** How many words and signs of YAML are read, which takes about a second. */
const MAX_WORDS = 600_000;

/** Reads YAML 1.2 (core schema, with merge keys). Without value when the text cannot be understood. */
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
  const { document, faults } = compose(text);
  if (faults.length > 0 || !document) return { problems: faults.map((fault) => problem({ fault, path: [] })) };
  const builder = new SourceBuilder();
  const root = builder.build(document.contents, 0);
  return { value: { root, position, problem }, problems: firstProblems(builder.faults, problem) };
}

/** Where the lines begin. The library's parser, which could say, leaves some out where the text is not valid. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  for (let start = 0; start >= 0; start = text.indexOf("\n", start) + 1 || -1) lines.addNewLine(start);
  return lines;
}

function compose(text: string): { document: Document.Parsed | undefined; faults: readonly Fault[] } {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    prettyErrors: false,
    logLevel: "silent",
    // The library compares every key with every other one; the builder looks for repeated keys in linear time.
    uniqueKeys: false,
  });
  let tooLarge: Fault | undefined;
  // Composing a token that is nested too deeply would exhaust the stack.
  const smallTokens = function* (): Generator<CST.Token> {
    for (const token of tokensOf(text)) {
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
    faults: [
      ...(tooLarge ? [tooLarge] : []),
      ...syntaxFaults(first?.errors ?? [], text),
      ...(second ? [secondDocument(second)] : []),
    ],
  };
}

/** The tokens of a file; if it has too many words, the offset of the first unread one stands for the rest. */
function* tokensOf(text: string): Generator<CST.Token | number> {
  const parser = new Parser();
  let words = 0;
  let offset = 0;
  for (const word of new Lexer().lex(text)) {
    if (++words > MAX_WORDS) return yield offset;
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

function syntaxFaults(errors: readonly YAMLParseError[], text: string): Fault[] {
  const template = errors
    .map(({ pos: [offset] }) => templateStart(text, offset))
    .find((offset) => offset !== undefined);
  if (template !== undefined) {
    const message = "the line is part of a template, which was not filled in";
    const remedy = "Run the tool that fills in the configuration, and name the file that it writes.";
    return [{ code: "LIGAND_CONFIG_SYNTAX", message, remedy, offset: template }];
  }
  const faults = errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error): Fault => ({
    code: "LIGAND_CONFIG_SYNTAX",
    message: `the file isn't valid YAML: ${error.message.replace(/[.:]?\s*$/, "")}`,
    remedy: syntaxRemedy(error, text),
    offset: error.pos[0],
  }));
  if (errors.length > MAX_SYNTAX_PROBLEMS) {
    faults.push({
      code: "LIGAND_CONFIG_SYNTAX",
      message: `the file has ${errors.length - MAX_SYNTAX_PROBLEMS} more places that aren't valid YAML`,
      remedy: "Correct the problems before this one first.",
      offset: errors[MAX_SYNTAX_PROBLEMS]!.pos[0],
    });
  }
  return faults;
}

/** Where the statement of a template begins, such as `{% if … %}`, if there is one on the line of an offset. */
function templateStart(text: string, offset: number): number | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const found = /^ {0,100}(?=\{%|<%|\{\{-? ?(?:if|else|end|range|with|include|#|\/))/.exec(
    text.slice(start, start + 200),
  );
  return found ? start + found[0].length : undefined;
}

/** What to do about an error of the parser. A value is not repeated: it may be a secret. */
function syntaxRemedy({ code, pos: [offset] }: YAMLParseError, text: string): string {
  const found = text[offset] ?? "";
  if (code === "TAB_AS_INDENT") return "Indent with spaces instead of tabs.";
  // Identifiers of Matrix begin with characters that YAML takes for itself.
  if (code === "BAD_SCALAR_START") return `Put the value in quotes: without them it can't start with \`${found}\`.`;
  if (code === "BAD_ALIAS") return "Put the value in quotes: without them `*` refers to an anchor.";
  if (code === "BLOCK_AS_IMPLICIT_KEY") return "Put the value in quotes if it's a string that contains `: `.";
  if (code === "UNEXPECTED_TOKEN" && "|>".includes(text[offset - 1] ?? " ")) {
    return `Put the value in quotes: without them \`${text[offset - 1]}\` starts a multi-line string.`;
  }
  if (code === "BAD_DQ_ESCAPE") return "Put the value in single quotes, in which `\\` has no meaning.";
  return ERRORS.LIGAND_CONFIG_SYNTAX.remedy;
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
