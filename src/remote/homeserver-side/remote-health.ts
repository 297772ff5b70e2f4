import type { Runtime } from "../wire/runtime.js";

/** How the modules of a remote host are doing. @public */
export interface RemoteHealth {
  /**
   * - `starting`: the process has been started, but the modules aren't running yet.
   * - `running`.
   * - `restarting`: the process ended and restarts in a moment.
   * - `failed`: the process ended three times within ten minutes, and restarts every five minutes; or the connection to
   *   a process that another program runs was lost.
   * - `stopped`: by {@link RemoteHost.stop}.
   */
  readonly state: "starting" | "running" | "restarting" | "failed" | "stopped";
  /** When this state began. */
  readonly since: Date;
  /** How often the modules came back. */
  readonly restarts: number;
  /** The last unexpected end of the process or the connection. */
  readonly lastEnd?: {
    readonly at: Date;
    /** Such as `SIGKILL`, `code 1`, or why Ligand killed it. Errors of modules may be part of it. */
    readonly reason: string;
  };
}

/** A health that changes. */
export class HealthRecord {
  #health: RemoteHealth;

  constructor(
    state: RemoteHealth["state"],
    private readonly runtime: Pick<Runtime, "date">,
  ) {
    this.#health = Object.freeze({ state, since: runtime.date(), restarts: 0 });
  }

  get now(): RemoteHealth {
    return this.#health;
  }

  /** @param changes what is new besides the state */
  become(state: RemoteHealth["state"], changes: Partial<Pick<RemoteHealth, "restarts" | "lastEnd">> = {}): void {
    const since = state === this.#health.state ? this.#health.since : this.runtime.date();
    this.#health = Object.freeze({ ...this.#health, ...changes, state, since });
  }
}
