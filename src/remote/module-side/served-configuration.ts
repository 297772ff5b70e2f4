import type { Logger } from "winston";
import type { ModuleParts } from "../../container/bind-modules.js";
import { changesOf, compareModules } from "../../container/compare-modules.js";
import { runningOf, type Host } from "../../container/host.js";
import { describeChanges, logRefused, type ReloadOptions, type ReloadReport } from "../../container/reloads.js";
import { hooksOf } from "../../container/modules-info.js";
import { ConfigurationSource } from "../../config/configuration-source.js";
import type { KeptFiles } from "../../config/kept-files.js";
import { ConfigError, ReloadError, StartError } from "../../errors/start-error.js";
import type { LoadedModule } from "../../modules/load-modules.js";
import { surveyModules, valueOf } from "../../survey-modules.js";
import { newHooks } from "./new-hooks.js";

/** Which configuration is served. */
export interface ServedConfigurationOptions {
  readonly configFile: string | readonly string[];
  readonly logger: Logger;
  readonly lastGood?: string;
  readonly without?: readonly string[];
}

/** The modules that homeservers are introduced to: they're known before any homeserver starts them. */
export class ServedConfiguration {
  readonly source: ConfigurationSource;
  #current: { readonly kept: KeptFiles | undefined; readonly modules: Promise<readonly ModuleParts[]> } | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: ServedConfigurationOptions,
    private readonly requireServices: (modules: readonly ModuleParts[]) => Promise<void>,
  ) {
    this.source = new ConfigurationSource(options);
  }

  /** Those that run, or would be started now. Rejects with a {@link StartError} if they can't be read. */
  get current(): Promise<readonly ModuleParts[]> {
    const { kept } = this.source;
    if (!this.#current || this.#current.kept !== kept) this.#current = { kept, modules: this.#survey(false) };
    return this.#current.modules;
  }

  /** Does something with the modules; if they can't be used, with those of the configuration that ran last. */
  attempt<Result>(use: (modules: readonly ModuleParts[]) => Result | Promise<Result>): Promise<Result> {
    return this.source.attempt(async () => use(await this.current));
  }

  /** To be called when other modules run than those before. */
  runs(modules: readonly ModuleParts[]): void {
    this.#current = { kept: this.source.kept, modules: Promise.resolve(modules) };
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
    if (!host) return this.#readAgain(before, options);
    const report = await host.reload(options);
    if (!report.dryRun) {
      const now = runningOf(host).modules;
      this.runs(now);
      this.warnOfNew(before, now);
    }
    return report;
  }

  /** Names the hooks that a homeserver doesn't ask, because no module had them when it was introduced. */
  warnOfNew(before: readonly ModuleParts[], now: readonly ModuleParts[]): void {
    const unasked = newHooks(hooksOf(before), hooksOf(now));
    if (unasked.length > 0) this.options.logger.warn(`Restart the homeserver to have it ask ${unasked.join(", ")}`);
  }

  async #readAgain(before: readonly ModuleParts[], { dryRun = false }: ReloadOptions): Promise<ReloadReport> {
    try {
      const modules = await this.#survey(true);
      const running = before.map((module) => ({ ...module, isDown: false }));
      const changes = changesOf(compareModules(running, modules), []);
      if (!dryRun) {
        this.source.useFiles();
        this.runs(modules);
        this.options.logger.info(
          `Read the configuration again, for the next homeserver that connects: ${describeChanges(changes)}`,
        );
      }
      return { revision: 0, dryRun, ...changes };
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      const refused = new ReloadError(error.problems);
      if (!dryRun) logRefused(refused, this.options.logger);
      throw refused;
    }
  }

  async #survey(isReload: boolean): Promise<readonly LoadedModule[]> {
    const { configFile } = this.options;
    const how = { ...(await this.source.reading(isReload)), isReload, tellsCallsApart: true };
    const modules = valueOf(await surveyModules({ configFile }, how), ConfigError);
    await this.requireServices(modules);
    return modules;
  }
}
