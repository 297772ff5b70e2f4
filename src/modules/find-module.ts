import type { Newable } from "inversify";
import type { ModuleEntry } from "../config/module-entry.js";
import type { Outcome } from "../errors/outcome.js";
import { asModule, pickModule, type Imports } from "./import-module.js";
import type { ProgrammaticEntry } from "./loaded-module.js";
import { parseSpecifier, resolveSource } from "./specifier.js";

/** A class, and the name by which the entry requested it. */
export interface FoundModule {
  readonly class: Newable<object>;
  readonly name: string;
}

/** The class that an entry names, whatever its config. Its problems have no place: the entry is the place. */
export async function findModule(
  entry: Pick<ModuleEntry, "specifier" | "directory"> | Pick<ProgrammaticEntry, "module">,
  imports: Imports,
): Promise<Outcome<FoundModule>> {
  if ("module" in entry) return named(asModule(entry.module, `\`${entry.module?.name ?? "module"}\``));
  const specifier = parseSpecifier(entry.specifier);
  if (!specifier.value) return { problems: specifier.problems };
  const { source, exportName } = specifier.value;
  const url = await resolveSource(source, entry.directory);
  if (!url.value) return { problems: url.problems };
  const exports = await imports.exportsOf(url.value, source);
  if (!exports.value) return { problems: exports.problems };
  return named(pickModule(exports.value, specifier.value), exportName);
}

function named({ value: Class, problems }: Outcome<Newable<object>>, name = Class?.name): Outcome<FoundModule> {
  return { value: Class && { class: Class, name: name ?? Class.name }, problems };
}
