// The drawn parts of docs/architecture.md. The rest of the page is written by hand and stays as it is.
import { readFileSync } from "node:fs";
import { stagesOf } from "./data-way.mjs";
import { table, withParts } from "./markdown.mjs";
import { alphabetically, importsBetweenRooms, readSources, withoutShortcuts } from "./rooms.mjs";

/** Who lives in each room. A room without a line here fails the build of the page. */
const ROOMS = {
  package: "where Ligand's own files lie: its folder, version and programs",
  errors: "every error and problem, with its code and remedy; secrets are removed here",
  matrix: "events, state, IDs, verdicts: the vocabulary of callbacks",
  hooks: "how a hook is declared and decorated, what its answers mean, and what its callbacks look at",
  dispatch: "the kernel: runs the callbacks of a hook, watches, counts and records them",
  catalogue: "the declarations of all hooks, one file for each category",
  logging: "winston loggers and the two formats of lines",
  options: "checks options that a program passes",
  services: "the contracts: what modules may ask for",
  watch: "the thread that notices what blocks the process",
  config: "reads YAML with positions, and validates it",
  modules: "`@Module`, `@Every`, `@Cached`; imports modules and validates their configs",
  web: "`@WebResource` and the router of all modules' paths",
  "default-services": "Ligand's own services: PostgreSQL, SMTP, HTTP, timers, templates",
  homeserver: "a small homeserver: pipelines that ask the hooks",
  operate: "what an administrator wants of callbacks: matcher, share, circuit breaker, failures, shadow",
  decisions: "what callbacks decided: written down, and shown live",
  telemetry: "metrics and traces for OpenTelemetry and prom-client",
  container: "binds modules and services, checks and starts them, builds the host",
  lock: "what modules were accepted as, and what has changed since",
  start: "the stages, in order",
  "start-isolated": "the same for modules that all run in one process",
  "remote/wire": "the protocol: messages, values, framing, limits",
  "remote/homeserver-side": "asks modules in another process; starts and replaces that process",
  "remote/module-side": "answers for modules in another process",
  "on-demand": "loads what runs modules in other processes when it's first called",
  replay: "makes recorded decisions anew, without a homeserver",
  inspector: "the page that shows modules and what they decide",
  testing: "the test kit",
  cli: "the commands",
  index: "what the package exports",
};

/** The page, with its drawn parts as the code is now. */
export function architecturePage() {
  const sources = readSources();
  const parts = { rooms: roomsPicture(sources), "who lives where": roomsTable(sources), way: wayPicture(sources) };
  return withParts(readFileSync("docs/architecture.md", "utf8"), parts);
}

function roomsPicture(sources) {
  const arrows = [...withoutShortcuts(importsBetweenRooms(sources))].flatMap(([room, others]) =>
    others.map((other) => `  ${idOf(room)} --> ${idOf(other)}`),
  );
  const rooms = namesOf(sources).map((room) => `  ${idOf(room)}["${room}"]`);
  return mermaid(["flowchart TD", ...rooms, ...arrows]);
}

function roomsTable(sources) {
  const names = namesOf(sources);
  const unknown = names.filter((name) => !(name in ROOMS));
  const empty = Object.keys(ROOMS).filter((name) => !names.includes(name));
  if (unknown.length + empty.length > 0) {
    throw new Error(
      `describe the rooms [${unknown.join(", ")}] in ROOMS of scripts/docs/architecture-page.mjs, and remove [${empty.join(", ")}]`,
    );
  }
  const rows = Object.entries(ROOMS).map(([room, what]) => [`\`${room}\``, what]);
  return table(["room", "who lives there"], rows);
}

function wayPicture(sources) {
  const stages = stagesOf(sources);
  const boxes = stages.map(({ name, file }, index) => `  s${index}["<b>${name}</b><br>${file}"]`);
  const arrows = stages
    .slice(1)
    .map((_, index) => `  s${index} -->${stages[index].result ? `|${stages[index].result}|` : ""} s${index + 1}`);
  const dispatch = shortestWay(sources, "catalogue/build-hooks.ts", "dispatch/judge.ts");
  const asked = dispatch.map((file, index) => `  d${index}["${file}"]`);
  const calls = dispatch.slice(1).map((_, index) => `  d${index} --> d${index + 1}`);
  return mermaid([
    "flowchart TD",
    '  yaml(["homeserver.yaml"]) --> s0',
    ...boxes,
    ...arrows,
    `  s${stages.length - 1} --> hooks(["host.hooks"])`,
    `  hooks -->|"each question"| d0`,
    ...asked,
    ...calls,
  ]);
}

/** The files by which one file comes to another, along imports that aren't only types. */
function shortestWay(sources, from, to) {
  const files = new Map(sources.map(({ path, runs }) => [path, runs]));
  const ways = [[from]];
  const seen = new Set([from]);
  for (const way of ways) {
    const last = way.at(-1);
    if (last === to) return way;
    for (const next of files.get(last) ?? []) {
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  throw new Error(`src/${from} doesn't lead to src/${to}; adapt scripts/docs/architecture-page.mjs`);
}

function namesOf(sources) {
  return [...new Set(sources.map(({ room }) => room))].sort(alphabetically);
}

function idOf(room) {
  return room.replaceAll(/\W/g, "_");
}

function mermaid(lines) {
  return ["```mermaid", ...lines, "```"].join("\n");
}
