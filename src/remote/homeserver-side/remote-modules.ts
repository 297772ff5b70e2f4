import { isDeepStrictEqual } from "node:util";
import type { Container } from "inversify";
import type { Logger } from "winston";
import type { ModuleEntry } from "../../config/module-entry.js";
import type { JsonSchema } from "../../config/json-schema.js";
import { LigandError } from "../../errors/ligand-error.js";
import type { ProcessSettings } from "../../config/operate/operate-settings.js";
import type { Outcome } from "../../errors/outcome.js";
import type { Problem } from "../../errors/problem.js";
import { withPosition } from "../../modules/deferred-position.js";
import type { CodeProblems } from "../../modules/holding.js";
import type { LoadedModule } from "../../modules/loaded-module.js";
import type { ModuleOfEntry, NamedModule } from "../../modules/load-modules.js";
import type { ModuleInfo } from "../../modules/tokens.js";
import type { ServiceLookup, ServiceToken } from "../../services/bind-service.js";
import { SERVICES, type ServiceName } from "../../services/services.js";
import type { RequestType } from "../wire/json-rpc.js";
import type { HomeserverInfo, Wire, WireRequest } from "../wire/protocol.js";
import {
  CallScheduled,
  CallWebResource,
  DescribeEntries,
  DescribeModules,
  LoadModules,
  OfferServices,
  StartModule,
  StopModule,
  type DescribedMethod,
  type ModuleDescription,
  type SentEntry,
} from "../wire/process-protocol.js";
import { REAL_RUNTIME, type Runtime } from "../wire/runtime.js";
import { decodeProblem } from "../wire/wire-errors.js";
import { Crossing } from "./crossing.js";
import { describedClass } from "./described-class.js";
import { fetchOver } from "./fetch-over.js";
import { isLoss } from "./link.js";
import { NumberedCalls } from "./numbered-calls.js";
import type { ProcessNames } from "./process-names.js";
import type { RestartTimes } from "./restarts.js";
import { SupervisedProcess, type ReplaceableProcess } from "./supervised-process.js";

/** What a new process of modules is made of. */
export interface NewProcess {
  readonly names: ProcessNames;
  readonly entries: readonly SentEntry[];
  readonly services: Pick<ServiceLookup, "find">;
  readonly calls: NumberedCalls;
}

/** Options of the modules of a process. */
export interface RemoteModulesOptions {
  readonly names: ProcessNames;
  readonly entries: readonly ModuleEntry[];
  /** What the process may have. */
  readonly settings: ProcessSettings | undefined;
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
  readonly runtime?: Runtime | undefined;
}

/** What the modules of a process are given. */
export interface OfferedToProcess {
  /** Null where the homeserver has no `Server`, or no module injects it. */
  readonly homeserver: HomeserverInfo | null;
  readonly services: Pick<Container, "get">;
  /** The services that they inject and that the homeserver has. */
  readonly lent: readonly ServiceName[];
  readonly settings: Wire;
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
  readonly #calls = new NumberedCalls(() => (this.#offered?.lent.length ?? 0) > 0);
  readonly #crossing: Crossing;
  #infos: readonly (ModuleInfo | null)[] = [];
  #descriptions: readonly (ModuleDescription | null)[] = [];
  #loaded: readonly LoadedModule[] = [];
  #digest: string | undefined;
  #offered: OfferedToProcess | undefined;
  /** The ids of the modules that run, in the order of their start. */
  readonly #started = new Set<string>();
  #runs = false;

