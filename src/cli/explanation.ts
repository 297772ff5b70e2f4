import { CATALOGUE } from "../catalogue/index.js";
import type { LoginType } from "../catalogue/auth-checkers.js";
import type { ModuleMode } from "../config/operate/operate-keys.js";
import { standInsOf, type StandIns } from "../config/operate/stand-ins.js";
import { settingsFor, type OperateSettings, type ProcessSettings } from "../config/operate/operate-settings.js";
import { contributionsTo, shadowsOf } from "../container/check-modules.js";
import { needsOf, servicesOf } from "../container/dependencies.js";
import { methodsOf, type Category } from "../hooks/category.js";
import { callbacksOf, participantsOf, type RegisteredCallback } from "../hooks/contribution.js";
import type { CallbackName } from "../hooks/callback-name.js";
import { describedChains } from "../hooks/described-chains.js";
import type { AnyHook } from "../hooks/hook.js";
import { classInterest } from "../hooks/interest.js";
import { positionOf, type Parameter } from "../hooks/parameter.js";
import type { StateSelection } from "../matrix/state-selection.js";
import type { Position } from "../errors/problem.js";
import type { LoadedModule } from "../modules/load-modules.js";
import type { ModuleInfo } from "../modules/tokens.js";
import type { LogLevel } from "../logging/log-levels.js";
import { actingServices } from "../services/acting-services.js";
import { servesPaths } from "../operate/mode.js";
import { wishesOf, type Wishes } from "../operate/wishes.js";
import type { ServiceName } from "../services/services.js";
import { createLogger } from "../logging/create-logger.js";
import type { Survey } from "../start.js";
import { explainProcesses, type ExplainedProcess } from "./explained-processes.js";
import { disabledData, type DisabledModule } from "./disabled-module.js";
import { problemData, type ProblemData } from "./problem-formats.js";
import { defaultServices } from "../default-services/default-services.js";
import { schedulesOf } from "../modules/every.js";
import { webResourcesOf } from "../web/web-resource.js";

/**
 * What the modules of a configuration do together. `ligand explain --json` writes it as it is: members are added to it
 * within a `version`, never changed or taken away.
 */
export interface Explanation {
  readonly version: 1;
  /** In config order. */
  readonly modules: readonly ExplainedModule[];
  /** The entries that are not loaded because they say `enabled: false`. */
  readonly disabled: readonly DisabledModule[];
  /** The entries that can't be loaded, and that the others run without. */
  readonly failed: readonly ExplainedFailure[];
  /** The processes that start for modules, beside the homeserver's own. */
  readonly processes: readonly ExplainedProcess[];
  /** The hooks that a module answers, in the order of the catalogue. */
  readonly hooks: readonly ExplainedHook[];
  /** In the order in which modules declare them. */
  readonly webPaths: readonly ExplainedWebPath[];
  /** As `host.hooks.passwordAuth.loginTypes` will be. */
  readonly loginTypes: readonly LoginType[];
}

/** A module that the others run without, and why. */
export interface ExplainedFailure {
  readonly id: string;
  readonly specifier?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly problems: readonly ProblemData[];
}

export interface ExplainedModule {
  readonly id: string;
  readonly class: string;
  readonly specifier?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** What the module injects, besides its own config, info and logger. */
  readonly services: readonly ExplainedService[];
  /** What its administrator wants of it; absent where that's nothing. */
  readonly operate?: ExplainedOperate;
  /** Its background calls by `@Every`. */
  readonly schedules: readonly { readonly method: string; readonly everyMs: number }[];
}

/** What an administrator wants of a module. What holds for its callbacks stands at each of them. */
export interface ExplainedOperate {
  readonly mode: ModuleMode;
  readonly required: boolean;
  /** The process that it runs in; absent for the homeserver's own. */
  readonly process?: ProcessSettings;
  readonly logLevel?: LogLevel;
  /** The services that only pretend to act, while the module is in shadow. */
  readonly standIns?: readonly ServiceName[];
  /** For which of its work they pretend to. */
  readonly standInsFor?: StandIns["for"];
}

export interface ExplainedService {
  readonly name: string;
  /** Whether the module starts without it. */
  readonly optional: boolean;
  /** Who offers it: Ligand, if the homeserver binds none of its own. */
  readonly offeredBy: "ligand" | "homeserver";
}

export interface ExplainedHook {
  /** The category, such as `SpamChecker`. */
  readonly category: string;
  readonly hook: string;
  /** How answers combine, in a few words. */
  readonly strategy: string;
  /** What an error of a callback does, in a few words. */
  readonly failure: string;
  /** The callbacks that are asked, in order. */
  readonly callbacks: readonly ExplainedCallback[];
  /** Callbacks that are called and decide nothing. */
  readonly shadow?: readonly ExplainedCallback[];
  /** Callbacks that are never asked, because the category asks only its first module. */
  readonly ignored: readonly CallbackName[];
}

/** A callback, and what it looks at: nothing else is loaded for it, or sent to it in another process. */
export interface ExplainedCallback extends CallbackName {
  /** The arguments of the hook that it can look at. */
  readonly arguments: readonly string[];
  /** Why these are all, where its parameters don't say how many it looks at. */
  readonly because?: string;
  /** The types of events that it is called for; absent for all. */
  readonly types?: readonly string[];
  /** What its administrator wants of it; absent where that's nothing. */
  readonly wishes?: Wishes;
  /** Which part of the state it asks for, where it asks for any. */
  readonly state?: "whole" | StateSelection;
}

export interface ExplainedWebPath {
  readonly path: string;
  /** The callbacks that serve the path, by HTTP method. */
  readonly callbacks: readonly (CallbackName & { readonly methods: readonly string[] })[];
  /** The ids of modules that declare the path later: the first one keeps it. */
  readonly refused: readonly string[];
}

