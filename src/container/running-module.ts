import type { StartedModule } from "./start-instances.js";

/** A module that takes part in dispatches. */
export interface RunningModule extends StartedModule {
  /** How often a reload has started it again. */
  readonly restarts: number;
  /** Whether a stand-in answers for it, because it couldn't be started again. */
  readonly isDown: boolean;
}
