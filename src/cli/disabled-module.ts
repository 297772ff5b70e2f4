import type { ModuleEntry } from "../config/module-entry.js";

/** An entry of the configuration that says `enabled: false`, as plain data. */
export interface DisabledModule {
  readonly specifier: string;
  /** Present if the entry has one. */
  readonly id?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export function disabledData({ specifier, id, locate }: ModuleEntry): DisabledModule {
  return { specifier, ...(id !== undefined && { id }), ...locate(["module"], "value") };
}