/** Explains modules by their classes. Constructs nothing. */
export async function explain(
  modules: readonly LoadedModule[],
  { entries, disabled, failed }: Pick<Survey, "entries" | "disabled" | "failed">,
): Promise<Explanation> {
  const { passwordAuth } = CATALOGUE;
  const own = new Set<unknown>(defaultServices({ logger: createLogger() }).map(({ service }) => service));
  return {
    version: 1,
    modules: modules.map((module) => explainModule(module, own)),
    disabled: disabled.map(disabledData),
    failed: failed.map(({ info, problems }) => ({
      id: info.id,
      ...originOf(info),
      problems: problems.map(problemData),
    })),
    processes: await explainProcesses(modules, entries),
    hooks: Object.values(CATALOGUE).flatMap((category) => explainCategory(category, modules)),
    webPaths: explainWebPaths(modules),
    loginTypes: methodsOf(passwordAuth, describedChains(passwordAuth, contributionsTo(passwordAuth.name, modules)))
      .loginTypes,
  };
}

function explainModule(
  { info, class: moduleClass, operate }: LoadedModule,
  own: ReadonlySet<unknown>,
): ExplainedModule {
  return {
    id: info.id,
    class: info.name,
    ...originOf(info),
    services: needsOf(moduleClass).map(({ token, name, optional }) => ({
      name,
      optional,
      offeredBy: own.has(token) ? "ligand" : "homeserver",
    })),
    ...(operate && { operate: explainOperate(operate, servicesOf(moduleClass)) }),
    schedules: Array.from(schedulesOf(moduleClass.prototype as object), ([method, { ms }]) => ({
      method: String(method),
      everyMs: ms,
    })),
  };
}

/** Where a module comes from, and where it's written. */
function originOf({ specifier, position }: ModuleInfo): Pick<ExplainedModule, "specifier" | keyof Position> {
  return { ...(specifier !== undefined && { specifier }), ...position };
}

function explainOperate(operate: OperateSettings, services: readonly ServiceName[]): ExplainedOperate {
  const { mode, required, process, logLevel } = operate;
  const standIns = standInsOf(operate);
  return {
    mode,
    required,
    ...(process && { process }),
    ...(logLevel && { logLevel }),
    ...(standIns && { standIns: actingServices(services, standIns.real), standInsFor: standIns.for }),
  };
}

function explainCategory(category: Category, modules: readonly LoadedModule[]): ExplainedHook[] {
  const contributions = contributionsTo(category.name, modules);
  const participants = participantsOf(category, contributions);
  const ignored = contributions.slice(participants.length);
  const shadows = shadowsOf(category, modules);
  const operateOf = new Map(modules.map(({ info, operate }) => [info.id, operate]));
  const explained = (declared: AnyHook, hook: string, callback: RegisteredCallback) => {
    const operate = operateOf.get(callback.module.id);
    const wishes = wishesOf(declared, settingsFor(operate, hook), operate?.process !== undefined);
    return explainCallback(declared, callback, wishes);
  };
  return Object.entries(category.hooks)
    .map(([hook, declared]) => ({
      category: category.name,
      hook,
      strategy: declared.strategy.name,
      failure: declared.failure.name,
      callbacks: participants
        .flatMap((contribution) => callbacksOf(contribution, hook))
        .map((callback) => explained(declared, hook, callback)),
      ...shadowed(
        shadows
          .flatMap((contribution) => callbacksOf(contribution, hook))
          .map((callback) => explained(declared, hook, callback)),
      ),
      ignored: ignored.flatMap((contribution) => callbacksOf(contribution, hook)).map(nameOf),
    }))
    .filter(({ callbacks, ignored: lost, shadow = [] }) => callbacks.length + lost.length + shadow.length > 0);
}

/** Absent where there is none. */
function shadowed(shadow: readonly ExplainedCallback[]): Pick<ExplainedHook, "shadow"> {
  return shadow.length > 0 ? { shadow } : {};
}

function explainCallback(hook: AnyHook, callback: RegisteredCallback, wishes: Wishes): ExplainedCallback {
  const { parameters, because, types, state } = classInterest(hook, callback);
  const names = (hook.parameters as readonly Parameter[]).map(({ name }) => name);
  const position = positionOf(hook.parameters, "state");
  const looksAtState = position >= 0 && parameters > position && state?.length !== 0;
  return {
    ...nameOf(callback),
    arguments: names.slice(0, parameters),
    ...(Object.keys(wishes).length > 0 && { wishes }),
    ...(because !== undefined && { because }),
    ...(types && { types }),
    ...(looksAtState && { state: state ?? "whole" }),
  };
}

function nameOf({ module, name }: RegisteredCallback): CallbackName {
  return { module: module.id, name };
}

function explainWebPaths(modules: readonly LoadedModule[]): ExplainedWebPath[] {
  const declared = modules.filter(servesPaths).flatMap(({ info, class: moduleClass }) =>
    webResourcesOf(moduleClass).map(({ path, methods, method }) => ({
      path,
      module: info.id,
      name: `${moduleClass.name}.${String(method)}`,
      methods,
    })),
  );
  return [...new Set(declared.map(({ path }) => path))].map((path) => {
    const ofPath = declared.filter((other) => other.path === path);
    const owner = ofPath[0]?.module;
    return {
      path,
      callbacks: ofPath
        .filter(({ module }) => module === owner)
        .map(({ module, name, methods }) => ({ module, name, methods })),
      refused: [...new Set(ofPath.map(({ module }) => module))].filter((module) => module !== owner),
    };
  });
}
