/** A Markdown table. Cells are Markdown; a `|` in them is escaped. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The address of a heading on the same page, as GitHub makes it. */
export function anchor(heading) {
  return `#${heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-")}`;
}

/** A sentence: a capital letter at the start unless it starts with code, and a full stop at the end. */
export function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** The text with each name explained, in the order in which they are used; fails unless names and texts fit. */
export function glossary(used, texts) {
  const names = [...new Set(used)];
  const missing = names.filter((name) => !(name in texts));
  const unused = Object.keys(texts).filter((name) => !names.includes(name));
  if (missing.length + unused.length > 0) {
    throw new Error(
      `explain ${JSON.stringify(missing)} and remove ${JSON.stringify(unused)} in the glossaries of scripts/docs`,
    );
  }
  return names.map((name) => [name, texts[name]]);
}

/** A page that is written by hand but for some parts: what stands between `<!-- drawn: NAME -->` and `<!-- end -->`. */
export function withParts(page, parts) {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const begin = `<!-- drawn: ${name} -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf("<!-- end -->", from);
    if (from < 0 || to < 0) throw new Error(`the page has no ${begin} … <!-- end -->`);
    return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
  }, page);
}
