import type { Newable } from "inversify";
import { adoptTransformerMetadata } from "../config/config-class/transformer-storage.js";
import { describeFound } from "../config/describe-found.js";
import { caught } from "../errors/caught.js";
import { closest } from "../errors/did-you-mean.js";
import type { ErrorCode } from "../errors/catalogue.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf, type ProblemDetails } from "../errors/problem.js";
import { FewAtATime } from "./few-at-a-time.js";
import { changedSinceImport, noteImport } from "./fingerprints.js";
import { importRemedy } from "./import-remedy.js";
import { completeModule, isModule, otherCopies, otherVersion } from "./module.js";
import { otherVersionMessage, otherVersionRemedy } from "./other-version.js";
import type { Specifier } from "./specifier.js";
import { syntaxErrorPlace } from "./syntax-error-place.js";
import { TIMED_OUT, withinBudget } from "./within-budget.js";

/** The exports of a package or file by name; CommonJS ones as `require` returns them. */
export type Exports = ReadonlyMap<string, unknown>;

/**
 * How many files are imported side by side. Node keeps a list of all files that a module depends on until its import has
 * ended, so that a hundred of them together take three times the processor time.
 */
const SIDE_BY_SIDE = 8;
/** A module may wait, at its top level, for what another one does: after so long, its import makes room for the next. */
const PATIENCE_MS = 250;

/** Imports files and packages, each once, and none for longer than the budget. */
export class Imports {
  readonly #byUrl = new Map<string, Promise<Outcome<Exports>>>();
  readonly #queue = new FewAtATime(SIDE_BY_SIDE, PATIENCE_MS);

  /**
   * @param budgetMs how long one import may take, in milliseconds
   * @param isReload refuses files that changed since this process imported them: it would get them as they were
   */
  constructor(
    private readonly budgetMs: number,
    private readonly isReload = false,
  ) {}

  /** The exports at a URL, or what went wrong; `source` names it in messages. */
  exportsOf(url: URL, source: string): Promise<Outcome<Exports>> {
    const importing = this.#byUrl.get(url.href) ?? this.#queue.run(() => this.#import(url, source));
    this.#byUrl.set(url.href, importing);
    return importing;
  }

  async #import(url: URL, source: string): Promise<Outcome<Exports>> {
    const changed = this.isReload ? changedSinceImport(url) : [];
    if (changed.length > 0) {
      const message = `restart needed: ${changed.join(" and ")} changed after this process loaded \`${source}\``;
      return failed("LIGAND_RELOAD_NEEDS_RESTART", message);
    }
    noteImport(url);
    return importExports(url, source, this.budgetMs);
  }
}

async function importExports(url: URL, source: string, budgetMs: number): Promise<Outcome<Exports>> {
  try {
    const imported = await withinBudget(import(url.href) as Promise<Record<string, unknown>>, budgetMs);
    if (imported !== TIMED_OUT) return { value: exportsOf(imported), problems: [] };
    return failed("LIGAND_MODULE_START_TIMEOUT", `the import of \`${source}\` didn't finish within ${budgetMs} ms`, {
      remedy: "Look for a top-level `await` that never settles, or raise `startTimeoutMs`.",
    });
  } catch (thrown) {
    const cause = caught(thrown);
    const place = await syntaxErrorPlace(cause, url);
    const where = place === undefined ? "" : `, at ${place}`;
    return failed("LIGAND_MODULE_IMPORT_FAILED", `\`${source}\` failed during its import${where}`, {
      remedy: await importRemedy(url, cause, place),
      cause,
    });
  }
}

/** The module class that a specifier names among the exports of its package or file. */
export function pickModule(exports: Exports, { source, exportName = "default" }: Specifier): Outcome<Newable<object>> {
  const modules = Array.from(exports).flatMap(([name, value]) => (isModule(value) ? [name] : []));
  const others = oneOf(modules.map((name) => `\`${source}${name === "default" ? "" : `#${name}`}\``));
  if (!exports.has(exportName)) {
    const meant = closest(exportName, exports.keys());
    const missing = exportName === "default" ? "default export" : `export \`${exportName}\``;
    return failed("LIGAND_MODULE_EXPORT_NOT_FOUND", `\`${source}\` has no ${missing}`, {
      remedy:
        exportName !== "default" && meant !== undefined && meant !== "default"
          ? `Did you mean \`${source}#${meant}\`?`
          : others
            ? `Write ${others}.`
            : "None of its exports is a module; name another package or file.",
    });
  }
  const name = exportName === "default" ? `the default export of \`${source}\`` : `\`${source}#${exportName}\``;
  return asModule(exports.get(exportName), name, others ? `Write ${others}.` : undefined);
}

/** Names to choose from; only the first ones if there are many. */
function oneOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 1 ? `${names.slice(0, MOST_NAMES).join(", ")}, or one of ${more} more` : names.join(" or ");
}

const MOST_NAMES = 5;

/**
 * The value itself, if it's a module class.
 *
 * @param name what to call the value in a message
 * @param instead what to do if it isn't a module, in place of the general advice
 */
export function asModule(value: unknown, name: string, instead?: string): Outcome<Newable<object>> {
  if (isModule(value)) {
    completeModule(value);
    for (const copy of otherCopies(value)) adoptTransformerMetadata(copy.loadTransformerStorage());
    return { value, problems: [] };
  }
  const other = otherVersion(value);
  if (other) {
    const remedy = otherVersionRemedy(other);
    return failed("LIGAND_MODULE_OTHER_VERSION", otherVersionMessage(name, other), { remedy });
  }
  const found = typeof value === "function" ? "a class or function without `@Module`" : describeFound(value);
  return failed("LIGAND_MODULE_NOT_A_MODULE", `${name} is ${found}; it must be a class decorated with \`@Module\``, {
    remedy: instead,
  });
}

function failed(code: ErrorCode, message: string, details?: ProblemDetails): Outcome<never> {
  return { problems: [problemOf(code, message, details)] };
}

/**
 * Node exposes a CommonJS file as a default export, `module.exports`, next to the names that it could detect. What
 * counts is `module.exports` itself, or, if a compiler wrote the file, its properties.
 */
function exportsOf(namespace: Record<string, unknown>): Exports {
  const main = namespace["default"];
  const exports = new Map(Object.entries(namespace).filter(([name]) => name !== "module.exports"));
  if (typeof main !== "object" || main === null) return exports;
  exports.delete("default");
  for (const [name, value] of Object.entries(main)) if (name !== "__esModule") exports.set(name, value);
  return exports;
}
