import type { ModuleEntry } from "../config/module-entry.js";
import type { Problem } from "../errors/problem.js";
import type { LoadedModule } from "./loaded-module.js";

/** What an entry's module may not be imported with: the entry is the place. */
export type CodeProblems = (entry: ModuleEntry) => Promise<readonly Problem[]>;

/** Holds modules to what was accepted of them. */
export interface Holding {
  /** Called before a module is imported. */
  readonly codeProblems: CodeProblems;
  /** Called before a process imports a module again, which may be days later. */
  readonly laterCodeProblems?: CodeProblems;
  /** Called once a module is known, before it's constructed. */
  useProblems(module: LoadedModule): readonly Problem[];
}
