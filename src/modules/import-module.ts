import type { Newable } from "inversify";
import { describeFound } from "../config/found.js";
import { caught } from "../errors/caught.js";
import { closest } from "../errors/did-you-mean.js";
import { SET_EXPERIMENTAL } from "../hooks/decorator-use.js";
import { isOfDecorator } from "../errors/error-place.js";
import type { ErrorCode } from "../errors/catalogue.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf, remedyOf, type ProblemDetails } from "../errors/problem.js";
import { completeModule, isModule, otherCopy } from "./module.js";
import type { Specifier } from "./specifier.js";
import { syntaxErrorPlace } from "./syntax-error-place.js";
import { TIMED_OUT, withinBudget } from "./within-budget.js";

/** The exports of a package or file by name; CommonJS ones as `require` would give them. */
export type Exports = ReadonlyMap<string, unknown>;

/** Imports files and packages: each once, and none for longer than the budget. */
export class Imports {
  readonly #byUrl = new Map<string, Promise<Outcome<Exports>>>();

  /** @param budgetMs how long one import may take, in milliseconds */
  constructor(private readonly budgetMs = 30_000) {}

  /** The exports of what is at a URL, or what went wrong; `source` names it in messages. */
  exportsOf(url: URL, source: string): Promise<Outcome<Exports>> {
    const importing = this.#byUrl.get(url.href) ?? importExports(url, source, this.budgetMs);
    this.#byUrl.set(url.href, importing);
    return importing;
  }
}

async function importExports(url: URL, source: string, budgetMs: number): Promise<Outcome<Exports>> {
  try {
    const imported = await withinBudget(import(url.href) as Promise<Record<string, unknown>>, budgetMs);
    if (imported !== TIMED_OUT) return { value: exportsOf(imported), problems: [] };
    return failed("LIGAND_MODULE_START_TIMEOUT", `the import of \`${source}\` did not finish within ${budgetMs} ms`, {
      remedy: "Look for a top-level `await` that waits for what does not come, or raise `startTimeoutMs`.",
    });
  } catch (thrown) {
    const cause = caught(thrown);
    const place = await syntaxErrorPlace(cause, url);
    const where = place === undefined ? "" : `, at ${place}`;
    return failed("LIGAND_MODULE_IMPORT_FAILED", `\`${source}\` failed while it was imported${where}`, {
      remedy: importRemedy(url, cause),
      cause,
    });
  }
}

function importRemedy(url: URL, cause: Error & { readonly code?: unknown }): string {
  const { code } = cause;
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    return "Install what the module needs: the cause names it.";
  }
  // Node strips types at most: it knows no decorators.
  if (/\.[cm]?tsx?$/.test(url.pathname)) return "Compile the module with TypeScript, and name the `.js` file.";
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") return "Name a file of JavaScript: `.js`, `.mjs` or `.cjs`.";
  if (cause instanceof TypeError && isOfDecorator(cause)) return SET_EXPERIMENTAL;
  return remedyOf("LIGAND_MODULE_IMPORT_FAILED", cause);
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
            : "It has no export that is a module; name another package or file.",
    });
  }
  const name = exportName === "default" ? `the default export of \`${source}\`` : `\`${source}#${exportName}\``;
  return asModule(exports.get(exportName), name, others ? `Write ${others}.` : undefined);
}

/** Names to choose from; the first of them where there are many. */
function oneOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 1 ? `${names.slice(0, MOST_NAMES).join(", ")}, or one of ${more} more` : names.join(" or ");
}

const MOST_NAMES = 5;

/**
 * The value itself, if it is a module class.
 *
 * @param name what to call the value in a message
 * @param instead what to do when it is no module, rather than the general advice
 */
export function asModule(value: unknown, name: string, instead?: string): Outcome<Newable<object>> {
  if (isModule(value)) {
    completeModule(value);
    return { value, problems: [] };
  }
  const copy = otherCopy(value);
  if (copy) {
    return failed(
      "LIGAND_MODULE_OTHER_COPY",
      `${name} was decorated by another copy of \`ligand\` (${copy.other}) than the one that runs (${copy.own})`,
    );
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
 * Node shows a CommonJS file as a default export, `module.exports`, beside the names that it could guess. What
 * counts is `module.exports` itself, or, where a compiler wrote the file, its properties.
 */
function exportsOf(namespace: Record<string, unknown>): Exports {
  const main = namespace["default"];
  const exports = new Map(Object.entries(namespace).filter(([name]) => name !== "module.exports"));
  if (typeof main !== "object" || main === null) return exports;
  exports.delete("default");
  for (const [name, value] of Object.entries(main)) if (name !== "__esModule") exports.set(name, value);
  return exports;
}
