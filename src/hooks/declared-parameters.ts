import { sharedSymbol } from "../package.js";

/** How many parameters a function can look at. */
export interface DeclaredParameters {
  /** Infinity if it may look at all its arguments. */
  readonly count: number;
  /** Why it may look at all. */
  readonly because?: string;
}

const ORIGINAL: unique symbol = sharedSymbol("declared-by") as never;

/**
 * Makes a function that replaces a method count like the method: it passes its arguments on, and looks
 * at nothing itself.
 */
export function declareAs(replacement: Function, original: Function): void {
  Object.defineProperty(replacement, ORIGINAL, { value: original });
}

const DECLARED: unique symbol = sharedSymbol("declared-parameters") as never;

/** Says how many parameters a function looks at that stands for one of another process. */
export function declareParameters(replacement: Function, declared: DeclaredParameters): void {
  Object.defineProperty(replacement, DECLARED, { value: declared });
}

/**
 * How many parameters a function can look at, from its text. `Function.length` alone is too small where there are
 * defaults, rest parameters, `arguments` and wrappers. What can't be read counts as looking at all: an argument that is
 * missing breaks a module, and one too many only costs.
 */
export function declaredParameters(called: unknown): DeclaredParameters {
  if (typeof called !== "function") return all("isn't a method of the class");
  const said = (called as { readonly [DECLARED]?: DeclaredParameters })[DECLARED];
  if (said) return said;
  const original = (called as { readonly [ORIGINAL]?: unknown })[ORIGINAL];
  if (typeof original === "function" && original !== called) return declaredParameters(original);
  const text = Function.prototype.toString.call(called);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) return all("bound or native function");
  // Wherever they stand, a comment included: finding out where comments end takes a whole parser.
  const mentioned = /\b(?:arguments|eval)\b/.exec(withoutEscapes(text))?.[0];
  if (mentioned !== undefined) return all(`mentions \`${mentioned}\``);
  const list = parameterList(text);
  if (list === undefined) return all("unreadable parameters");
  if (list.includes("...")) return all("rest parameter");
  if (list.includes("=")) return all("default value");
  // `length` can be redefined, in both directions.
  return { count: Math.max(countOf(list), lengthOf(called)) };
}

function all(because: string): DeclaredParameters {
  return { count: Number.POSITIVE_INFINITY, because };
}

/** A name may be written with escapes. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\\u\{?([\da-f]{1,6})\}?/gi, (escape, digits: string) => {
    const codePoint = Number.parseInt(digits, 16);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : escape;
  });
}

function lengthOf(called: Function): number {
  const { length } = called as { readonly length: unknown };
  return typeof length === "number" && length > 0 ? length : 0;
}

/**
 * The text between the parentheses of a function's head, without comments and the content of strings. Undefined where it
 * takes a parser: at a template, or at a regular expression.
 */
function parameterList(text: string): string | undefined {
  let code = "";
  let depth = 0;
  let start = -1;
  const token = /\/\/.*|\/\*[^]*?\*\/|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|=>|[^]/gy;
  for (const [found] of text.matchAll(token)) {
    if (found.startsWith("//") || found.startsWith("/*")) {
      code += " ";
      continue;
    }
    if (found === "/" || found === "`") return undefined;
    // One parameter without parentheses: `event => …`.
    if (depth === 0 && found === "=>") return "one";
    if (depth === 0 && found === "{") return undefined;
    if (depth === 0 && found === "(") start = code.length + 1;
    if ("([{".includes(found)) depth++;
    else if (")]}".includes(found) && --depth === 0 && start >= 0) return code.slice(start);
    code += found.length > 1 && found !== "=>" ? '""' : found;
  }
  return undefined;
}

/** Commas at the outermost level; one may follow the last parameter. */
function countOf(list: string): number {
  const parameters = list.trim().replace(/,$/, "");
  if (parameters === "") return 0;
  let depth = 0;
  let count = 1;
  for (const character of parameters) {
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    else if (character === "," && depth === 0) count++;
  }
  return count;
}
