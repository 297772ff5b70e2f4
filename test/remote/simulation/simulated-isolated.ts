import type { Logger } from "winston";
import { describeHomeserver, type RemoteHomeserver } from "#src/remote/homeserver-side/link.js";
import { ISOLATED_NAMES } from "#src/remote/homeserver-side/process-names.js";
import { hostOf, type RemoteHost } from "#src/remote/homeserver-side/remote-host.js";
import { SupervisedProcess } from "#src/remote/homeserver-side/supervised-process.js";
import type { Link } from "#src/remote/homeserver-side/link.js";
import type { ModuleServer } from "#src/remote/module-side/module-server.js";
import { CALL_TIMEOUT_MS, servicesOf, type Caller, type Connection } from "./simulated-homeserver.js";
import { SimulatedProcess } from "./simulated-process.js";
import type { SimulatedRuntime } from "./simulated-runtime.js";

/** A process of modules. */
export interface ModulesProcess {
  readonly runtime: SimulatedRuntime;
  readonly server: ModuleServer;
}

/** A homeserver with isolated modules: it starts their process, and starts it again when it ends. */
export class SimulatedIsolated implements Caller {
  readonly serverName = "example.org";
  readonly faults: string[] = [];
  isStopped = false;
  #host: RemoteHost | undefined;
  #process: SimulatedProcess | undefined;
  readonly #waiting: (() => void)[] = [];
  /** When processes ended. */
  readonly #ends: number[] = [];

  constructor(
    readonly runtime: SimulatedRuntime,
    private readonly logger: Logger,
    private readonly startModules: () => ModulesProcess,
  ) {}

  async run(): Promise<void> {
    const homeserver = await describeHomeserver(servicesOf(this.runtime, this.serverName, true), "simulated");
    const { logger, runtime } = this;
    const newProcess = () => this.#start(homeserver);
    const supervised = new SupervisedProcess({ names: ISOLATED_NAMES, newProcess, logger, runtime });
    try {
      supervised.begin();
      const first = await this.#process!.open();
      supervised.supervise(async () => void (await this.#process!.open()));
      this.#host = hostOf({
        first,
        link: () => supervised.running as Link,
        timeoutMs: CALL_TIMEOUT_MS,
        health: () => supervised.health,
        stop: () => supervised.stop(),
      });
      if (this.isStopped) this.stop();
    } catch {
      // A process that ends before its modules run keeps the homeserver from starting.
      this.isStopped = true;
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #start(homeserver: RemoteHomeserver): SimulatedProcess {
    const { world } = this.runtime;
    const recent = this.#ends.filter((at) => world.now - at < 10 * 60_000);
    const pause = world.now - (recent.at(-1) ?? -Infinity);
    if (recent.length >= 3 && pause < 5 * 60_000)
      this.faults.push(`the third end was followed by a start after ${pause} ms`);
    const { runtime, server } = this.startModules();
    const process = new SimulatedProcess(homeserver, this.runtime, runtime, server);
    this.#process = process;
    void process.ended.then(() => this.#ends.push(world.now));
    return process;
  }

  get connection(): Connection | undefined {
    const socket = this.#process?.socket;
    return this.#host && socket && { host: this.#host, socket };
  }

  get isRunning(): boolean {
    return this.#host?.health().state === "running";
  }

  async connected(): Promise<void> {
    if (this.#host || this.isStopped) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  stop(): void {
    this.isStopped = true;
    void this.#host?.stop();
  }
}
