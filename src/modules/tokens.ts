import type { ServiceIdentifier } from "inversify";
import type { Logger } from "winston";
import type { Position } from "../errors/problem.js";

/** Identifies a module of a configuration. @public */
export interface ModuleInfo {
  /** Unique within a host; names the module in logs, metrics and messages. */
  readonly id: string;
  /** The name of the class. */
  readonly name: string;
  /** What the configuration loads, as written there. */
  readonly specifier?: string;
  /** Where the configuration lists it. */
  readonly position?: Position;
}
/** Injects the {@link ModuleInfo} of the requesting module. @public */
export const ModuleInfo: ServiceIdentifier<ModuleInfo> = Symbol.for("ligand.ModuleInfo");

/** A winston logger whose lines carry the id of the module. @public */
export type ModuleLogger = Logger;
/** Injects the logger of the requesting module. @public */
export const ModuleLogger: ServiceIdentifier<ModuleLogger> = Symbol.for("ligand.ModuleLogger");

/**
 * Injects the config of the requesting module: an instance of its config class, what its `parseConfig` returned, or the
 * plain data of the configuration.
 *
 * @public
 */
export const ModuleConfig: ServiceIdentifier = Symbol.for("ligand.ModuleConfig");
