import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "winston";
import type { LigandError } from "../errors/ligand-error.js";
import { messageWithCauses, problemLine } from "../errors/problem.js";
import { ConfigError, StartError } from "../errors/start-error.js";
import { isKept, keepFiles, keptFiles, recording, type KeptFiles, type Reading } from "./kept-files.js";

/** How often to say that an older configuration runs, in milliseconds. */
const REMIND_MS = 60_000;

/** Which configuration there is to read. */
export interface ConfigurationSourceOptions {
  readonly logger: Logger;
  /** The files, and folders of files, that it's read from. */
  readonly configFile?: string | readonly string[] | undefined;
  /** A folder that keeps the configuration that ran last. */
  readonly lastGood?: string | undefined;
  /** The ids of modules to leave out, whatever the configuration says. */
  readonly without?: readonly string[] | undefined;
}

/** Which configuration modules run with: that of the files, or the one that ran last where these can't be used. */
export class ConfigurationSource {
  #texts = new Map<string, string>();
  #kept: KeptFiles | undefined;
  /** Why it's used. */
  #fault: StartError | undefined;
  /** Whether the files were once right: a module that they no longer list was taken out. */
  #wereRight = false;
  #reminder: NodeJS.Timeout | undefined;
  #fallingBack: Promise<void> | undefined;
  /** What a kept configuration has to be of. */
  readonly #of: readonly string[];

  constructor(private readonly options: ConfigurationSourceOptions) {
    this.#of = [options.configFile ?? []].flat().map((file) => resolve(file));
  }

  /** What ran last, while it's used instead of the files. */
  get kept(): KeptFiles | undefined {
    return this.#kept;
  }

  /** What a start reads now, or a reload, which reads the files. */
  async reading(isReload: boolean): Promise<Reading> {
    const { without = [], lastGood } = this.options;
    const kept = isReload ? undefined : this.#kept;
    const mustList = isReload || (!kept && lastGood !== undefined && (await isKept(lastGood)));
    this.#texts = new Map();
    const read = recording(this.#texts);
    return { without, mayLack: this.#wereRight || kept !== undefined, mustList, read, kept };
  }

  /**
   * Does something with the configuration; if that's refused, with the one that ran last. To be called while no modules run.
   *
   * @param again does it with the other configuration
   * @throws {StartError} what's wrong with the files, unless what ran last can be used
   */
  async attempt<Result>(use: () => Promise<Result>, again = use): Promise<Result> {
    const tried = this.#kept;
    try {
      const result = await use();
      this.#wereRight ||= this.#kept === undefined;
      return result;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      if (tried) throw this.#giveUp(error);
      if (!(await this.#fallBack(error))) throw error;
      try {
        return await again();
      } catch (thrown) {
        throw this.#giveUp(thrown);
      }
    }
  }

  /** Reads the files from now on. */
  useFiles(): void {
    this.#kept = undefined;
    this.#fault = undefined;
    clearInterval(this.#reminder);
  }

  /**
   * To be called when the modules run that were read last.
   *
   * @param isListed whether files list them, as those that are kept do
   */
  async ran(isListed: boolean): Promise<void> {
    const { lastGood, without = [], logger } = this.options;
    // What's left out hasn't run, and would be kept with the rest.
    if (lastGood === undefined || this.#kept || !isListed || without.length > 0) return;
    await keepFiles(lastGood, this.#of, this.#texts).catch((error: LigandError) => logger.error(problemLine(error)));
  }

  /** @returns whether what ran last is used now, instead of files with which no modules could be started */
  async #fallBack(error: StartError): Promise<boolean> {
    // Several homeservers may meet an error at the same time.
    if (!this.#kept) await (this.#fallingBack ??= this.#useKept(error));
    this.#fallingBack = undefined;
    return this.#kept !== undefined;
  }

  async #useKept(error: StartError): Promise<void> {
    const kept = await this.#readKept();
    if (!kept || isDeepStrictEqual(kept, this.#texts)) return;
    this.#kept = kept;
    this.#fault = error;
    const { logger } = this.options;
    const fault = error instanceof ConfigError ? "is refused" : "can't be started";
    const remind = () => logger.error(`The configuration ${fault}; the modules run with the one that ran last`);
    remind();
    for (const problem of error.problems) logger.error(problemLine(problem));
    this.#reminder = setInterval(remind, REMIND_MS).unref();
  }

  /** Goes back to the files, which the next attempt tries again. Returns what's wrong with them. */
  #giveUp(error: unknown): unknown {
    this.options.logger.error(`The configuration that ran last can't be used either: ${messageWithCauses(error)}`);
    const fault = this.#fault ?? error;
    this.useFiles();
    return fault;
  }

  async #readKept(): Promise<KeptFiles | undefined> {
    const { lastGood, logger } = this.options;
    if (lastGood === undefined) return undefined;
    try {
      return await keptFiles(lastGood, this.#of);
    } catch (error) {
      logger.error(problemLine(error as LigandError));
      return undefined;
    }
  }
}
