import { Container } from "inversify";
import type { Logger } from "winston";
import { CATALOGUE } from "../catalogue/index.js";
import { bindContributions, bindModules, type Contributor } from "../container/bind-modules.js";
import { bindServices } from "../container/bind-services.js";
import { ProcessesOnDemand } from "../container/processes-on-demand.js";
import { startInstances, stopInstances, type StartedModule } from "../container/start-instances.js";
import { unavailable } from "../container/unavailable.js";
import { plainValue } from "../config/source.js";
import type { Outcome } from "../errors/outcome.js";
import { ConfigError } from "../errors/start-error.js";
import { buildCategory } from "../dispatch/build-category.js";
import type { Category, HooksByName } from "../hooks/category.js";
import type { ChainMethod } from "../dispatch/chain-method.js";
import { Dispatch } from "../dispatch/dispatch.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import type { LoadedModule, ProgrammaticEntry } from "../modules/load-modules.js";
import { withinBudget } from "../modules/within-budget.js";
import { Operation } from "../operate/operation.js";
import { bindService } from "../services/bind-service.js";
import { Clock } from "../services/clock.js";
import { Scheduler } from "../services/scheduler.js";
import { Server } from "../services/server.js";
import { SERVICES, type ServiceName } from "../services/services.js";
import { surveyModules, valueOf } from "../survey-modules.js";
import { replayArrangement } from "./replay-arrangement.js";
import { withoutLimits } from "./replayed-operate.js";
import { ReplayedServer, type ServerFacts } from "./replayed-server.js";
import { replayedService, type ReplayedServiceFrame } from "./replayed-services.js";
import { ReplayedScheduler } from "./replayed-scheduler.js";
import type { ReplayedClock } from "./recorded-time.js";

/** What modules are replayed in. */
export interface ReplayFrame extends ReplayedServiceFrame {
  readonly clock: ReplayedClock;
  readonly logger: Logger;
  /** How long a module may take to be imported, to start, and to stop, in milliseconds each. */
  readonly budgetMs: number;
}

/** A hook as it's asked in a replay. */
export interface ReplayedHook {
  readonly hook: AnyHook;
  /** Takes the hook's arguments and the context. */
  readonly ask: ChainMethod;
}

/** Where a configuration is. */
export interface ConfigurationSource {
  /** As for `startModules`: later ones win. */
  readonly files?: readonly string[];
  /** Modules of the program; they follow those of the files. */
  readonly modules?: readonly ProgrammaticEntry[];
}

/** A configuration that was read for a replay. */
export interface ReplayConfiguration {
  readonly modules: readonly LoadedModule[];
  readonly server: ServerFacts;
}

/** In a replay all modules run in this process, wherever the configuration wants them. */
class NoProcesses extends ProcessesOnDemand {
  override has(): boolean {
    return false;
  }
}

/**
 * Reads and checks a configuration that is to be replayed.
 *
 * @throws {ConfigError} with everything that's wrong with it.
 */
export async function readReplayConfiguration(
  { files = [], modules = [] }: ConfigurationSource,
  { budgetMs, without = [] }: { readonly budgetMs: number; readonly without?: readonly string[] },
): Promise<ReplayConfiguration> {
  let settings: Record<string, unknown> = {};
  const survey: Outcome<readonly LoadedModule[]> = await surveyModules(
    { configFile: files, modules, startTimeoutMs: budgetMs },
    {
      without,
      others: new NoProcesses({ startTimeoutMs: budgetMs, stopTimeoutMs: budgetMs }),
      eachFile: (root) => {
        settings = { ...settings, ...Object(plainValue(root, []).value) };
      },
    },
  );
  const { server_name: serverName, public_baseurl: url } = settings;
  const server = {
    ...(typeof serverName === "string" && { serverName }),
    ...(typeof url === "string" && { publicBaseUrl: url.endsWith("/") ? url : `${url}/` }),
  };
  return { modules: valueOf(survey, ConfigError).map(withoutLimits), server };
}

