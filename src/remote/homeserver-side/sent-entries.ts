import type { ModuleEntry } from "../../config/module-entry.js";
import { standInsOf } from "../../config/operate/stand-ins.js";
import type { SentEntry } from "../wire/process-protocol.js";

/** Entries of the configuration, as far as the process of their modules needs them. */
export function sentEntries(entries: readonly ModuleEntry[]): SentEntry[] {
  return entries.map(({ specifier, directory, config, index, operate }) => {
    const standIns = standInsOf(operate);
    return { specifier, directory, config, path: `modules[${index}]`, ...(standIns && { standIns }) };
  });
}
