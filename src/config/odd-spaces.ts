import { problemOf, type Problem } from "../errors/problem.js";

const ODD = "\\u00A0\\u1680\\u2000-\\u200B\\u202F\\u205F\\u3000\\uFEFF";
/** A line in whose indent, or behind whose dash, a space is none to YAML, before what looks like a key or an item. */
const ODD_INDENT = new RegExp(
  `^((?: |- )*-?)([${ODD}])(?=[ ${ODD}]*(?:-[ ${ODD}]|["']?[\\w.-]{1,100}["']?:(?:[\\s${ODD}]|$)))`,
  "gmu",
);

/**
 * The first line that is indented with spaces that YAML takes for letters, as web pages and word processors copy them. Such
 * a file is valid, and means something else than what it looks like.
 */
export function oddSpaces(text: string, file: string): Problem | undefined {
  const [first, ...others] = text.matchAll(ODD_INDENT);
  if (!first) return undefined;
  const [, before = "", space = ""] = first;
  const code = space.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const kind = space === "\u00A0" ? "a no-break space" : "a special space";
  const lines = others.length === 0 ? "" : `, here and in ${others.length} more line${others.length > 1 ? "s" : ""}`;
  return problemOf(
    "LIGAND_CONFIG_SYNTAX",
    `the line is indented with ${kind} (U+${code}), which YAML treats as a letter`,
    {
      position: { file, line: text.slice(0, first.index).split("\n").length, column: before.length + 1 },
      remedy: `Indent with ordinary spaces${lines}.`,
    },
  );
}
