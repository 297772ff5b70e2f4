/** How a process of modules, and its modules, are named in logs and problems. */
export interface ProcessNames {
  /** Such as `process filters`. */
  readonly process: string;
  /** Such as `the modules of process filters`. */
  readonly modules: string;
}

/** Of `startIsolated`: one process for all modules. */
export const ISOLATED_NAMES: ProcessNames = {
  process: "the process of isolated modules",
  modules: "isolated modules",
};

/** Of a process that the configuration names. */
export function namedProcess(name: string): ProcessNames {
  return { process: `process ${name}`, modules: `the modules of process ${name}` };
}

/** Of a process for one module. */
export function ownProcess(module: string): ProcessNames {
  return { process: `the process of module ${module}`, modules: `module ${module}` };
}
