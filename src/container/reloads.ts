import type { Logger } from "winston";
import type { ConfigurationSource } from "../config/configuration-source.js";
import { problemLine, type Problem } from "../errors/problem.js";
import { ReloadError, StartError } from "../errors/start-error.js";
import type { ProgrammaticEntry } from "../modules/load-modules.js";
import { PROGRAMMATIC_ENTRIES } from "../modules/programmatic-entries.js";
import { checkOptions, flag, type OptionRules } from "../options/check-options.js";
import type { ModuleChanges } from "./compare-modules.js";
import type { LastReload } from "./health.js";
import type { ModulesToRun, RunningModules } from "./running-modules.js";

/** How to reload. @public */
export interface ReloadOptions {
  /** Says what would change, and changes nothing. Modules are imported and their configs are validated; none is started. */
  readonly dryRun?: boolean;
  /** The modules that your program adds from now on. By default those that it added last. */
  readonly modules?: readonly ProgrammaticEntry[];
}

/** What a reload changed, by the ids of the modules. @public */
export interface ReloadReport extends ModuleChanges {
  /** The number of the configuration that runs now: 1 after the start, and one more after each reload that changed something. */
  readonly revision: number;
  readonly dryRun: boolean;
}

/** The modules that were found. */
export interface FoundModules extends ModulesToRun {
  /** Whether files have a section `modules:`. */
  readonly isListed: boolean;
}

/** Finds the modules of the configuration as it is now. @throws {StartError} with everything that's wrong with it. */
export type ReadAgain = (programmatic: readonly ProgrammaticEntry[] | undefined) => Promise<FoundModules>;

/** How a reload ended, with the particulars. */
export interface EndedReload extends Omit<LastReload, "problems"> {
  /** What it changed; absent if it was refused. */
  readonly changes?: ModuleChanges;
  /** Why it was refused. */
  readonly problems: readonly Problem[];
}

/** What reloads need. */
export interface ReloadsFrame {
  readonly running: RunningModules;
  readonly readAgain: ReadAgain;
  /** Ends the processes that were started to read it, as far as no module runs in them. */
  readonly settle: () => Promise<void>;
  /** Keeps what runs. */
  readonly source: ConfigurationSource;
  /** Notified of the number of the configuration that runs now. */
  readonly revised?: (revision: number) => void;
  readonly logger: Logger;
}

const RULES: OptionRules<ReloadOptions> = { dryRun: flag, modules: PROGRAMMATIC_ENTRIES };

/** Replaces the modules of a host by those of its configuration as it is then, one reload after the other. */
export class Reloads {
  #revision = 1;
  #ended: EndedReload | undefined;
  readonly #counts = { done: 0, refused: 0 };
  #programmatic: readonly ProgrammaticEntry[] | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly frame: ReloadsFrame) {}

  get revision(): number {
    return this.#revision;
  }

  /** How the last one ended; undefined before there was one. */
  get last(): LastReload | undefined {
    return this.#ended && { at: this.#ended.at, outcome: this.#ended.outcome, problems: this.#ended.problems.length };
  }

  /** The same, with what it changed or why it was refused. */
  get ended(): EndedReload | undefined {
    return this.#ended;
  }

  /** How many have ended, and how. */
  get counts(): Readonly<Record<LastReload["outcome"], number>> {
    return this.#counts;
  }

  /** @throws {ReloadError} @throws {LigandError} `LIGAND_ARGUMENT_INVALID`, as `Host.reload`. */
  reload(options: ReloadOptions): Promise<ReloadReport> {
    checkOptions("reload", options, RULES);
    const reload = this.#queue.then(() => this.#reload(options));
    this.#queue = reload.catch(() => undefined);
    return reload;
  }

  async #reload({ dryRun = false, modules = this.#programmatic }: ReloadOptions): Promise<ReloadReport> {
    const { running, readAgain, settle, source, logger } = this.frame;
    try {
      const next = await readAgain(modules);
      const changes = dryRun ? await running.preview(next) : await running.exchange(next);
      const report = { ...changes, dryRun };
      if (!dryRun) {
        source.useFiles();
        await source.ran(next.isListed);
        this.#programmatic = modules;
        if (isChange(changes)) {
          this.#revision++;
          this.frame.revised?.(this.#revision);
        }
        this.#note({ outcome: "done", changes, problems: [] });
        logger.info(`Reloaded the configuration (revision ${this.#revision}): ${describeChanges(changes)}`);
      }
      return { revision: this.#revision, ...report };
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      const refused = new ReloadError(error.problems);
      if (!dryRun) {
        this.#note({ outcome: "refused", problems: refused.problems });
        logRefused(refused, logger);
      }
      throw refused;
    } finally {
      await settle();
    }
  }

  #note(ended: Omit<EndedReload, "at">): void {
    this.#counts[ended.outcome]++;
    this.#ended = { at: Date.now(), ...ended };
  }
}

function isChange({ added, replaced, adjusted, removed, reordered }: ModuleChanges): boolean {
  return reordered || [added, replaced, adjusted, removed].some(({ length }) => length > 0);
}

/** What changed, in a few words for a log line. */
export function describeChanges(changes: ModuleChanges): string {
  const lists = (["added", "replaced", "adjusted", "removed", "failed"] as const).flatMap((what) =>
    changes[what].length > 0 ? [`${what} ${changes[what].join(", ")}`] : [],
  );
  const all = [...lists, ...(changes.reordered ? ["the order changed"] : [])];
  return all.length > 0 ? all.join("; ") : "nothing changed";
}

/** Logs why a reload was refused: a line for each problem. */
export function logRefused({ problems }: ReloadError, logger: Logger): void {
  logger.error("Reload refused; the modules go on with the configuration that they have");
  for (const problem of problems) logger.error(problemLine(problem));
}
