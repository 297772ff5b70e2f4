// What the pictures of docs/architecture.md are drawn from: the files of src/, and what each of them imports.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

const STATEMENT = /(?:\b(?:import|export)(?<type> type)?\s[^;"]*?from|\bimport\(|\bimport)\s*"(?<to>\.[^"]+)\.js"/g;

/** Which room each top-level file belongs to that isn't named after its room. */
const ROOM_OF_FILE = { "start-options": "start", "prepare-start": "start", "survey-modules": "start" };

/** Every file of src/ with its room, its text, the files that it imports, and those of them that are more than types. */
export function readSources(source = "src") {
  const paths = readdirSync(source, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
    .sort();
  const withJsx = new Set(paths.filter((path) => path.endsWith(".tsx")));
  const sourceOf = (compiled) => (withJsx.has(`${compiled}.tsx`) ? `${compiled}.tsx` : `${compiled}.ts`);
  return paths.map((path) => {
    const text = readFileSync(`${source}/${path}`, "utf8");
    const found = Array.from(withoutComments(text).matchAll(STATEMENT), ({ groups: { type, to } }) => ({
      file: sourceOf(posix.join(posix.dirname(path), to)),
      isType: type !== undefined,
    }));
    const imports = found.map(({ file }) => file);
    const runs = found.filter(({ isType }) => !isType).map(({ file }) => file);
    return { path, room: roomOf(path), text, imports, runs };
  });
}

/** A room is a folder of src/, or of remote/; a file directly in src/ belongs to the room of its name. */
export function roomOf(path) {
  const [first, second] = path.split("/");
  if (second === undefined) {
    const name = first.replace(/\.ts$/, "");
    return ROOM_OF_FILE[name] ?? name;
  }
  return first === "remote" ? `${first}/${second}` : first;
}

/** Which rooms each room imports from, without itself. */
export function importsBetweenRooms(sources) {
  const imports = new Map(sources.map(({ room }) => [room, new Set()]));
  for (const { room, imports: files } of sources) {
    for (const file of files) if (roomOf(file) !== room) imports.get(room).add(roomOf(file));
  }
  return imports;
}

/** The same without the arrows that follow from others: what is left is the least that shows who depends on whom. */
export function withoutShortcuts(imports) {
  const reaches = (from, to, seen = new Set()) => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...imports.get(from)].some((next) => reaches(next, to, seen));
  };
  return new Map(
    [...imports].map(([room, direct]) => [
      room,
      [...direct].filter((to) => ![...direct].some((other) => other !== to && reaches(other, to))).sort(alphabetically),
    ]),
  );
}

function withoutComments(text) {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

/** The order of names, the same on every machine. */
export function alphabetically(a, b) {
  return a.localeCompare(b, "en");
}
