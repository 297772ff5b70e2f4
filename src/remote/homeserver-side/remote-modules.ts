import { isDeepStrictEqual } from "node:util";
import type { Logger } from "winston";
import type { JsonSchema } from "../../config/json-schema.js";
import type { ModuleEntry } from "../../config/module-entry.js";
import { surroundingsOf } from "../../config/operate/stand-ins.js";
import type { Outcome } from "../../errors/outcome.js";
import type { Problem } from "../../errors/problem.js";
import { withPosition } from "../../modules/deferred-position.js";
import type { CodeProblems } from "../../modules/holding.js";
import { entryPath } from "../../modules/entry-path.js";
import type { LoadedModule, PlacedModule } from "../../modules/loaded-module.js";
import type { ModuleOfEntry, NamedModule } from "../../modules/load-modules.js";
import type { ServiceLookup, ServiceToken } from "../../services/bind-service.js";
import { SERVICES, type ServiceName } from "../../services/services.js";
import type { DescribedMethod, ModuleDescription, SentEntry, WireRead } from "../wire/process-protocol.js";
import { decodeProblem } from "../wire/wire-errors.js";
import { CallsToProcess } from "./calls-to-process.js";
import { describedClass } from "./described-class.js";
import { isLoss } from "./link.js";
import { ModuleLevels } from "./module-levels.js";
import { NumberedCalls } from "./numbered-calls.js";
import type { ProcessNames } from "./process-names.js";
import { ProcessStart, type OfferedToProcess } from "./process-start.js";
import type { RestartTimes } from "./restarts.js";
import { sentEntries } from "./sent-entries.js";
import { SupervisedProcess, type ReplaceableProcess } from "./supervised-process.js";

/** What a new process of modules is made of. */
export interface NewProcess {
  readonly names: ProcessNames;
  readonly entries: readonly SentEntry[];
  readonly services: Pick<ServiceLookup, "find">;
  readonly calls: NumberedCalls;
  readonly levels: ModuleLevels;
}

/** Options of the modules of a process. */
export interface RemoteModulesOptions {
  readonly names: ProcessNames;
  readonly entries: readonly ModuleEntry[];
  /** What their code may not have when the process is replaced. */
  readonly laterProblems?: CodeProblems | undefined;
  readonly newProcess: (what: NewProcess) => ReplaceableProcess;
  readonly logger: Logger;
  /** How long each step of the start may take, in milliseconds. */
  readonly startTimeoutMs: number;
  /** How long a module may take to stop, and so long again its process, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** How long a call may take, in milliseconds. */
  readonly callTimeoutMs?: number | undefined;
  readonly restartTimes?: RestartTimes | undefined;
  /** Whether the process ends once none of its modules runs: not while they may have to start again. */
  readonly mayEnd: () => boolean;
}

/** Why a module of a process can't be started. */
export interface ProcessFailure {
  /** The id of the module. */
  readonly id: string;
  readonly problem: Problem;
}

/** The modules of a process: found, described, started, and called there. The same again whenever the process is replaced. */
export class RemoteModules {
  readonly process: SupervisedProcess;
  readonly #options: RemoteModulesOptions;
  readonly #start: ProcessStart;
  readonly #calls: CallsToProcess;
  readonly #levels: ModuleLevels;
  #loaded: readonly PlacedModule[] = [];
  #digest: string | undefined;
  #runs = false;

