// Joins the files of `dist/` into the few of `bundle/`, which the package runs: most of the time it takes to import
// hundreds of small files goes by before any of their code runs.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { install } from "../packages.mjs";

const ROOT = join(import.meta.dirname, "..", "..");
const DIST = join(ROOT, "dist");
const PACKAGES = join(ROOT, "node_modules") + sep;
const BUNDLE = join(ROOT, "bundle");

/** The entries and programs of the package, which share files. Each lies in the bundle where it lies in `dist/`. */
const ENTRIES = ["index", "homeserver", "testing", "cli/main", "remote/module-side/isolated-process"];
/** Programs that run beside the package, and would load all of it for the little that they share with it. */
const PROGRAMS_ALONE = ["modules/parse-graph", "watch/watch-thread"];

/**
 * The packages that are joined as well: those that every `import "ligand"` and every process of modules need. A host's
 * own copy of Inversify works with the one in the bundle. The others stay packages. class-validator and class-transformer keep what decorators
 * declare in the copy that modules import; the rest is loaded when it's first used.
 */
export const JOINED = [
  "@inversifyjs/core",
  "fastest-levenshtein",
  "hono",
  "import-meta-resolve",
  "inversify",
  "lru-cache",
  "reflect-metadata",
];

/** Makes `bundle/` from what was compiled. */
export async function bundle() {
  install("pack");
  const groups = [
    KNOWS_ITS_PLACE,
    loadedWith("index", "ligand"),
    loadedWith("remote/module-side/isolated-process", "process"),
  ];
  const output = await joinFiles(ENTRIES, groups);
  for (const program of PROGRAMS_ALONE) output.push(...(await joinFiles([program], [])));
  rmSync(BUNDLE, { recursive: true, force: true });
  for (const { type, fileName, code, source } of output) write(fileName, type === "chunk" ? inAscii(code) : source);
  write("LICENSES.txt", licenses(output.flatMap(({ moduleIds = [] }) => moduleIds)));
}

async function joinFiles(entries, groups) {
  const { rolldown } = await import("rolldown");
  const build = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(entries.map((name) => [name, join(DIST, `${name}.js`)])),
    platform: "node",
    external: (id, importer) => importer?.startsWith(DIST + sep) && /^[@a-z]/.test(id) && !isJoined(id),
    plugins: [{ name: "source maps of tsc", load: loadCompiled }],
  });
  const { output } = await build.generate({
    format: "esm",
    sourcemap: true,
    // Messages name classes.
    keepNames: true,
    // Those who put the package into a bundle of their own find the plain `require` of what is optional.
    polyfillRequire: false,
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: ({ name }) => (name === "package" ? "package.js" : "chunks/[name]-[hash].js"),
    codeSplitting: { groups },
  });
  await build.close();
  return output;
}

function isJoined(id) {
  return JOINED.some((name) => id === name || id.startsWith(`${name}/`));
}

/** So that the maps of the bundle lead to the sources. */
function loadCompiled(id) {
  if (!id.startsWith(DIST + sep)) return null;
  return { code: readFileSync(id, "utf8"), map: JSON.parse(readFileSync(`${id}.map`, "utf8")) };
}

/** The one file that depends on where it lies. */
const KNOWS_ITS_PLACE = { name: "package", test: (id) => id === join(DIST, "package.js"), priority: 1 };

/** One file has all the rest that an entry loads, but for what files before it have. */
function loadedWith(entry, name) {
  let loaded;
  return {
    name(id, build) {
      loaded ??= reachedFrom(join(DIST, `${entry}.js`), build);
      return loaded.has(id) ? name : null;
    },
    debugName: name,
  };
}

function reachedFrom(start, build) {
  const reached = new Set([start]);
  for (const id of reached) for (const next of build.getModuleInfo(id)?.importedIds ?? []) reached.add(next);
  return reached;
}

/** V8 keeps a file that has other characters in twice the memory. */
function inAscii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The licences of the packages that were joined ask for this. */
function licenses(ids) {
  const folders = new Set(ids.filter((id) => id.startsWith(PACKAGES)).map(folderOf));
  return [...folders]
    .sort((one, other) => one.localeCompare(other))
    .map(licenseOf)
    .join(`\n${"-".repeat(80)}\n\n`);
}

function folderOf(id) {
  const [first, second] = id.slice(PACKAGES.length).split(sep);
  return join(PACKAGES, first.startsWith("@") ? join(first, second) : first);
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} has no file with its license (${license})`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}

function write(file, content) {
  const path = join(BUNDLE, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

if (import.meta.filename === process.argv[1]) await bundle();
