import type { ModuleMode } from "../config/operate/operate-keys.js";
import type { OperateSettings, ProcessSettings } from "../config/operate/operate-settings.js";
import { standInsOf, type StandIns } from "../config/operate/stand-ins.js";
import { needsOf, servicesOf } from "../container/dependencies.js";
import type { Position } from "../errors/problem.js";
import type { LogLevel } from "../logging/log-levels.js";
import { schedulesOf } from "../modules/every.js";
import type { FailedModule, LoadedModule } from "../modules/load-modules.js";
import type { ModuleInfo } from "../modules/tokens.js";
import { actingServices } from "../services/acting-services.js";
import type { ServiceName } from "../services/services.js";
import { problemData, type ProblemData } from "./problem-formats.js";

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

/** @param own the services that Ligand offers where the homeserver binds none of its own */
export function explainModule(
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

export function explainFailure({ info, problems }: FailedModule): ExplainedFailure {
  return { id: info.id, ...originOf(info), problems: problems.map(problemData) };
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
