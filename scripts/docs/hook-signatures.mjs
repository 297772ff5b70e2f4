import { readdirSync, readFileSync } from "node:fs";

const CATALOGUE = new URL("../../dist/catalogue/", import.meta.url);
/** Aliases of texts, which the compiler writes out. */
const ALIASES = { "`@${string}:${string}`": "UserId", "`!${string}`": "RoomId" };

/**
 * The types of every hook, by `property.hook`: `args`, `answer`, `result`, `hostArgs`, `given`. They
 * are gone at run time, so they are read from what the compiler declared of the catalogue.
 */
export function hookSignatures() {
  const signatures = new Map();
  let category;
  let types;
  for (const line of catalogueLines()) {
    const property = /^ {4}readonly (\w+): Category<\{$/.exec(line)?.[1];
    const hook = /^ {8}(\w+): Hook<\{$/.exec(line)?.[1];
    const [, name, type] = /^ {12}(\w+): (.+);$/.exec(line) ?? [];
    if (property) category = property;
    else if (hook) signatures.set(`${category}.${hook}`, (types = {}));
    // What a category makes of its chains repeats the types of its hooks.
    else if (/^ {8}\w+: HookMethod</.test(line)) types = {};
    else if (name) types[name] = type;
  }
  return signatures;
}

function catalogueLines() {
  const [, text = ""] =
    /export declare const CATALOGUE: \{\n([\s\S]*?)\n\};/.exec(
      readFileSync(new URL("index.d.ts", CATALOGUE), "utf8"),
    ) ?? [];
  let readable = text.replaceAll(/import\("[^"]*"\)\./g, "");
  for (const [written, alias] of Object.entries(ALIASES)) readable = readable.replaceAll(written, alias);
  return readable.split("\n");
}

/** The members of the interface of the catalogue that has those named, one a line, as they are declared. */
export function membersOf(names) {
  for (const file of readdirSync(CATALOGUE).filter((entry) => entry.endsWith(".d.ts"))) {
    const text = readFileSync(new URL(file, CATALOGUE), "utf8");
    for (const [, body] of text.matchAll(/export interface \w+ \{\n([\s\S]*?)\n\}/g)) {
      if (!names.every((name) => new RegExp(`^ {4}(readonly )?${name}\\b`, "m").test(body))) continue;
      const members = body.replaceAll(/\/\*\*[\s\S]*?\*\//g, "").split(/;\n|;$/);
      return members.map((member) => member.replace("readonly ", "").replaceAll(/\s+/g, " ").trim()).filter(Boolean);
    }
  }
  throw new Error(`the compiled catalogue has no interface with ${names.join(", ")}`);
}
