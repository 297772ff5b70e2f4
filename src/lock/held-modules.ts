import type { ModuleEntry } from "../config/module-entry.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf, type Problem } from "../errors/problem.js";
import type { Holding } from "../modules/holding.js";
import type { LoadedModule } from "../modules/loaded-module.js";
import { CodeReader } from "./code-reader.js";
import { codeDifferences, useDifferences } from "./differences.js";
import type { LockedModules } from "./lock-file.js";
import { useOf } from "./use-of.js";

/** Holds the modules of a configuration to its lock. */
export class HeldModules implements Holding {
  readonly #remedy: string;
  readonly #reader = new CodeReader();

  /** @param again reads the lock again */
  constructor(
    private readonly locked: LockedModules,
    files: readonly string[],
    private readonly again: () => Promise<Outcome<Holding>>,
  ) {
    const command = `ligand lock ${files.join(" ")}`;
    this.#remedy = `\`${command} --check\` imports the module and says what it asks for; \`${command}\` accepts it.`;
  }

  readonly codeProblems = async (entry: ModuleEntry): Promise<readonly Problem[]> => {
    const { specifier, id } = entry;
    const same = Object.entries(this.locked).filter(([, { module }]) => module === specifier);
    const [lockedId, locked] = same.find(([other]) => other === id) ?? same[0] ?? [];
    if (lockedId === undefined || !locked) return [this.#problem(`\`${specifier}\` isn't in the lock`)];
    const { value: found, problems } = await this.#reader.codeOf(entry);
    if (!found) return problems;
    return codeDifferences(locked, found).map((difference) => this.#problem(`\`${specifier}\` ${difference}`));
  };

  /** By the lock as it is then: someone may have accepted other modules. */
  readonly laterCodeProblems = async (entry: ModuleEntry): Promise<readonly Problem[]> => {
    const { value, problems } = await this.again();
    return value ? value.codeProblems(entry) : problems;
  };

  /** Modules that the program passes aren't in the lock. */
  useProblems({ info, class: moduleClass }: LoadedModule): readonly Problem[] {
    if (info.specifier === undefined) return [];
    const locked = Object.hasOwn(this.locked, info.id) ? this.locked[info.id] : undefined;
    const { position } = info;
    if (!locked) return [this.#problem(`module ${info.id} isn't in the lock`, position)];
    if (locked.module !== info.specifier) {
      const message = `module ${info.id} is \`${info.specifier}\`, but \`${locked.module}\` in the lock`;
      return [this.#problem(message, position)];
    }
    const found = useOf({ info, class: moduleClass });
    return useDifferences(locked, found).map((difference) =>
      this.#problem(`module ${info.id} ${difference}`, position),
    );
  }

  #problem(message: string, position?: Problem["position"]): Problem {
    return problemOf("LIGAND_LOCK_DIFFERS", message, { remedy: this.#remedy, position });
  }
}
