import { isDeepStrictEqual } from "node:util";
import type { Logger } from "winston";
import type { ModuleParts } from "../../container/bind-modules.js";
import { changesOf, compareModules } from "../../container/compare-modules.js";
import { runningOf, type Host } from "../../container/host.js";
import type { ReloadOptions, ReloadReport } from "../../container/reloads.js";
import { keepFiles, keptFiles, recording, type KeptFiles, type Reading } from "../../config/last-good.js";
import { messageWithCauses, problemLine } from "../../errors/problem.js";
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
  #queue: Promise<unknown> = Promise.resolve();
  #fallingBack: Promise<unknown> = Promise.resolve();
  /** The modules of the files, while those of what ran last are used because these can't be started. */
  #ofFiles: Promise<readonly ModuleParts[]> | undefined;

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
    // Then no modules run, and there's nothing to remind of.
    reading.catch(() => this.stop());
    return reading;
  }

  /**
   * Does something with the modules of the configuration; if they can't be started, with those of the one that ran last.
   * To be called while no modules run.
   *
   * @throws {StartError} what's wrong with the files, unless what ran last is used
   */
  async attempt<Result>(use: (modules: readonly ModuleParts[]) => Promise<Result>): Promise<Result> {
    const { current } = this;
    const modules = await current;
    try {
      return await use(modules);
    } catch (error) {
      await this.#fallBack(current, error);
      try {
        return await use(await this.current);
      } catch (again) {
        this.#backToFiles();
        this.options.logger.error(`The configuration that ran last can't be used either: ${messageWithCauses(again)}`);
        throw error;
      }
    }
  }

  /** To be called when the configuration that was read last runs. */
  async ran(): Promise<void> {
    const { lastGood, logger } = this.options;
    if (lastGood === undefined || this.#kept) return;
    await keepFiles(lastGood, this.#texts).catch((error: Error) => logger.error(error.message, { error }));
  }

  /**
   * One reload after the other: each compares with what the one before it has left.
   *
   * @param running finds what runs when its turn comes, if anything does
   */
  reload(running: () => Promise<Host | undefined>, options: ReloadOptions): Promise<ReloadReport> {
    const reload = this.#queue.then(async () => this.#reload(await running(), options));
    this.#queue = reload.catch(() => undefined);
    return reload;
  }

  async #reload(host: Host | undefined, options: ReloadOptions): Promise<ReloadReport> {
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
        this.warnOfNew(before, now);
        await this.ran();
      }
      this.#ofFiles = undefined;
      this.stop();
      return report;
    } catch (error) {
      this.#kept = kept;
      throw error;
    }
  }

  /** Names the hooks that a homeserver doesn't ask, because no module had them when it was introduced. */
  warnOfNew(before: readonly ModuleParts[], now: readonly ModuleParts[]): void {
    const unasked = newHooks(hooksOf(before), hooksOf(now));
    if (unasked.length > 0) this.options.logger.warn(`Restart the homeserver to have it ask ${unasked.join(", ")}`);
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
    try {
      return await this.#survey(false);
    } catch (error) {
      return this.#surveyKept(error);
    }
  }

  /** Uses what ran last instead of modules that can't be started. @throws `error`, why they can't, if that's impossible */
  #fallBack(tried: Promise<readonly ModuleParts[]>, error: unknown): Promise<void> {
    const fallingBack = this.#fallingBack.then(async () => {
      // Another homeserver may have met the error as well.
      if (this.current !== tried) return;
      if (this.#kept) {
        this.#backToFiles();
        throw error;
      }
      this.#ofFiles = tried;
      try {
        this.current = Promise.resolve(await this.#surveyKept(error));
      } catch (thrown) {
        this.#backToFiles();
        throw thrown;
      }
    });
    this.#fallingBack = fallingBack.catch(() => undefined);
    return fallingBack;
  }

  /** The next start tries the files again, if they aren't refused. */
  #backToFiles(): void {
    if (!this.#ofFiles) return;
    this.current = this.#ofFiles;
    this.#ofFiles = undefined;
    this.#kept = undefined;
    this.stop();
  }

  /** @throws `error`, what's wrong with the files, if there's nothing to use instead */
  async #surveyKept(error: unknown): Promise<readonly LoadedModule[]> {
    const { lastGood, logger } = this.options;
    if (lastGood === undefined || this.#kept || !(error instanceof StartError)) throw error;
    const kept = await keptFiles(lastGood);
    if (!kept || isDeepStrictEqual(kept, this.#texts)) throw error;
    this.#kept = kept;
    const fault = error instanceof ConfigError ? "is refused" : "can't be started";
    const remind = () => logger.error(`The configuration ${fault}; the modules run with the one that ran last`);
    remind();
    for (const problem of error.problems) logger.error(problemLine(problem));
    this.#reminder = setInterval(remind, REMIND_MS).unref();
    return this.#survey(false);
  }

  async #survey(isReload: boolean): Promise<readonly LoadedModule[]> {
    const { configFile } = this.options;
    const survey = await surveyModules({ configFile }, { ...this.reading, isReload, tellsCallsApart: true });
    const modules = valueOf(survey, ConfigError);
    await this.requireServices(modules);
    return modules;
  }
}
