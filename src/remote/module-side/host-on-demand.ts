import type { Logger } from "winston";
import type { Host } from "../../container/host.js";
import type { MaybePromise } from "../../hooks/context.js";
import type { HomeserverInfo } from "../wire/protocol.js";
import { currentCall } from "./current-call.js";
import { FailureLog } from "./failure-log.js";

/**
 * The host of served modules. It starts when the first homeserver asks for it, because only the homeserver knows its name
 * and its services; and again when another one does after that is gone.
 */
export class HostOnDemand {
  readonly #failures: FailureLog;
  #starting: Promise<Host> | undefined;
  #running: Host | undefined;
  #hasFailed = false;
  /** The homeserver that the modules run for, or are starting for. */
  #startedFor: string | undefined;

  /** @param start starts the modules for a homeserver */
  constructor(
    private readonly start: (homeserver: HomeserverInfo) => Promise<Host>,
    logger: Logger,
  ) {
    this.#failures = new FailureLog(logger, "the modules didn't start");
  }

  get running(): Host | undefined {
    return this.#running;
  }

  /** Whether the last start failed. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** The host, once a start that is under way has ended; undefined if none runs. */
  async settled(): Promise<Host | undefined> {
    return this.#starting?.catch(() => undefined);
  }

  /** The host for a homeserver; it starts if it doesn't run. */
  for(homeserver: HomeserverInfo): MaybePromise<Host> {
    if (this.#startedFor !== homeserver.serverName) {
      const previous = this.#starting;
      this.#startedFor = homeserver.serverName;
      this.#running = undefined;
      this.#starting = currentCall.run(undefined, () => this.#start(homeserver, previous));
    }
    if (this.#running) return this.#running;
    // Timers that modules set while starting belong to no connection.
    return (this.#starting ??= currentCall.run(undefined, () => this.#start(homeserver)));
  }

  /** @param previous modules that run for another homeserver, which is gone: they are stopped first */
  async #start(homeserver: HomeserverInfo, previous?: Promise<Host>): Promise<Host> {
    try {
      await (await previous?.catch(() => undefined))?.stop();
      const host = await this.start(homeserver);
      // Another homeserver may have taken its place by now; its start stops these modules.
      if (this.#startedFor !== homeserver.serverName) return host;
      this.#running = host;
      this.#hasFailed = false;
      this.#failures.succeeded();
      return host;
    } catch (error) {
      // The next request tries again: what was missing may exist by then.
      if (this.#startedFor === homeserver.serverName) this.#starting = undefined;
      this.#hasFailed = true;
      this.#failures.failed(error);
      throw error;
    }
  }
}
