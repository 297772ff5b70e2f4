import type { Logger } from "winston";
import type { DescribedModule } from "../../container/modules-info.js";
import { longTimeouts } from "./long-timeouts.js";

/** Warns, once for each, of hooks whose callbacks may take longer than a homeserver waits for them. */
export class TimeoutWarnings {
  #said: ReadonlySet<string> = new Set();

  constructor(private readonly logger: Logger) {}

  /** @param callTimeouts of the homeserver's processes, in milliseconds */
  check(modules: readonly DescribedModule[], callTimeouts: readonly number[]): void {
    if (callTimeouts.length === 0) return;
    const warnings = longTimeouts(modules, Math.min(...callTimeouts));
    for (const warning of warnings) if (!this.#said.has(warning)) this.logger.warn(warning);
    this.#said = new Set(warnings);
  }
}
