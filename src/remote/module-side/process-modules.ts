import { createHash } from "node:crypto";
import { inspect, type InspectOptions } from "node:util";
import type { Container } from "inversify";
import type { Logger } from "winston";
import { declaredHook } from "../../catalogue/declared-hooks.js";
import { bindModules, type BoundModule, type ModuleToBind } from "../../container/bind-modules.js";
import { bindServices } from "../../container/bind-services.js";
import { checkModule, serviceProblems } from "../../container/check-modules.js";
import { startInstances, stopInstance, stopInstances, type StartedModule } from "../../container/start-instances.js";
import type { SentServicesOptions } from "../../default-services/default-services.js";
import type { JsonSchema } from "../../config/json-schema.js";
import { LigandError } from "../../errors/ligand-error.js";
import { StartError } from "../../errors/start-error.js";
import { asDeclared, type WrapCall } from "../../dispatch/callback-wrappers.js";
import type { MaybePromise } from "../../hooks/context.js";
import type { Call } from "../../hooks/contribution.js";
import type { AnyHook } from "../../hooks/hook.js";
import { registrationsOf } from "../../hooks/registration.js";
import type { LogLevel } from "../../logging/create-logger.js";
import { setModuleLevel } from "../../logging/module-logger.js";
import { configureModules } from "../../modules/configure-modules.js";
import { deferredIn } from "../../modules/deferred-position.js";
import { importedFiles } from "../../modules/fingerprints.js";
import { wholeEntrySchema } from "../../modules/entry-schema.js";
import { findModule, type FoundModule } from "../../modules/find-module.js";
import { Imports } from "../../modules/import-module.js";
import type { LoadedModule } from "../../modules/loaded-module.js";
import type { ModuleInfo } from "../../modules/tokens.js";
import type {
  CallbackAnswers,
  CallbackRef,
  DescribedMethod,
  DescribedModules,
  FoundInProcess,
  ModuleProcessSettings,
} from "../wire/process-protocol.js";
import type { HomeserverInfo, WireProblem } from "../wire/protocol.js";
import { encodeProblem } from "../wire/wire-errors.js";
import type { CallbackRun } from "./callback-run.js";
import { describeMethods, describeModule, methodsOf } from "./describe-module.js";
import { lentServices, remoteServices, type CallRemoteService } from "./remote-services.js";
import { SHADOW_CALLS } from "./shadow-calls.js";
import { remedyForMissing } from "./service-remedies.js";

/** A module of this process: its entry, and as much of it as there is so far. */
interface OwnModule {
  readonly loaded: LoadedModule & ModuleToBind;
  bound?: BoundModule;
  log?: Logger;
  started?: StartedModule;
  /** Its callbacks, bound to its instance, by the place of their registration. */
  calls?: readonly Call[];
  /** The names of the methods that are called for them, by their place in its description. */
  methods?: readonly PropertyKey[];
}

/** The modules of a process that a program has started for them. */
export class ProcessModules {
  /** By the place of the entry. */
  readonly #found: (FoundModule | undefined)[] = [];
  readonly #byId = new Map<string, OwnModule>();
  #container: Container | undefined;
  /** Those of the container, as modules have them. */
  #services: Container | undefined;
  #answer: (run: CallbackRun) => MaybePromise<CallbackAnswers> = (run) => run.answers();

  constructor(
    private readonly settings: ModuleProcessSettings,
    private readonly logger: Logger,
    private readonly wrap: WrapCall | undefined,
  ) {}

  async find(): Promise<FoundInProcess[]> {
    const imports = new Imports(this.settings.loadTimeoutMs);
    const found = await Promise.all(this.settings.entries.map((entry) => findModule(entry, imports)));
    return found.map(({ value, problems }, place) => {
      this.#found[place] = value;
      return {
        name: value ? { requested: value.name, class: value.class.name } : null,
        problems: problems.map(encodeProblem),
      };
    });
  }

  async describe(infos: readonly (ModuleInfo | null)[]): Promise<DescribedModules> {
    const unconfigured = infos.flatMap((info, place) => {
      const found = this.#found[place];
      const entry = this.settings.entries[place];
      if (!info || !found || !entry) return [];
      const { config, path, directory } = entry;
      return [{ info, class: found.class, written: config, path, locate: deferredIn(place, directory) }];
    });
    const { value: loaded, problems } = await configureModules(unconfigured, this.settings.loadTimeoutMs);
    for (const module of loaded) {
      const place = infos.findIndex((info) => info?.id === module.info.id);
      const { standIns } = this.settings.entries[place]!;
      this.#byId.set(module.info.id, { loaded: { ...module, ...(standIns && { standIns }) } });
    }
    const descriptions = infos.map((info) => {
      const module = info && this.#byId.get(info.id);
      return module ? describeModule(module.loaded.class) : null;
    });
    return {
      descriptions,
      digest: digestOf(descriptions, loaded),
      problems: [...problems, ...loaded.flatMap(checkModule)].map(encodeProblem),
    };
  }

