import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModuleEntry } from "../config/module-entry.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf } from "../errors/problem.js";
import { installedFolderOf } from "../modules/installed-folder.js";
import { parseSpecifier, resolveSource } from "../modules/specifier.js";
import { filesIn, hashOfFiles, hashOfLines, type FilesByPath } from "./file-hashes.js";
import { followFiles, readImports } from "./followed-files.js";
import { importsIn, isCode } from "./imports-in.js";
import type { LockedCode } from "./lock-file.js";
import { manifestIn, packageFolderOf, type Manifest } from "./manifest.js";
import { NpmRecord } from "./npm-record.js";
import { once } from "./once.js";
import { publishedFiles } from "./published-files.js";

type Code = Omit<LockedCode, "module">;

/** Finds what modules are made of. Reads each file once, and runs none. */
export class CodeReader {
  readonly #importsOf = once(readImports);
  readonly #recordOver = once((folder) => NpmRecord.over(folder));
  readonly #codeOfPackage = once((folder) => this.#readPackage(folder));

  /** What the module of an entry is made of; without a value where its import will say what's wrong. */
  async codeOf({ specifier, directory }: Pick<ModuleEntry, "specifier" | "directory">): Promise<Outcome<LockedCode>> {
    const source = parseSpecifier(specifier).value?.source;
    const url = source === undefined ? undefined : (await resolveSource(source, directory)).value;
    const file = url && (await realpath(fileURLToPath(url)).catch(() => undefined));
    if (source === undefined || file === undefined) return { problems: [] };
    try {
      const folder = await packageFolderOf(file, /^(@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? "");
      const code = await (folder === undefined ? this.#codeOfFile(file) : this.#codeOfPackage(folder));
      return { value: { module: specifier, ...code }, problems: [] };
    } catch (cause) {
      const remedy =
        "Let this process read the files of the module and of packages that are linked, or reinstall them.";
      const message = `the files of \`${specifier}\` couldn't be read, so nothing says whether they changed`;
      return { problems: [problemOf("LIGAND_LOCK_DIFFERS", message, { remedy, cause })] };
    }
  }

  async #codeOfFile(file: string): Promise<Code> {
    const { files, packages, unlocked } = await followFiles(file, this.#importsOf);
    const names = Array.from(packages).filter((name) => name !== "ligand");
    const dependencies = await this.#dependenciesOf(dirname(file), names, []);
    return lockedCode(undefined, files, dependencies, unlocked);
  }

  async #readPackage(folder: string): Promise<Code> {
    const manifest = await manifestIn(folder);
    const files = await packageFiles(folder, manifest);
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    const optional = Object.keys({ ...optionalDependencies, ...peerDependencies }).filter((name) => name !== "ligand");
    const closure = await this.#dependenciesOf(folder, Object.keys(dependencies ?? {}), optional);
    const unlocked = Array.from(files).flatMap(([path, content]) =>
      isCode(path) ? importsIn(content.toString()).unknown.map((how) => `${path}: ${how}`) : [],
    );
    return lockedCode(`${String(manifest.name)}@${String(manifest.version)}`, files, closure, unlocked);
  }

  /** The packages that code in a folder depends on, as npm recorded them; a linked one by its files. */
  async #dependenciesOf(folder: string, needed: readonly string[], optional: readonly string[]): Promise<Dependencies> {
    const record = needed.length + optional.length > 0 ? await this.#recordOver(folder) : undefined;
    if (!record) {
      return { hash: hashOfLines([]), unlocked: needed.map((name) => `package ${name}: npm recorded nothing of it`) };
    }
    const { found, missing } = record.closure(folder, needed, optional);
    const lines = await Promise.all(
      found.map(async ({ name, version, integrity, linkedTo }) => {
        const linked = linkedTo === undefined ? undefined : await packageFiles(linkedTo, await manifestIn(linkedTo));
        return `${name}@${version} ${integrity ?? (linked ? hashOfFiles(linked) : "")}`;
      }),
    );
    // What comes inside of another package's tarball has that one's integrity.
    return {
      hash: hashOfLines([...new Set(lines)]),
      unlocked: [...new Set(missing)].map((name) => `package ${name}: npm recorded nothing of it`),
    };
  }
}

/** An installed package has what npm packed; a linked one lies in the folder where it's written. */
function packageFiles(folder: string, manifest: Manifest): Promise<FilesByPath> {
  return installedFolderOf(folder) !== undefined ? filesIn(folder) : filesIn(folder, publishedFiles(manifest));
}

function lockedCode(name: string | undefined, files: FilesByPath, of: Dependencies, unlocked: readonly string[]): Code {
  return {
    ...(name !== undefined && { package: name }),
    files: hashOfFiles(files),
    dependencies: of.hash,
    unlocked: [...unlocked, ...of.unlocked].sort(),
  };
}

interface Dependencies {
  readonly hash: string;
  readonly unlocked: readonly string[];
}