  constructor(options: RemoteModulesOptions) {
    this.#options = options;
    const { names, entries, newProcess } = options;
    this.#levels = new ModuleLevels(options.logger);
    const calls = new NumberedCalls(() => (this.#start.offered?.lent.length ?? 0) > 0);
    const sent = sentEntries(entries);
    const services = { find: <T>(token: ServiceToken<T>) => this.#find(token) };
    this.process = new SupervisedProcess({
      ...options,
      newProcess: () => newProcess({ names, entries: sent, services, calls, levels: this.#levels }),
    });
    this.#start = new ProcessStart({
      ...options,
      link: () => this.process.link,
      levelOf: (id) => this.#levels.of(id),
    });
    const noteReads = (reads: readonly WireRead[]) => this.#start.offered?.noteReads?.(reads);
    this.#calls = new CallsToProcess({ ...options, process: this.process, calls, noteReads });
  }

  get entries(): readonly ModuleEntry[] {
    return this.#options.entries;
  }

  /**
   * Whether the modules of both have the same code, the same config, both as it's written and as it was validated, and
   * the same place in a process. Whatever has an instance replaced is part of it: otherwise the new instance would run
   * in the process of the one before, which ends.
   */
  isSameAs(other: RemoteModules): boolean {
    return (
      this.#digest !== undefined && this.#digest === other.#digest && isDeepStrictEqual(this.#lasting, other.#lasting)
    );
  }

  /** Whether any of these modules was made for it. */
  hasAny(modules: readonly Pick<LoadedModule, "class">[]): boolean {
    return this.#loaded.some((own) => modules.some((module) => module.class === own.class));
  }

  /** Whether any of its modules runs. */
  get hasStarted(): boolean {
    return this.#start.started.size > 0;
  }

  /** Its modules, at the places of the same ones in another process. */
  kept(others: RemoteModules): readonly PlacedModule[] {
    return others.#loaded.map((other) => {
      const own = this.#loaded.find(({ info }) => info.id === other.info.id)!;
      return { ...other, class: own.class };
    });
  }

  /** The ids of its modules. */
  get ids(): readonly string[] {
    return this.#start.infos.flatMap((info) => (info ? [info.id] : []));
  }

  /** The names of the services that its modules inject. */
  get injected(): ReadonlySet<string> {
    return new Set(this.entries.flatMap((_, place) => this.#services(place)));
  }

  #services(place: number): ServiceName[] {
    const { injections = [] } = this.#start.descriptions[place] ?? {};
    return injections.filter(({ isService }) => isService).map(({ name }) => name as ServiceName);
  }

  /** Starts the process, and has it import the modules. */
  async find(): Promise<readonly Outcome<NamedModule>[]> {
    try {
      this.process.begin();
      const found = await this.#start.load();
      return found.map(({ name, problems }) => ({
        value: name ? { name: name.requested, className: name.class } : undefined,
        problems: problems.map(decodeProblem),
      }));
    } catch (error) {
      const { problems } = await this.process.startError(error);
      // Some of the modules may not be required: each has to say why it's missing.
      return this.entries.map(() => ({ problems }));
    }
  }

  /** Has the process validate the configs of modules that were found, and makes a class for each. */
  async describe(modules: readonly ModuleOfEntry[]): Promise<Outcome<readonly PlacedModule[]>> {
    const infos = this.entries.map((entry) => modules.find((module) => module.entry === entry)?.info ?? null);
    try {
      const { descriptions, problems, digest } = await this.#start.describe(infos);
      const isWhole = descriptions.every((description, place) => description ?? infos[place] === null);
      this.#digest = isWhole ? JSON.stringify([this.#options.names, digest]) : undefined;
      const locate = (place: number) => this.entries[place]!.locate;
      this.#loaded = descriptions.flatMap((description, place) =>
        description ? [this.#loadedModule(description, place)] : [],
      );
      return {
        value: this.#loaded,
        problems: problems.map((problem) => withPosition(decodeProblem(problem), locate)),
      };
    } catch (error) {
      const { problems } = await this.process.startError(error);
      const positions = infos.flatMap((info) => (info ? [info.position] : []));
      return {
        problems: positions.flatMap((position) => problems.map((each) => ({ ...each, ...(position && { position }) }))),
      };
    }
  }

  /** The schema of the entries of each module, by the place of its entry; without a value for one that wasn't found. */
  async entrySchemas(): Promise<readonly Outcome<JsonSchema>[]> {
    try {
      const schemas = await this.#start.describeEntries();
      return schemas.map((schema) => ({ ...(schema && { value: schema }), problems: [] }));
    } catch (error) {
      const { problems } = await this.process.startError(error);
      return this.entries.map(() => ({ problems }));
    }
  }

  /** Gives the modules what they inject. @returns what keeps them from being started */
  async offer(offered: OfferedToProcess): Promise<readonly ProcessFailure[]> {
    try {
      const missing = await this.#start.offer(offered);
      return missing.map(({ id, problem }) => ({ id, problem: decodeProblem(problem) }));
    } catch (error) {
      const { problems } = await this.process.startError(error);
      return this.ids.flatMap((id) => problems.map((problem) => ({ id, problem })));
    }
  }

  /**
   * From now on its modules can be called, and the process is replaced when it ends. To be called when all have started
   * that are going to: the others run without one that isn't required.
   */
  run(): void {
    if (this.#runs) return;
    this.#runs = true;
    const { names, logger } = this.#options;
    logger.info(`started ${names.process}: ${this.ids.filter((id) => this.#start.started.has(id)).join(", ")}`);
    this.process.supervise(() => this.#start.again());
  }

  /** Has its modules log what they are to log now. */
  setLevels(modules: readonly Pick<LoadedModule, "class" | "info" | "operate">[]): void {
    for (const { class: moduleClass, info, operate } of modules) {
      if (!this.#loaded.some((own) => own.class === moduleClass)) continue;
      if (this.#levels.set(info.id, operate?.logLevel)) this.#start.setLevel(info.id);
    }
  }

  /** Ends the process. */
  stop(): Promise<void> {
    return this.process.stop();
  }

  /** What its instances keep of their entries for as long as they live. */
  get #lasting(): unknown {
    return this.entries.map(({ config, operate }, place) => [
      config,
      surroundingsOf(operate, () => this.#services(place)),
    ]);
  }

  #loadedModule(description: ModuleDescription, place: number): PlacedModule {
    const info = this.#start.infos[place]!;
    const { id } = info;
    const moduleClass = describedClass(id, description, {
      crossing: this.#calls.crossing,
      start: () => this.#startModule(id, description),
      stop: () => this.#stopModule(id, description),
      respond: (method, request) => this.#calls.respond(id, method, request),
      runScheduled: (method) => this.#calls.runScheduled(id, method),
    });
    // The process has its config.
    const entry = this.entries[place]!;
    const { config: written, operate, locate } = entry;
    const path = entryPath(entry, entry.index);
    this.#levels.set(id, operate?.logLevel);
    return { info, class: moduleClass, config: {}, written, ...(operate && { operate }), locate, path };
  }

  async #startModule(id: string, { reload }: ModuleDescription): Promise<readonly DescribedMethod[]> {
    try {
      const methods = await this.#start.start(id);
      if (this.#start.isComplete) this.run();
      return methods;
    } catch (error) {
      const problems = await this.process.startError(error);
      // The one before it starts again, and needs what this one may hold.
      if (reload === "stop-first" && this.ids.length === 1) await this.stop();
      throw problems;
    }
  }

  async #stopModule(id: string, { reload }: ModuleDescription): Promise<void> {
    const { stopTimeoutMs, mayEnd } = this.#options;
    let isStuck: boolean;
    try {
      const stopped = await this.#start.stop(id, stopTimeoutMs);
      // The instance that takes its place needs what it holds.
      isStuck = !stopped && reload === "stop-first";
    } catch (error) {
      if (!isLoss(error)) throw error;
      isStuck = error.code === "LIGAND_REMOTE_TIMEOUT";
    }
    if (isStuck) this.process.kill(`it didn't stop within ${stopTimeoutMs / 1000} s`);
    if (!this.hasStarted && (isStuck || mayEnd())) await this.stop();
  }

  #find<T>(token: ServiceToken<T>): T | undefined {
    const { lent = [], services } = this.#start.offered ?? {};
    return lent.some((name) => (SERVICES[name] as ServiceToken<object>) === token) ? services?.get(token) : undefined;
  }
}
