import type { ContainerModule } from "inversify";
import type { Logger } from "winston";
import {
  callable,
  configFiles,
  logger,
  members,
  notNegative,
  path,
  positive,
  serviceBindings,
  type OptionRules,
} from "./options/check-options.js";
import type { Observer } from "./dispatch/observer.js";
import type { ProgrammaticEntry } from "./modules/load-modules.js";
import { PROGRAMMATIC_ENTRIES } from "./modules/programmatic-entries.js";
import { DECISIONS_RULES, type DecisionsOptions } from "./decisions/decisions-options.js";
import { DEFAULT_SERVICES_RULES, type DefaultServicesSettings } from "./default-services/default-services.js";

/** Which modules to start, and how. @public */
export interface PrepareOptions {
  /** The homeserver's configuration: a file, or several, of which later ones win; a folder means its `*.yaml`. Relative to the working directory. */
  readonly configFile?: string | readonly string[];
  /**
   * A folder that keeps the configuration that ran last. A start that the files refuse, or whose modules don't start, uses
   * that one: the log says why, and each minute that it's so, and {@link Host.health} is `degraded`, until a reload finds
   * files that are right. Once one has run, files without `modules:` are refused. None by default.
   */
  readonly lastGood?: string;
  /** Modules that your program adds; they follow those of the configuration. */
  readonly modules?: readonly ProgrammaticEntry[];
  /** Settings of the services that Ligand provides if `services` doesn't bind them. */
  readonly defaultServices?: DefaultServicesSettings;
  /** The winston logger for Ligand and the modules. By default, lines for people on standard error. */
  readonly logger?: Logger;
  /** How long a module may take to be imported, to start, and to stop, in milliseconds each; 30,000 by default. */
  readonly startTimeoutMs?: number;
  /** A callback, or an `@Every` call, that hasn't settled after this many milliseconds is logged; 60,000 by default. */
  readonly pendingLimitMs?: number;
  /** A callback that blocks the process for this many milliseconds is logged; 200 by default, 0 for never. */
  readonly slowStepMs?: number;
  /**
   * What blocks the process for this many milliseconds is named while it does, on standard error, and logged once it's
   * over; 1,000 by default, 0 for never.
   */
  readonly blockedMs?: number;
  /** Called after each callback returns or throws. Use it for audit logs. */
  readonly observer?: Observer;
  /** Records decisions: what's asked, who answered what, and what came of it. Without it nothing is recorded. */
  readonly decisions?: DecisionsOptions;
}

/** What a homeserver offers its modules. @public */
export interface OfferedServices {
  /** The homeserver's services: {@link bindService}, or Inversify container modules. */
  readonly services?: readonly ContainerModule[];
}

/** Which modules to start, and what the homeserver offers them. @public */
export interface StartOptions extends PrepareOptions, OfferedServices {}

/** The options that reading takes. */
export type SurveyOptions = Pick<PrepareOptions, "configFile" | "modules" | "startTimeoutMs">;

export const SURVEY_RULES: OptionRules<SurveyOptions> = {
  configFile: configFiles,
  modules: PROGRAMMATIC_ENTRIES,
  startTimeoutMs: positive,
};

export const OFFERED_RULES: OptionRules<OfferedServices> = { services: serviceBindings };

const RUN_RULES = {
  lastGood: path,
  defaultServices: members(DEFAULT_SERVICES_RULES),
  logger,
  pendingLimitMs: notNegative,
  slowStepMs: notNegative,
  blockedMs: notNegative,
  observer: callable,
  decisions: members(DECISIONS_RULES),
};

export const PREPARE_RULES: OptionRules<PrepareOptions> = { ...SURVEY_RULES, ...RUN_RULES };

export const START_RULES: OptionRules<StartOptions> = { ...SURVEY_RULES, ...OFFERED_RULES, ...RUN_RULES };
