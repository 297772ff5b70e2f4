import type { ContainerModule } from "inversify";
import type { Logger } from "winston";
import {
  being,
  callable,
  classOf,
  configFiles,
  listOf,
  logger,
  members,
  notNegative,
  positive,
  required,
  serviceBindings,
  text,
  type OptionRules,
} from "./options/check-options.js";
import type { Observer } from "./hooks/observer.js";
import type { ProgrammaticEntry } from "./modules/load-modules.js";
import { DEFAULT_SERVICES_RULES, type DefaultServicesOptions } from "./default-services/default-services.js";

/** Which modules to start, and how. */
export interface PrepareOptions {
  /** The homeserver's configuration: a file, or several of which later ones win; a folder stands for its `*.yaml`. Relative to the working directory. */
  readonly configFile?: string | readonly string[];
  /** Modules given by the program; they follow those of the configuration. */
  readonly modules?: readonly ProgrammaticEntry[];
  /** Settings of the services that Ligand offers itself where `services` does not bind them. */
  readonly defaultServices?: Omit<DefaultServicesOptions, "logger" | "pendingLimitMs">;
  /** Where Ligand and the modules log: a winston logger. By default lines for people on the standard error stream. */
  readonly logger?: Logger;
  /** How long a module may take to be imported, to start, and to stop, in milliseconds each; 30,000 by default. */
  readonly startTimeoutMs?: number;
  /** After how many milliseconds a callback, or a call by `@Every`, that has not settled is logged; 60,000 by default. */
  readonly pendingLimitMs?: number;
  /** From how many milliseconds on a callback that keeps the process busy is logged; 200 by default, 0 for never. */
  readonly slowStepMs?: number;
  /**
   * From how many milliseconds on what blocks the process is named while it does, by a line on the standard error
   * stream, and in the log once it's over; 1,000 by default, 0 for never.
   */
  readonly blockedMs?: number;
  /** Called after each callback returns or throws. Use it for audit logs. */
  readonly observer?: Observer;
}

/** What a homeserver offers its modules. */
export interface OfferedServices {
  /** The services of the homeserver: {@link bindService}, or container modules of Inversify. */
  readonly services?: readonly ContainerModule[];
}

/** Which modules to start, and what the homeserver offers them. */
export interface StartOptions extends PrepareOptions, OfferedServices {}

/** Of these, what reading takes. */
export type SurveyOptions = Pick<PrepareOptions, "configFile" | "modules" | "startTimeoutMs">;

export const SURVEY_RULES: OptionRules<SurveyOptions> = {
  configFile: configFiles,
  modules: listOf(
    members<ProgrammaticEntry>({
      module: required(classOf),
      config: being("an object", (value) => typeof value === "object"),
      id: text,
    }),
  ),
  startTimeoutMs: positive,
};

export const OFFERED_RULES: OptionRules<OfferedServices> = { services: serviceBindings };

const RUN_RULES = {
  defaultServices: members(DEFAULT_SERVICES_RULES),
  logger,
  pendingLimitMs: notNegative,
  slowStepMs: notNegative,
  blockedMs: notNegative,
  observer: callable,
};

export const PREPARE_RULES: OptionRules<PrepareOptions> = { ...SURVEY_RULES, ...RUN_RULES };

export const START_RULES: OptionRules<StartOptions> = { ...SURVEY_RULES, ...OFFERED_RULES, ...RUN_RULES };