/** Modules that run without a homeserver: they are asked what was asked then, and receive what they received then. */
export class ReplayedModules {
  readonly #hooks = new Map<string, ReplayedHook>();

  private constructor(
    private readonly frame: ReplayFrame,
    private readonly container: Container,
    private readonly started: readonly StartedModule[],
    /** The ids of all modules, in config order. */
    readonly ids: readonly string[],
  ) {}

  /** Constructs the modules. One that doesn't start without a homeserver makes the decisions unknown that it had a say in. */
  static async start({ modules, server }: ReplayConfiguration, frame: ReplayFrame): Promise<ReplayedModules> {
    const { logger, budgetMs, clock } = frame;
    const container = await bindServices(
      [
        bindService(Clock, clock),
        bindService(Scheduler, new ReplayedScheduler({ clock, logger }), { stop: (scheduler) => scheduler.shutdown() }),
      ],
      { logger },
    );
    const bound = modules.flatMap((module) =>
      bindModules([module], servicesOf(module, container, server, frame), logger),
    );
    const { started } = await startInstances(bound, budgetMs, logger);
    const running = new Map(started.map((module) => [module.info.id, module]));
    const contributors = bound.map(
      (module): Contributor => running.get(module.info.id) ?? unavailable({ ...module, instance: {} }),
    );
    const ids = modules.map(({ info }) => info.id);
    const replayed = new ReplayedModules(frame, container, started, ids);
    replayed.#build(modules, contributors, new Set(running.keys()));
    return replayed;
  }

  /** @param name `Category.hook` */
  hook(name: string): ReplayedHook | undefined {
    return this.#hooks.get(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopInstances(this.started, this.frame.budgetMs);
    await withinBudget(this.container.unbindAllAsync(), this.frame.budgetMs);
  }

  #build(modules: readonly LoadedModule[], contributors: readonly Contributor[], started: ReadonlySet<string>): void {
    const contributions = bindContributions(contributors);
    const operation = new Operation();
    const arrangement = replayArrangement(operation.arrangement(modules), this.frame.scene, started);
    const dispatch = new Dispatch(Infinity, ({ decided }) => {
      if (decided) this.frame.scene.decided();
    });
    for (const category of Object.values(CATALOGUE) as Category[]) {
      const methods = (chains: object) => chains;
      const built = buildCategory({ ...category, methods, hooks: withoutCopies(category.hooks) }, dispatch);
      built.prepare(contributions.getAll(category.token), arrangement)();
      for (const [name, hook] of Object.entries(category.hooks)) {
        this.#hooks.set(`${category.name}.${name}`, { hook, ask: built.chains[name] as ChainMethod });
      }
    }
  }
}

/** The services of one module: what it's answered depends on what it was answered then. */
function servicesOf({ info }: LoadedModule, parent: Container, server: ServerFacts, frame: ReplayFrame): Container {
  const services = new Container({ parent });
  services.bind(Server).toConstantValue(new ReplayedServer(server, info.id, frame.scene));
  for (const name of ANSWERED) {
    services.bind<object>(SERVICES[name]).toConstantValue(replayedService(name, info.id, frame));
  }
  return services;
}

/** What answers as it answered then; the other services are the module's own. */
const ANSWERED = (Object.keys(SERVICES) as ServiceName[]).filter(
  (name) => !["Server", "Clock", "Scheduler", "Caches", "Templates"].includes(name),
);

/** Callbacks receive their own values anyway, and a copy of one would read it. */
function withoutCopies(hooks: HooksByName): HooksByName {
  return Object.fromEntries(
    Object.entries(hooks).map(([name, hook]) => {
      const parameters = (hook.parameters as readonly Parameter[]).map(({ copy: _, ...others }) => others);
      return [name, { ...hook, parameters }];
    }),
  );
}
