import { Composer, LineCounter, Parser, type CST, type Document, type YAMLParseError } from "yaml";
import { ERRORS } from "../errors/catalogue.js";
import type { Position, Problem } from "../errors/problem.js";
import { formatPath, type ConfigPath } from "./config-path.js";
import { MAX_DEPTH, SourceBuilder } from "./source-builder.js";
import type { Fault, Source } from "./source.js";

/** A YAML file that was read: its value, and a way back from the value to the text. */
export interface YamlFile {
  readonly root: Source;
  position(offset: number): Position;
  /** A fault of the text as a problem. */
  problem(fault: Fault, path: ConfigPath): Problem;
}

const MAX_SYNTAX_PROBLEMS = 50;

/** Reads YAML 1.2 (core schema, with merge keys). `undefined`, and problems, when the text cannot be understood. */
export function parseYaml(text: string, file: string, problems: Problem[]): YamlFile | undefined {
  const lines = countLines(text);
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const problem = (fault: Fault, path: ConfigPath): Problem => ({
    code: fault.code,
    message: fault.message,
    position: position(fault.offset),
    ...(path.length > 0 && { path: formatPath("", path) }),
    remedy: fault.remedy,
  });
  const faults: Fault[] = [];
  const document = compose(text, faults);
  if (faults.length > 0 || !document) {
    problems.push(...faults.map((fault) => problem(fault, [])));
    return undefined;
  }
  const builder = new SourceBuilder((fault, path) => {
    const { firstOffset } = fault as { firstOffset?: number };
    const first = firstOffset === undefined ? "" : `, first in line ${position(firstOffset).line}`;
    problems.push(problem({ ...fault, message: fault.message + first }, path));
  });
  return { root: builder.build(document.contents, 0), position, problem };
}

/** Where the lines begin. The library's parser, which could say, leaves some out where the text is not valid. */
function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  for (let start = 0; start >= 0; start = text.indexOf("\n", start) + 1 || -1) lines.addNewLine(start);
  return lines;
}

function compose(text: string, faults: Fault[]): Document.Parsed | undefined {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    prettyErrors: false,
    logLevel: "silent",
    // The library compares every key with every other one; the builder looks for repeated keys in linear time.
    uniqueKeys: false,
  });
  const tokens = shallowTokens(new Parser().parse(text), faults);
  let first: Document.Parsed | undefined;
  for (const document of composer.compose(tokens, true, text.length)) {
    if (first) {
      faults.push({
        code: "LIGAND_CONFIG_SYNTAX",
        message: "the file has a second YAML document; only one is read",
        remedy: "Remove the line `---` and what follows it, or join the two documents.",
        offset: document.range[0],
      });
      break;
    }
    first = document;
    faults.push(...syntaxFaults(document.errors));
  }
  return first;
}

function syntaxFaults(errors: readonly YAMLParseError[]): Fault[] {
  const faults = errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error): Fault => ({
    code: "LIGAND_CONFIG_SYNTAX",
    message: `the file is not valid YAML: ${error.message.replace(/[.:]?\s*$/, "")}`,
    remedy: error.code === "TAB_AS_INDENT" ? "Indent with spaces instead of tabs." : ERRORS.LIGAND_CONFIG_SYNTAX.remedy,
    offset: error.pos[0],
  }));
  if (errors.length > MAX_SYNTAX_PROBLEMS) {
    faults.push({
      code: "LIGAND_CONFIG_SYNTAX",
      message: `the file has ${errors.length - MAX_SYNTAX_PROBLEMS} more places that are not valid YAML`,
      remedy: "Correct the problems before this one first.",
      offset: errors[MAX_SYNTAX_PROBLEMS]!.pos[0],
    });
  }
  return faults;
}

/** Passes tokens on until one is nested so deeply that composing it would exhaust the stack. */
function* shallowTokens(tokens: Iterable<CST.Token>, faults: Fault[]): Generator<CST.Token> {
  for (const token of tokens) {
    const offset = offsetBelow(token, MAX_DEPTH);
    if (offset !== undefined) {
      faults.push({
        code: "LIGAND_CONFIG_TOO_LARGE",
        message: `values are nested more than ${MAX_DEPTH} levels deep`,
        remedy: "Write the values with fewer levels of lists and mappings.",
        offset,
      });
      return;
    }
    yield token;
  }
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
