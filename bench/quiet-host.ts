import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, startModules, type Host, type StartOptions } from "ligand";

const logger = createLogger({ level: "error" });

/**
 * Starts a host to measure, which logs errors alone: `await using` stops it. Measuring blocks the process, and to be looked at
 * for that would be measured, too.
 */
export function quietHost(
  options: StartOptions,
  ligand: Pick<typeof import("ligand"), "startModules"> = { startModules },
) {
  return ligand.startModules({ blockedMs: 0, slowStepMs: 0, logger, ...options });
}

/** The entries of classes. */
export function entriesOf(classes: readonly (new () => object)[]): readonly { readonly module: new () => object }[] {
  return classes.map((module) => ({ module }));
}

/** Starts a host of a file with entries, as processes of modules need one. */
export async function hostOfFile(entries: string, start: (configFile: string) => Promise<Host>): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "ligand-bench-"));
  const configFile = join(folder, "modules.yaml");
  try {
    await writeFile(configFile, `modules:\n${entries}`);
    return await start(configFile);
  } finally {
    await rm(folder, { recursive: true });
  }
}