  constructor(options: RemoteModulesOptions) {
    this.#options = options;
    const { names, entries, newProcess, callTimeoutMs, runtime = REAL_RUNTIME } = options;
    const sent = entries.map(({ specifier, directory, config, index, operate }) => ({
      specifier,
      directory,
      config,
      path: `modules[${index}]`,
      ...(operate?.mode === "shadow" && { realInShadow: operate.shadowServices }),
    }));
    const services = { find: <T>(token: ServiceToken<T>) => this.#find(token) };
    this.process = new SupervisedProcess({
      ...options,
      newProcess: () => newProcess({ names, entries: sent, services, calls: this.#calls }),
    });
    this.#crossing = new Crossing({
      link: () => this.process.running,
      calls: this.#calls,
      process: names.process,
      timeoutMs: callTimeoutMs,
      now: () => runtime.now(),
      nonsense: (error) => this.process.kill(error.message),
    });
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
    return this.#started.size > 0;
  }

  /** Its modules, at the places of the same ones in another process. */
  kept(others: RemoteModules): readonly LoadedModule[] {
    return others.#loaded.map((other) => {
      const own = this.#loaded.find(({ info }) => info.id === other.info.id)!;
      return { ...other, class: own.class };
    });
  }

  /** The ids of its modules. */
  get ids(): readonly string[] {
    return this.#infos.flatMap((info) => (info ? [info.id] : []));
  }

  /** The names of the services that its modules inject. */
  get injected(): ReadonlySet<string> {
    const injections = this.#descriptions.flatMap((description) => description?.injections ?? []);
    return new Set(injections.filter(({ isService }) => isService).map(({ name }) => name));
  }

  /** Starts the process, and has it import the modules. */
  async find(): Promise<readonly Outcome<NamedModule>[]> {
    try {
      this.process.begin();
      const found = await this.#ask(LoadModules, {});
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
  async describe(modules: readonly ModuleOfEntry[]): Promise<Outcome<readonly LoadedModule[]>> {
    this.#infos = this.entries.map((entry) => modules.find((module) => module.entry === entry)?.info ?? null);
    try {
      const { descriptions, problems, digest } = await this.#ask(DescribeModules, { infos: this.#infos });
      this.#descriptions = descriptions;
      const { names, settings } = this.#options;
      const isWhole = descriptions.every((description, place) => description ?? this.#infos[place] === null);
      this.#digest = isWhole ? JSON.stringify([names, settings, digest]) : undefined;
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
      const positions = this.#infos.flatMap((info) => (info ? [info.position] : []));
      return {
        problems: positions.flatMap((position) => problems.map((each) => ({ ...each, ...(position && { position }) }))),
      };
    }
  }

  /** The schema of the entries of each module, by the place of its entry; without a value for one that wasn't found. */
  async entrySchemas(): Promise<readonly Outcome<JsonSchema>[]> {
    try {
      const schemas = await this.#ask(DescribeEntries, {});
      return schemas.map((schema) => ({ ...(schema && { value: schema }), problems: [] }));
    } catch (error) {
      const { problems } = await this.process.startError(error);
      return this.entries.map(() => ({ problems }));
    }
  }

  /** Gives the modules what they inject. @returns what keeps them from being started */
  async offer(offered: OfferedToProcess): Promise<readonly ProcessFailure[]> {
    this.#offered = offered;
    try {
      return (await this.#askToBind()).map(({ id, problem }) => ({ id, problem: decodeProblem(problem) }));
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
    logger.info(`started ${names.process}: ${this.ids.filter((id) => this.#started.has(id)).join(", ")}`);
    this.process.supervise(() => this.#restart());
  }

  /** Ends the process. */
  stop(): Promise<void> {
    return this.process.stop();
  }

  /** What its instances keep of their entries for as long as they live. */
  get #lasting(): unknown {
    return this.entries.map(({ config, operate }) => [
      config,
      operate?.mode === "shadow" && operate.shadowServices.toSorted(),
    ]);
  }

  #loadedModule(description: ModuleDescription, place: number): LoadedModule {
    const info = this.#infos[place]!;
    const { id } = info;
    const moduleClass = describedClass(id, description, {
      crossing: this.#crossing,
      start: () => this.#start(id),
      stop: () => this.#stop(id),
      respond: (method, request) => this.#respond(id, method, request),
      runScheduled: (method) => this.#runScheduled(id, method),
    });
    // The process has its config.
    const { config: written, operate, locate } = this.entries[place]!;
    return { info, class: moduleClass, config: {}, written, ...(operate && { operate }), locate };
  }

  async #start(id: string): Promise<readonly DescribedMethod[]> {
    try {
      const methods = await this.#askToStart(id);
      this.#started.add(id);
      const described = this.#descriptions.filter((description) => description !== null);
      if (this.#started.size === described.length) this.run();
      return methods;
    } catch (error) {
      throw await this.process.startError(error);
    }
  }

  /** The same as at first, in a new process. */
  async #restart(): Promise<void> {
    await this.#assertHeld();
    await this.#ask(LoadModules, {});
    const { descriptions } = await this.#ask(DescribeModules, { infos: this.#infos });
    // Callbacks are called by their place.
    if (JSON.stringify(descriptions) !== JSON.stringify(this.#descriptions)) {
      throw new LigandError("LIGAND_START_FAILED", "the code of the modules has changed since they were started", {
        remedy: "Restart the homeserver, or reload its configuration.",
      });
    }
    await this.#askToBind();
    for (const id of this.#started) await this.#askToStart(id);
  }

  /** Its first import was held to the lock by whoever started it. */
  async #assertHeld(): Promise<void> {
    const { entries, laterProblems } = this.#options;
    const problems = (await Promise.all(entries.map(async (entry) => (await laterProblems?.(entry)) ?? []))).flat();
    if (problems.length === 0) return;
    const { code, remedy } = problems[0]!;
    throw new LigandError(code, problems.map(({ message }) => message).join("; "), { remedy });
  }

  async #stop(id: string): Promise<void> {
    this.#started.delete(id);
    const { stopTimeoutMs } = this.#options;
    try {
      // Half of the time is for the module, the other half for running calls.
      await this.#ask(StopModule, { module: id, timeoutMs: stopTimeoutMs / 2 }, stopTimeoutMs);
    } catch (error) {
      if (!isLoss(error)) throw error;
      if (error.code === "LIGAND_REMOTE_TIMEOUT") this.process.kill(`it didn't stop within ${stopTimeoutMs / 1000} s`);
    }
    if (!this.hasStarted) await this.stop();
  }

  async #respond(module: string, method: number, request: Request): Promise<Response> {
    const call = this.#calls.open();
    try {
      const what = `web path ${new URL(request.url).pathname}`;
      const params = (crossing: WireRequest) => ({
        module,
        method,
        request: crossing,
        ...(call !== undefined && { call }),
      });
      const { callTimeoutMs: timeoutMs } = this.#options;
      return (await fetchOver(this.process.running, request, CallWebResource, params, { what, timeoutMs }))!;
    } finally {
      this.#calls.close(call);
    }
  }

  async #runScheduled(module: string, method: number): Promise<void> {
    // The log says that its process isn't running; a line for each call would hide that.
    if (this.process.health.state !== "running") return;
    await this.process.running.peer.ask(CallScheduled, { module, method }, `a scheduled call of module ${module}`);
  }

  #find<T>(token: ServiceToken<T>): T | undefined {
    const { lent = [], services } = this.#offered ?? {};
    return lent.some((name) => (SERVICES[name] as ServiceToken<object>) === token) ? services?.get(token) : undefined;
  }

  #askToBind() {
    const { homeserver, lent, settings } = this.#offered!;
    return this.#ask(OfferServices, { homeserver, lent, settings });
  }

  #askToStart(module: string): Promise<readonly DescribedMethod[]> {
    const { startTimeoutMs } = this.#options;
    return this.#ask(StartModule, { module, timeoutMs: startTimeoutMs });
  }

  #ask<Params, Answer>(
    type: RequestType<Params, Answer>,
    params: Params,
    timeoutMs = this.#options.startTimeoutMs,
  ): Promise<Answer> {
    return this.process.link.peer.ask(type, params, this.#options.names.modules, { timeoutMs });
  }
}
