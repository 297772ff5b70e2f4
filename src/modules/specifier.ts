import { readdir, stat } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { basename, dirname, extname, isAbsolute, join, resolve as resolvePath } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { moduleResolve } from "import-meta-resolve";
import { closest } from "../errors/did-you-mean.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf } from "../errors/problem.js";

/** What an entry loads: the package or file, and the export; without a name, the default export. */
export interface Specifier {
  readonly source: string;
  readonly exportName?: string;
}

/** Splits `package-or-path#Export` at the last `#`. */
export function parseSpecifier(text: string): Outcome<Specifier> {
  if (SPACE_AROUND.test(text)) {
    const remedy = "Remove what's before and after the name.";
    const message = `\`${text}\` starts or ends with a space, or with a character that isn't visible`;
    return { problems: [problemOf("LIGAND_CONFIG_INVALID", message, { remedy })] };
  }
  const hash = text.lastIndexOf("#");
  const source = hash < 0 ? text : text.slice(0, hash);
  const exportName = hash < 0 ? undefined : text.slice(hash + 1);
  if (source.trim() === "" || exportName === "") {
    const lacking = exportName === "" ? "name of an export after `#`" : "package or file before `#`";
    const remedy = "Write `package-or-path#Export`, or omit `#Export` for the default export.";
    return { problems: [problemOf("LIGAND_CONFIG_INVALID", `\`${text}\` is missing the ${lacking}`, { remedy })] };
  }
  if (source.includes("#") && !source.startsWith("file:")) {
    const remedy = "Write `package-or-path#Export`, with one `#`.";
    return { problems: [problemOf("LIGAND_CONFIG_INVALID", `\`${text}\` has more than one \`#\``, { remedy })] };
  }
  return { value: exportName === undefined ? { source } : { source, exportName }, problems: [] };
}

/**
 * The URL to import for a package or path, as Node would resolve it in an ES module in `directory`; packages that only
 * CommonJS code may load are found as well.
 */
export async function resolveSource(source: string, directory: string): Promise<Outcome<URL>> {
  const parent = pathToFileURL(join(directory, "/"));
  if (QUOTES.test(source)) return notFound(source, "is in typographic quotes", "Write ordinary quotes: `\"` or `'`.");
  if (PYTHON_FILE.test(source)) return notFound(source, "looks like a Python file", PYTHON_REMEDY);
  if (PYTHON_ENTRY.test(source)) return notFound(source, "looks like a Python class", PYTHON_REMEDY);
  if (/^~|\\/.test(source)) return notFound(source, "is neither an npm package nor a file", PATH_REMEDY);
  if (isBuiltin(source) || (!isFile(source) && /^[a-z][a-z0-9+.-]+:/i.test(source))) {
    return notFound(source, "is neither an npm package nor a file", FORM_REMEDY);
  }
  try {
    const target = isAbsolute(source) ? pathToFileURL(source).href : source;
    return { value: moduleResolve(target, parent), problems: [] };
  } catch (cause) {
    const required = requireOnly(source, parent);
    if (required) return { value: required, problems: [] };
    const found = isFile(source)
      ? await fileNotFound(source, directory, cause)
      : await packageNotFound(source, directory, cause);
    // A file may be named like that all the same.
    if (found.value || !UNFILLED.test(source)) return found;
    return notFound(source, "is neither an npm package nor a file", PATH_REMEDY);
  }
}

const FORM_REMEDY = "Write the name of a package, or a path that starts with `./`, `../` or `/`.";

