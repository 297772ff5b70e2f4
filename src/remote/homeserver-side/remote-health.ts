/** How the modules of a remote host fare. */
export interface RemoteHealth {
  /**
   * - `starting`: the process has been started, and the modules do not run yet.
   * - `running`.
   * - `restarting`: the process ended, and is started again in a moment.
   * - `failed`: the process ended again and again, and is started again from time to time; or the connection to a
   *   process that others look after was lost.
   * - `stopped`: by {@link RemoteHost.stop}.
   */
  readonly state: "starting" | "running" | "restarting" | "failed" | "stopped";
  /** When this state began. */
  readonly since: Date;
  /** How often the modules came back. */
  readonly restarts: number;
  /** How the process, or the connection, last ended without having been asked to. */
  readonly lastEnd?: {
    readonly at: Date;
    /** Such as `SIGKILL`, `code 1`, or why Ligand killed it. Errors of modules may be part of it. */
    readonly reason: string;
  };
}

/** A health that changes. */
export class HealthRecord {
  #health: RemoteHealth;

  constructor(state: RemoteHealth["state"]) {
    this.#health = Object.freeze({ state, since: new Date(), restarts: 0 });
  }

  get now(): RemoteHealth {
    return this.#health;
  }

  /** @param changes what is new beside the state. */
  become(state: RemoteHealth["state"], changes: Partial<Pick<RemoteHealth, "restarts" | "lastEnd">> = {}): void {
    const since = state === this.#health.state ? this.#health.since : new Date();
    this.#health = Object.freeze({ ...this.#health, ...changes, state, since });
  }
}
