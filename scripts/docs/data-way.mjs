// The stages of a start, in the order in which src/start.ts and the exchange of modules call them.
import { posix } from "node:path";
import { roomOf } from "./rooms.mjs";

/** What these functions call is part of the way, too. */
const INLINED = {
  "start.ts": ["startStages", "startFirst"],
  "survey-modules.ts": ["surveyModules"],
  "container/running-modules.ts": ["exchange", "#startAndPut", "#bind"],
  "container/modules-in-place.ts": ["put", "#set"],
};
/** Calls that move no data. */
const NOT_A_STAGE = new Set([
  "checkOptions",
  "isError",
  "problemLine",
  "sortProblems",
  "createWeb",
  "noteInstance",
  "valueOf",
]);

/**
 * The calls of functions of other files that `startStages` makes, each with its file, its room and the name that its result gets.
 *
 * @param sources those of `readSources`
 */
export function stagesOf(sources) {
  const files = new Map();
  const bodies = new Map();
  for (const [path, names] of Object.entries(INLINED)) {
    const { text } = sources.find((source) => source.path === path);
    for (const [name, file] of importedFunctions(text, posix.dirname(path))) files.set(name, file);
    for (const name of names) bodies.set(name, bodyOf(text, name, path));
  }
  const uncalled = new Set(bodies.keys());
  const stages = [...callsIn(bodies, "startStages", files, uncalled)];
  if (stages.length === 0) throw new Error("found no stages in src/start.ts; adapt scripts/docs/data-way.mjs to it");
  if (uncalled.size > 0) throw new Error(`no stage calls ${[...uncalled].join(", ")}; adapt scripts/docs/data-way.mjs`);
  return stages.filter(({ name }, index) => stages.findIndex((other) => other.name === name) === index);
}

function* callsIn(bodies, body, files, uncalled) {
  uncalled.delete(body);
  const text = bodies.get(body);
  for (const { 1: name, index } of text.matchAll(/(?<!\w)(#?\w+)\(/g)) {
    if (bodies.has(name) && name !== body) yield* callsIn(bodies, name, files, uncalled);
    else if (files.has(name) && !NOT_A_STAGE.has(name) && !isCleanUp(text.slice(0, index))) {
      const file = files.get(name);
      yield { name, file, room: roomOf(file), result: resultOf(text.slice(0, index)) };
    }
  }
}

/** The name of the constant that a call is assigned to, from the text before the call. */
function resultOf(before) {
  return /const (\w+) = [^;]*$/.exec(before)?.[1];
}

/** Whether what comes after this text stands in a `catch`. */
function isCleanUp(before) {
  return before.lastIndexOf("} catch") > before.lastIndexOf("try {");
}

function importedFunctions(text, folder) {
  const imports = text.matchAll(/(?:import|const) \{([^}]*)\} (?:from|= await import)\s*\(?"(\.[^"]+)\.js"/g);
  return new Map(
    Array.from(imports, ([, names, file]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => /^[a-z]/.test(name) && !name.startsWith("type "))
        .map((name) => [name, posix.join(folder, `${file}.ts`)]),
    ).flat(),
  );
}

function bodyOf(text, name, path) {
  const method = path.startsWith("container/");
  const found = method ? `^  (?:async )?${name}\\(` : `^(?:export )?(?:async function ${name}\\(|const ${name}\\b)`;
  const start = text.search(new RegExp(found, "m"));
  if (start < 0) throw new Error(`src/${path} has no ${name}; adapt scripts/docs/data-way.mjs to it`);
  const from = text.indexOf("{\n", start);
  return text.slice(from + 2, text.indexOf(method ? "\n  }\n" : "\n}", from));
}
