import type { YAMLParseError } from "yaml";
import { ERRORS } from "../errors/catalogue.js";
import type { Fault } from "./source.js";

const MAX_SYNTAX_PROBLEMS = 50;

/** What the parser says of a file, in the order of the text, with what to do. */
export function syntaxFaults(errors: readonly YAMLParseError[], text: string): Fault[] {
  const foreign = errors.map(({ pos: [offset] }) => foreignLine(text, offset)).find((fault) => fault !== undefined);
  if (foreign !== undefined) return [foreign];
  const places = firstOfLines(errors, text, ({ pos: [offset] }) => offset);
  const shown = places.slice(0, MAX_SYNTAX_PROBLEMS).map((error) => faultOf(error, text));
  // Several may be about what the same line opened.
  const faults = firstOfLines(shown, text, ({ offset }) => offset);
  if (places.length > MAX_SYNTAX_PROBLEMS) {
    faults.push({
      code: "LIGAND_CONFIG_SYNTAX",
      message: `the file has ${places.length - MAX_SYNTAX_PROBLEMS} more places that aren't valid YAML`,
      remedy: "Correct the problems before this one first.",
      offset: places[MAX_SYNTAX_PROBLEMS]!.pos[0],
    });
  }
  return faults;
}

function faultOf(error: YAMLParseError, text: string): Fault {
  return {
    code: "LIGAND_CONFIG_SYNTAX",
    message: `the file isn't valid YAML: ${messageOf(error)}`,
    remedy: syntaxRemedy(error, text),
    offset: opening(error, text) ?? error.pos[0],
  };
}

/** The first of each line: those that follow it are about how the parser went on. */
function firstOfLines<T>(all: readonly T[], text: string, offsetOf: (one: T) => number): T[] {
  const lines = new Set<number>();
  return all.filter((one) => {
    const line = lineStart(text, offsetOf(one));
    const isFirst = !lines.has(line);
    lines.add(line);
    return isFirst;
  });
}

