import type { Outcome } from "../errors/outcome.js";
import type { Holding } from "../modules/holding.js";
import { readLock } from "./lock-file.js";

/** What holds the modules of a configuration to its lock; without a value if it has none. */
export async function holdingOf(files: readonly string[]): Promise<Outcome<Holding>> {
  if (files.length === 0) return { problems: [] };
  const { value, problems } = await readLock(files);
  if (!value) return { problems };
  // Most configurations have no lock, and load nothing of this.
  const { HeldModules } = await import("./held-modules.js");
  return { value: new HeldModules(value, files, () => holdingOf(files)), problems };
}
