// The stages of src/start.ts, in the order in which it calls them.
import { posix } from "node:path";
import { roomOf } from "./rooms.mjs";

/** What a function of start.ts calls is part of the way, too. */
const INLINED = ["surveyModules", "startStages"];
/** Calls that move no data. */
const NOT_A_STAGE = new Set(["createLogger", "checkOptions", "isError", "problemLine", "sortProblems"]);

/**
 * The calls of functions of other files that `startStages` makes, each with its file, its room and the name that its result gets.
 *
 * @param sources those of `readSources`
 */
export function stagesOf(sources) {
  const { text } = sources.find(({ path }) => path === "start.ts");
  const files = importedFunctions(text);
  const bodies = new Map(INLINED.map((name) => [name, bodyOf(text, name)]));
  const stages = [...callsIn(bodies, "startStages", files)];
  if (stages.length === 0) throw new Error("found no stages in src/start.ts; adapt scripts/docs/data-way.mjs to it");
  return stages.filter(({ name }, index) => stages.findIndex((other) => other.name === name) === index);
}

function* callsIn(bodies, body, files) {
  const text = bodies.get(body);
  for (const { 1: name, index } of text.matchAll(/\b(\w+)\(/g)) {
    if (bodies.has(name) && name !== body) yield* callsIn(bodies, name, files);
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

function importedFunctions(text) {
  const imports = text.matchAll(/(?:import|const) \{([^}]*)\} (?:from|= await import)\s*\(?"\.\/([^"]+)\.js"/g);
  return new Map(
    Array.from(imports, ([, names, file]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => /^[a-z]/.test(name) && !name.startsWith("type "))
        .map((name) => [name, posix.normalize(`${file}.ts`)]),
    ).flat(),
  );
}

function bodyOf(text, name) {
  const start = text.search(new RegExp(`^(?:export )?(?:async function ${name}\\(|const ${name}\\b)`, "m"));
  if (start < 0) throw new Error(`src/start.ts has no function ${name}; adapt scripts/docs/data-way.mjs to it`);
  const from = text.indexOf("> {\n", start);
  return text.slice(from + 4, text.indexOf("\n}", from));
}