/** How Synapse's modules are named: `package.module.Class`. */
const PYTHON_CLASS = /^[a-z_]\w*(\.[a-z_]\w*)+$/i;
/** The same as an entry point of a Python package: `package.module:Class`. */
const PYTHON_ENTRY = /^[A-Za-z_]\w*(?:(?:\.[A-Za-z_]\w*)+:\w+|:[A-Z]\w*)$/;
const PYTHON_FILE = /\.pyc?$/i;
/** A module or package of Python, in snake case. npm accepts such names, but few packages have one. */
const PYTHON_PACKAGE = /^[a-z]\w*_\w+$/;
/** An export written as other languages name members of a file: `./modules.js.Bot`, `./modules.js::Bot`. */
const MEMBER = /^(.+?)(?:[.:@/\uFF03]|::)([A-Z]\w*)$/;
/** Spaces around a name, and what looks like none: part of it, for Node. */
const SPACE_AROUND = /^[\s\u200B-\u200D\u2060]|[\s\u200B-\u200D\u2060]$/;
/** What a shell, Windows or a template would replace by a part of a path. */
const UNFILLED = /^%\w+%|\$[{(]|\$[A-Z_]{2}|\{\{/;
const VERSIONED = /^((?:@[\w.~-]+\/)?[\w.~-]+)@[\w.^~*<>=|-]+$/;
const QUOTES = /^[\u2018\u201A\u201C\u201E\u00AB]/;
const PYTHON_REMEDY =
  "Ligand runs modules written in JavaScript or TypeScript: name an npm package or a file, such as " +
  "`my-package#MyModule` or `./my-module.js#MyModule`.";
/** What ends like the name of a code file. */
const FILE = /\.[cm]?[jt]sx?$/i;
const PATH_REMEDY = "Write a path with `/` that starts with `./`, `../` or `/`; `~` and variables are not filled in.";

/** Whether npm accepts a name for a new package. */
function isPackageName(name: string): boolean {
  return name.length <= 214 && /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9-][a-z0-9._-]*$/.test(name);
}

function isFile(source: string): boolean {
  return /^(\.{1,2}(\/|$)|file:)/.test(source) || isAbsolute(source);
}

function requireOnly(source: string, parent: URL): URL | undefined {
  if (isFile(source)) return undefined;
  try {
    return pathToFileURL(createRequire(parent).resolve(source));
  } catch {
    // Not found this way either: the failure of the first attempt is the one to report.
    return undefined;
  }
}

async function fileNotFound(source: string, directory: string, cause: unknown): Promise<Outcome<URL>> {
  const path = source.startsWith("file:") ? filePath(source) : resolvePath(directory, source);
  if (path === undefined) return notFound(source, "isn't a file URL", FORM_REMEDY, cause);
  const kind = await kindOf(path);
  // Its name has signs that mean something in a URL, which an import takes.
  if (kind === "file" && !source.endsWith("/")) return { value: pathToFileURL(path), problems: [] };
  const [, file, member] = MEMBER.exec(source) ?? [];
  if (kind === undefined && file !== undefined && (await kindOf(resolvePath(directory, file))) === "file") {
    return notFound(source, `doesn't exist (looked for ${path})`, `Did you mean \`${file}#${member}\`?`, cause);
  }
  const folder = kind === "directory" ? path : dirname(path);
  const siblings = (await filesIn(folder)).filter((name) => /(?<!\.d)\.[cm]?[jt]s$/.test(name));
  const wanted = kind === "directory" ? "index.js" : basename(path);
  const other = source.endsWith("/") ? siblings : siblings.filter((name) => name !== wanted);
  const meant = closestFile(wanted, other);
  const written = source.replace(/\/+$/, "");
  const prefix = kind === "directory" ? `${written}/` : written.slice(0, written.lastIndexOf("/") + 1);
  const what = kind === "directory" ? "is a folder; it must be a file" : `doesn't exist (looked for ${path})`;
  return notFound(
    source,
    what,
    meant === undefined
      ? "Correct the path; it's relative to the folder of the configuration file."
      : meantRemedy(`${prefix}${meant}`, source),
    cause,
  );
}

/** What to write for the file that was most likely meant: no TypeScript can be listed. */
function meantRemedy(meant: string, source: string): string {
  const compiled = meant.replace(/ts$/, "js");
  if (compiled === meant) return `Did you mean \`${meant}\`?`;
  return `Compile \`${meant}\` with TypeScript${compiled === source ? " first" : `, and name \`${compiled}\``}.`;
}

/** Compares names without their extensions, in which all files are alike. */
function closestFile(wanted: string, files: readonly string[]): string | undefined {
  const stemOf = (name: string) => (FILE.test(name) ? basename(name, extname(name)) : name);
  const meant = closest(stemOf(wanted), files.map(stemOf));
  const found = files.filter((name) => stemOf(name) === meant);
  return found.find((name) => name.endsWith("js")) ?? found[0];
}

async function packageNotFound(source: string, directory: string, cause: unknown): Promise<Outcome<never>> {
  const name = /^(@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? source;
  if ((await kindOf(resolvePath(directory, source))) === "file") {
    return notFound(source, "isn't an installed package", `Did you mean the file \`./${source}\`?`, cause);
  }
  const { code } = cause as { code?: string };
  if (code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
    return notFound(source, "isn't among the `exports` of its package", "Name a path that the package exports.", cause);
  }
  if (code === "ERR_INVALID_MODULE_SPECIFIER") {
    return notFound(source, "isn't a package name", FORM_REMEDY, cause);
  }
  if (code !== "ERR_MODULE_NOT_FOUND") {
    return notFound(source, "couldn't be resolved", "Read the cause; the package's package.json may be wrong.", cause);
  }
  if (source.startsWith("ligand_synapse.")) {
    return notFound(
      source,
      "is Ligand's module for Synapse, which is written in Python",
      "This file is Synapse's own. Name the file that lists the TypeScript modules.",
      cause,
    );
  }
  const installed = await installedPackages(directory, name.startsWith("@") ? dirname(name) : "");
  if (installed.includes(name)) {
    const what =
      source === name ? "is an installed package, but its main file doesn't exist" : "doesn't exist in its package";
    return notFound(source, what, "Name a file that the package has, or reinstall the package.", cause);
  }
  if (FILE.test(source)) {
    const remedy = `Write \`./${source}\` if it's a file; paths are relative to the folder of the configuration file.`;
    return notFound(source, "isn't an installed package", remedy);
  }
  if (PYTHON_CLASS.test(source)) return notFound(source, "looks like a Python class", PYTHON_REMEDY);
  const meant = closest(name, installed);
  if (!isPackageName(name)) {
    const versioned = VERSIONED.exec(source)?.[1];
    const remedy =
      versioned !== undefined
        ? `Write \`${versioned}\`; npm installs the version that your package.json says.`
        : meant === undefined
          ? FORM_REMEDY
          : `Did you mean \`${meant}\`?`;
    return notFound(source, "isn't a package name", remedy, cause);
  }
  if (PYTHON_PACKAGE.test(source) && meant === undefined) {
    const remedy = `${PYTHON_REMEDY} If it's an npm package, install it, if you know and trust its author.`;
    return notFound(source, "isn't an installed package", remedy, cause);
  }
  const install = `un \`npm install ${name}\` in ${directory}, if you know and trust its author.`;
  const remedy = meant === undefined ? `R${install}` : `Did you mean \`${meant}\`? If not, r${install}`;
  return notFound(source, `isn't an installed package`, remedy, cause);
}

/** The packages that Node finds from a folder, optionally only those of one scope. */
async function installedPackages(directory: string, scope: string): Promise<string[]> {
  const names: string[] = [];
  for (let folder = directory; ; folder = dirname(folder)) {
    const found = await filesIn(join(folder, "node_modules", scope));
    names.push(...found.map((name) => (scope ? `${scope}/${name}` : name)).filter((name) => !/^[.@][^/]*$/.test(name)));
    if (folder === dirname(folder)) return names;
  }
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    // A folder that can't be read has nothing to suggest.
    return [];
  }
}

async function kindOf(path: string): Promise<"file" | "directory" | undefined> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? "directory" : found.isFile() ? "file" : undefined;
  } catch {
    // What can't be read counts as absent.
    return undefined;
  }
}

function filePath(url: string): string | undefined {
  return URL.canParse(url) && new URL(url).protocol === "file:" ? fileURLToPath(url) : undefined;
}

function notFound(source: string, what: string, remedy: string, cause?: unknown): Outcome<never> {
  return { problems: [problemOf("LIGAND_MODULE_NOT_FOUND", `\`${source}\` ${what}`, { remedy, cause })] };
}