  /** The schema of the entries of each module that was found, by the place of its entry here. */
  entrySchemas(): Promise<(JsonSchema | null)[]> {
    const classes = this.settings.entries.map((_, place) => this.#found[place]?.class);
    return Promise.all(classes.map(async (Class) => (Class ? wholeEntrySchema(Class) : null)));
  }

  /** @returns a problem for each service that is missing */
  async bind(
    homeserver: HomeserverInfo | null,
    lent: readonly string[],
    settings: SentServicesOptions,
    notesReads: boolean,
    call: CallRemoteService,
  ): Promise<{ readonly id: string; readonly problem: WireProblem }[]> {
    // Takes memory, and most homeservers record nothing.
    const noting = notesReads ? await import("./noted-reads.js") : undefined;
    const ask = noting?.notingLent(call) ?? call;
    const offered = homeserver ? remoteServices(homeserver, ask) : lentServices(lent, ask);
    const container = await bindServices(offered, { ...settings, logger: this.logger });
    this.#container = container;
    this.#services = noting?.notingOwn(container) ?? container;
    if (noting) this.#answer = noting.answerWithReads;
    const modules = [...this.#byId.values()];
    const bound = bindModules(
      modules.map(({ loaded }) => loaded),
      this.#services,
      this.logger,
      SHADOW_CALLS,
    );
    for (const [order, module] of modules.entries()) module.bound = bound[order]!;
    return bound.flatMap((module) =>
      serviceProblems(module, remedyForMissing).map((problem) => ({
        id: module.info.id,
        problem: encodeProblem(problem),
      })),
    );
  }

  /** @throws {StartError} when the module can't be constructed. */
  async start(id: string, timeoutMs: number, level: LogLevel | null): Promise<readonly DescribedMethod[]> {
    const module = this.#module(id);
    // A module that starts again is bound again: its container has its instance.
    const { bound = bindModules([module.loaded], this.#services!, this.logger, SHADOW_CALLS)[0]! } = module;
    delete module.bound;
    module.log = bound.log;
    this.setLevel(id, level);
    const { started: all, failures } = await startInstances([bound], timeoutMs, SAID_BY_HOMESERVER);
    const [started] = all;
    if (!started) throw new StartError(failures.map(({ problem }) => problem));
    module.started = started;
    module.calls = this.#callsOf(started);
    module.methods = methodsOf(started.class);
    return describeMethods(started.class, (method) => (started.instance as Record<string | symbol, unknown>)[method]);
  }

  /** From which level on a module logs, once it starts; null for that of the process. */
  setLevel(id: string, level: LogLevel | null): void {
    const log = this.#byId.get(id)?.log;
    if (log) setModuleLevel(log, level ?? undefined);
  }

  /** @returns whether the module has stopped in time */
  async stop(id: string, timeoutMs: number): Promise<boolean> {
    const module = this.#module(id);
    const { started } = module;
    const stopped = !started || (await stopInstance(started, timeoutMs));
    delete module.started;
    return stopped;
  }

  /** Stops what runs, last started first, and closes the services. */
  async stopAll(timeoutMs: number): Promise<void> {
    const started = Array.from(this.#byId.values(), ({ started: one }) => one).filter((one) => one !== undefined);
    await stopInstances(started, timeoutMs);
    await this.#container?.unbindAllAsync();
  }

  /** Calls callbacks. The answer says what they asked services of this process, if the homeserver wants to know that. */
  answer(run: CallbackRun): MaybePromise<CallbackAnswers> {
    return this.#answer(run);
  }

  /** A callback, as a chain calls it. */
  callback([id, registration]: CallbackRef): Call {
    const call = this.#module(id).calls?.[registration];
    if (call) return call;
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `module ${id} has no callback ${registration}, or hasn't started`);
  }

  /** A method that is called for its name, by the place in its module's description. */
  method(id: string, place: number): (...args: unknown[]) => unknown {
    const { started, methods } = this.#module(id);
    const method = started && methods?.[place];
    if (method === undefined)
      throw new LigandError("LIGAND_REMOTE_PROTOCOL", `module ${id} has no method ${place}, or hasn't started`);
    const { instance } = started!;
    return (...args) => (instance as Record<PropertyKey, (...args: unknown[]) => unknown>)[method]!(...args);
  }

  #callsOf({ info, class: moduleClass, instance }: StartedModule): Call[] {
    return registrationsOf(moduleClass).map(({ category, hook: name, method, options }) => {
      const chain = `${category}.${name}`;
      const hook = hookOf(chain);
      const callback = { module: info, moduleClass, name: `${moduleClass.name}.${String(method)}`, method, options };
      const call = asDeclared((instance as Record<string | symbol, Call>)[method]!.bind(instance) as Call, hook);
      const wrapped = this.wrap?.(call, callback, chain) ?? call;
      return hook.decorator.wrap?.(wrapped, options) ?? wrapped;
    });
  }

  #module(id: string): OwnModule {
    const module = this.#byId.get(id);
    if (module) return module;
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `this process has no module ${id}`);
  }
}

/** What isn't the same for two processes that run the same modules. */
function digestOf(descriptions: DescribedModules["descriptions"], loaded: readonly LoadedModule[]): string {
  const modules = loaded.map(({ info: { id, specifier }, config }) => [id, specifier, inspect(config, WHOLE)]);
  return createHash("sha256")
    .update(JSON.stringify([descriptions, modules, importedFiles()]))
    .digest("hex");
}

const WHOLE: InspectOptions = {
  depth: Infinity,
  maxArrayLength: Infinity,
  maxStringLength: Infinity,
  breakLength: Infinity,
  showHidden: false,
};

/** The first line of a process makes its logger, which takes time and memory. */
const SAID_BY_HOMESERVER = { debug: () => undefined };

/** A declared hook. @param chain `Category.hook` */
export function hookOf(chain: string): AnyHook {
  const declared = declaredHook(chain);
  if (declared) return declared.hook;
  throw new LigandError("LIGAND_REMOTE_PROTOCOL", `there is no hook ${chain} in this version of Ligand`);
}
