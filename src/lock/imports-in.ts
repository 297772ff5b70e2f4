/** What a file's code loads, as far as its text says it. */
export interface ImportsIn {
  /** What is imported or required by name. */
  readonly specifiers: readonly string[];
  /** Ways of loading of which the text doesn't say what: `import(…)`. */
  readonly unknown: readonly string[];
}

/** Bounded, so that no text takes long. */
const COMMENTS = String.raw`\s*(?:/\*(?:[^*]|\*(?!/)){0,300}\*/\s*){0,4}`;
const LITERAL = String.raw`(?:"([^"\n]+)"|'([^'\n]+)'|${"`"}([^${"`"}$\n]+)${"`"})`;
/** `import x from "y"`, `export … from "y"`, `import "y"`. */
const STATEMENT = /\b(?:from|import)\s*(?:"([^"\n]+)"|'([^'\n]+)')/g;
/** `import("y")`, `require("y")`. */
const CALL = new RegExp(String.raw`\b(?:import|require)\s*\(${COMMENTS}${LITERAL}\s*[,)]`, "g");
/** `new URL("./y", import.meta.url)`, as for threads. */
const BESIDE = /\bnew URL\(\s*(?:"(\.[^"\n]+)"|'(\.[^'\n]+)')\s*,\s*import\.meta\.url/g;
const COMPUTED = new RegExp(String.raw`(?<![.\w$])(import|require)\s*\((?!${COMMENTS}(?:${LITERAL}\s*[,)]|\)))`, "g");
/** A way to require by another name than `require`. */
const OTHER_REQUIRE = /(?<!\brequire\s*=\s*(?:\w+\.)?)\b(createRequire)\s*\(/g;

/**
 * Finds imports without a parser: in comments and strings as well, where they do no harm, since what doesn't exist isn't
 * followed.
 */
export function importsIn(code: string): ImportsIn {
  const named = [STATEMENT, CALL, BESIDE].flatMap((pattern) => [...code.matchAll(pattern)]);
  const computed = [COMPUTED, OTHER_REQUIRE].flatMap((pattern) => [...code.matchAll(pattern)]);
  return {
    specifiers: [...new Set(named.map(([, double, single, back]) => double ?? single ?? back!))],
    unknown: [...new Set(computed.map(([, how]) => `${how}(…)`))],
  };
}

/** Whether a file's text can be looked through for imports. Declarations of types load nothing. */
export function isCode(path: string): boolean {
  return /(?<!\.d)\.[cm]?[jt]sx?$/i.test(path);
}