/** Without the part of the value that some messages end with: it may be a secret. */
function messageOf({ message }: YAMLParseError): string {
  return message
    .replace(/closing (["'])quote/, "closing quote $1")
    .replace(/(Invalid escape sequence \\.?|extra characters|Not a YAML token|Unexpected directive).*/s, "$1")
    .replace(/[.:]?\s*$/, "");
}

/** Lines of other languages than YAML: what precedes them, what they are, and what to do. */
const FOREIGN: readonly (readonly [form: RegExp, found: string, remedy: string])[] = [
  [
    /^ {0,100}(?=\{%|<%|\{#|\{\{-|\{\{ ?(?:if|else|end|range|with|include|#|\/)|\{\{[^{}\n]{0,200}\}\}[ \r]*(?:\n|$))/,
    "the line is part of a template, which was not filled in",
    "Run the tool that fills in the configuration, and name the file that it writes.",
  ],
  [
    /^(?=<{7}(?: |\r?\n)|={7}\r?\n|>{7}(?: |\r?\n|$)|\|{7} )/,
    "the line marks a conflict of two versions that were merged",
    "Decide on one of the two versions, and remove the marks.",
  ],
  [/^ {0,100}(?=```)/, "the line is a fence of Markdown", "Remove the lines that start with three backticks."],
  [
    /^ {0,100}(?=[\w.-]{1,100} ?= ?["'[{\w./])/,
    "the line isn't YAML, but looks like TOML",
    "Write the file as YAML: `key: value`, and `modules:` as a list.",
  ],
];

/** What is wrong with the line of an offset, if it's of another language: such as `{% if … %}`. */
function foreignLine(text: string, offset: number): Fault | undefined {
  const start = lineStart(text, offset);
  const line = text.slice(start, start + 400);
  for (const [form, message, remedy] of FOREIGN) {
    const found = form.exec(line);
    if (found) return { code: "LIGAND_CONFIG_SYNTAX", message, remedy, offset: start + found[0].length };
  }
  return undefined;
}

const OPENING: Readonly<Record<string, string>> = { "]": "[", "}": "{" };

/** Where what isn't closed was opened. The parser says where it noticed: at the end of the file, or some lines below. */
function opening({ code, message, pos: [offset] }: YAMLParseError, text: string): number | undefined {
  const quote = code === "MISSING_CHAR" && /closing (["'])quote/.exec(message)?.[1];
  if (quote) return openingQuote(text, offset, quote);
  const bracket = /end with a ([\]}])/.exec(message)?.[1];
  return bracket === undefined ? undefined : openingBracket(text, offset, bracket);
}

/** The last quote that begins a value or an item. */
function openingQuote(text: string, offset: number, quote: string): number | undefined {
  for (let at = text.lastIndexOf(quote, offset - 1); at >= 0; at = text.lastIndexOf(quote, at - 1)) {
    if (/[\s[{,]/.test(text[at - 1] ?? "\n")) return at;
    if (at === 0) break;
  }
  return undefined;
}

function openingBracket(text: string, offset: number, closing: string): number | undefined {
  let open = 1;
  for (let at = offset - 1; at >= 0; at--) {
    if (text[at] === closing) open++;
    else if (text[at] === OPENING[closing] && --open === 0) return at;
  }
  return undefined;
}

/** What to do about an error of the parser. A value is not repeated: it may be a secret. */
function syntaxRemedy({ code, message, pos: [offset] }: YAMLParseError, text: string): string {
  const found = text[offset] ?? "";
  const line = text.slice(offset, text.indexOf("\n", offset) >>> 0);
  if (code === "TAB_AS_INDENT") return "Indent with spaces instead of tabs.";
  if (/^[^:"']{0,200}\uFF1A/.test(line)) return "Write an ordinary colon and a space instead of `\uFF1A`.";
  // Identifiers of Matrix begin with characters that YAML takes for itself.
  if (code === "BAD_SCALAR_START") return `Put the value in quotes: without them it can't start with \`${found}\`.`;
  if (code === "BAD_ALIAS") return "Put the value in quotes: without them `*` refers to an anchor.";
  if (code === "BLOCK_AS_IMPLICIT_KEY") {
    if (found === "?") return "Put the value in quotes: without them it can't start with `? `.";
    return /:(?:\s|$)/.test(line.trimEnd())
      ? "Put the value in quotes if it's a string that contains `: `."
      : "Start the key of the next line in the same column as the key of this line.";
  }
  if (code === "UNEXPECTED_TOKEN" && "|>".includes(text[offset - 1] ?? " ")) {
    return `Put the value in quotes: without them \`${text[offset - 1]}\` starts a multi-line string.`;
  }
  const quote =
    code === "UNEXPECTED_TOKEN" && /(["']) {0,100}$/.exec(text.slice(Math.max(0, offset - 101), offset))?.[1];
  if (quote) {
    return `A \`${quote}\` before it ends the value: use the other kind of quotes, or write \`''\` for one within single quotes.`;
  }
  if (message.startsWith("Comments must be separated")) {
    return "[{,".includes(text[offset - 1] ?? " ")
      ? "Put the value in quotes: without them `#` starts a comment."
      : "Write a space before `#` if it starts a comment; otherwise put the whole value in quotes.";
  }
  if (/block-seq-ind/.test(message)) return "Put the value in quotes: without them `- ` starts a list.";
  if (code === "BAD_DQ_ESCAPE") return "Put the value in single quotes, in which `\\` has no meaning.";
  const bracket = /end with a ([\]}])/.exec(message)?.[1];
  if (bracket) return `Close it with \`${bracket}\`, or put the value in quotes if it's a string.`;
  if (code === "MISSING_CHAR" && /closing ["']quote/.test(message))
    return "Write the same quote at the end of the value.";
  if (/same column/.test(message)) return "Start the key in the same column as the other keys of its mapping.";
  if (message.startsWith("Missing space")) return "Write a space after the colon.";
  if (message.startsWith("Missing ,")) return "Write a comma between the items, or put a value with spaces in quotes.";
  if (/^Implicit (?:map )?keys/.test(message)) return "Write a colon and a space after the key.";
  return ERRORS.LIGAND_CONFIG_SYNTAX.remedy;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}
