import type { Logger } from "winston";
import type { ModuleParts } from "../../container/bind-modules.js";
import { changesOf, compareModules } from "../../container/compare-modules.js";
import { runningOf, type Host } from "../../container/host.js";
import type { ReloadOptions, ReloadReport } from "../../container/reloads.js";
import { keepFiles, keptFiles, recording, type KeptFiles, type Reading } from "../../config/last-good.js";
import { isError, problemLine } from "../../errors/problem.js";
import { ConfigError, ReloadError, StartError } from "../../errors/start-error.js";
import type { LoadedModule } from "../../modules/load-modules.js";
import { surveyModules, valueOf } from "../../start.js";
import { hooksOf } from "../../container/modules-info.js";
import { newHooks } from "./new-hooks.js";

/** Which configuration is served. */
export interface ServedConfigurationOptions {
  readonly configFile: string | readonly string[];
  readonly logger: Logger;
  readonly lastGood?: string;
  readonly without?: readonly string[];
}

/** How often to say that an older configuration runs, in milliseconds. */
const REMIND_MS = 60_000;

/** The configuration that is served: that of the files, or the one that ran last where they are refused. */
export class ServedConfiguration {
  /** The modules that homeservers are introduced to. */
  current: Promise<readonly ModuleParts[]> = Promise.resolve([]);
  #texts = new Map<string, string>();
  #kept: KeptFiles | undefined;
  #reminder: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: ServedConfigurationOptions,
    private readonly requireServices: (modules: readonly ModuleParts[]) => Promise<void>,
  ) {}

  get isLastGood(): boolean {
    return this.#kept !== undefined;
  }

  /** What a start reads now. */
  get reading(): Reading {
    const { without = [] } = this.options;
    this.#texts = new Map();
    return { without, read: recording(this.#texts), ...(this.#kept && { kept: this.#kept }) };
  }

  /** Reads the files; if they are refused, what ran last. @throws {StartError} with everything that's wrong with the files. */
  read(): Promise<readonly LoadedModule[]> {
    const reading = this.#readOrKept();
    this.current = reading;
    reading.catch(() => undefined);
    return reading;
  }

  /** To be called when the configuration that was read last runs. */
  async ran(): Promise<void> {
    const { lastGood, logger } = this.options;
    if (lastGood === undefined || this.#kept) return;
    await keepFiles(lastGood, this.#texts).catch((error: Error) => logger.error(error.message, { error }));
  }

  /** @param host what runs, if anything does */
  async reload(host: Host | undefined, options: ReloadOptions): Promise<ReloadReport> {
    const { logger } = this.options;
    const before = await this.current.catch(() => []);
    const kept = this.#kept;
    this.#kept = undefined;
    try {
      const report = host ? await host.reload(options) : await this.#readAgain(before, options);
      if (options.dryRun) {
        this.#kept = kept;
        return report;
      }
      if (host) {
        const now = runningOf(host).modules;
        this.current = Promise.resolve(now);
        const unasked = newHooks(hooksOf(before), hooksOf(now));
        if (unasked.length > 0) logger.warn(`Restart the homeserver to have it ask ${unasked.join(", ")}`);
        await this.ran();
      }
      this.stop();
      return report;
    } catch (error) {
      this.#kept = kept;
      throw error;
    }
  }

  /** Ends the reminders. */
  stop(): void {
    clearInterval(this.#reminder);
  }

  async #readAgain(before: readonly ModuleParts[], { dryRun = false }: ReloadOptions): Promise<ReloadReport> {
    try {
      const loaded = await this.#survey(true);
      if (!dryRun) this.current = Promise.resolve(loaded);
      const running = before.map((module) => ({ ...module, isDown: false }));
      return { revision: 0, dryRun, ...changesOf(compareModules(running, loaded), []) };
    } catch (error) {
      throw error instanceof StartError ? new ReloadError(error.problems) : error;
    }
  }

  async #readOrKept(): Promise<readonly LoadedModule[]> {
    const { lastGood, logger } = this.options;
    try {
      return await this.#survey(false);
    } catch (error) {
      if (lastGood === undefined || !(error instanceof StartError)) throw error;
      const kept = await keptFiles(lastGood);
      if (!kept) throw error;
      this.#kept = kept;
      const remind = () => logger.error("The configuration is refused; the modules run with the one that ran last");
      remind();
      for (const problem of error.problems) logger.error(problemLine(problem));
      this.#reminder = setInterval(remind, REMIND_MS).unref();
      return this.#survey(false);
    }
  }

  async #survey(isReload: boolean): Promise<readonly LoadedModule[]> {
    const { configFile } = this.options;
    const survey = await surveyModules({ configFile }, { ...this.reading, isReload });
    const modules = valueOf({ ...survey, problems: survey.problems.filter(isError) }, ConfigError);
    await this.requireServices(modules);
    return modules;
  }
}
