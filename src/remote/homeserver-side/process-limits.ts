import type { ModuleEntry } from "../../config/module-entry.js";
import type { ProcessSettings } from "../../config/operate/operate-settings.js";
import { permissionArgs } from "./process-permissions.js";

/** The environment variables that every process of modules gets, as far as this one has them. */
const ALWAYS = ["PATH", "HOME", "TZ", "LANG", "NODE_EXTRA_CA_CERTS"];

/** The environment of a process of modules: only what every process gets, and what the configuration names. */
export function environmentFor(
  { permissions }: Partial<ProcessSettings> = {},
  env = process.env,
): Record<string, string> {
  const named = [...ALWAYS, ...(permissions?.env ?? [])];
  return Object.fromEntries(named.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** The Node options of a process. @param entries those whose modules run in it */
export async function nodeArgsFor(
  { memoryBytes, permissions }: Partial<ProcessSettings>,
  entries: readonly ModuleEntry[],
): Promise<string[]> {
  return [
    ...(memoryBytes === undefined ? [] : [`--max-old-space-size=${heapMebibytes(memoryBytes)}`]),
    ...(permissions ? await permissionArgs(permissions, entries) : []),
  ];
}

/** Three quarters of the memory: the rest is for buffers, code and Node itself. */
function heapMebibytes(memoryBytes: number): number {
  return Math.floor((memoryBytes * 3) / 4 / 1024 / 1024);
}
