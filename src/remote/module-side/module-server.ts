import { randomUUID } from "node:crypto";
import type { Server, Socket } from "node:net";
import type { Logger } from "winston";
import { lastGoodMetric } from "../../container/health-metrics.js";
import { runningOf, type Host } from "../../container/host.js";
import { hooksOf, type DescribeHooks, type DescribedModule } from "../../container/modules-info.js";
import type { MaybePromise } from "../../hooks/context.js";
import { LigandError } from "../../errors/ligand-error.js";
import { messageWithCauses } from "../../errors/problem.js";
import { TIMED_OUT, withinBudget } from "../../modules/within-budget.js";
import { currentCall, withCurrentCall, type CurrentCall } from "./current-call.js";
import { FailureLog } from "./failure-log.js";
import { HostOnDemand } from "./host-on-demand.js";
import { openDescriptor } from "../wire/listen.js";
import { formatListenAddress, type ListenAddress } from "../wire/listen-address.js";
import { ConnectedProcesses, type Connected } from "./connected-processes.js";
import type { HomeserverInfo, ModulesInfo } from "../wire/protocol.js";
import { REAL_RUNTIME, type Runtime } from "../wire/runtime.js";
import type { CallRemoteService } from "./remote-services.js";
import { SentHooks } from "./sent-hooks.js";
import { serveHooks, type AnswerInfo } from "./serve-hooks.js";
import { hostHealth, type ServerHealth } from "./served-health.js";

/** How long an abandoned call must have run to be worth a warning, in milliseconds. */
const SLOW_MS = 1000;

/** What a {@link ModuleServer} needs. */
export interface ModuleServerOptions {
  readonly address: ListenAddress;
  readonly logger: Logger;
  /** How the modules introduce themselves to a homeserver; throws when they can't run beside it. */
  readonly introduce: (homeserver: HomeserverInfo, instance: string) => Promise<ModulesInfo>;
  /** Starts the modules for a homeserver that has been introduced. */
  readonly start: (homeserver: HomeserverInfo, call: CallRemoteService, logger: Logger) => Promise<Host>;
  /** How homeservers are to know the hooks of the modules that run; by default with what callbacks look at. */
  readonly describeHooks?: DescribeHooks;
  /** How long {@link ModuleServer.stop} waits for running calls, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** Whether the configuration isn't that of the files, but the one that ran last. */
  readonly isLastGood?: () => boolean;
  readonly runtime?: Runtime;
}

/**
 * Modules for a homeserver in other processes: any number of connections, one host. The modules start when the first
 * connection asks for it, because only the homeserver knows its name and its services.
 */
export class ModuleServer implements AsyncDisposable {
  /** Resolves once the server has stopped, by `stop` or because the only process it served is gone. */
  readonly stopped: Promise<void>;
  readonly #options: ModuleServerOptions;
  readonly #runtime: Runtime;
  readonly #logger: Logger;
  readonly #refusals: FailureLog;
  readonly #processes: ConnectedProcesses;
  readonly #sent: SentHooks;
  readonly #host: HostOnDemand;
  readonly #instance = randomUUID();
  readonly #resolveStopped: () => void;
  #server: Server | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ModuleServerOptions) {
    this.#options = options;
    this.#runtime = options.runtime ?? REAL_RUNTIME;
    this.#processes = new ConnectedProcesses(this.#runtime);
    this.#logger = withCurrentCall(options.logger);
    this.#sent = new SentHooks(this.#processes, options.describeHooks ?? hooksOf, this.#logger, this.#runtime);
    this.#refusals = new FailureLog(this.#logger, "a homeserver was refused");
    const call: CallRemoteService = (service, method, args) => this.#processes.callService(service, method, args);
    this.#host = new HostOnDemand((homeserver) => options.start(homeserver, call, this.#logger), this.#logger);
    let stopped!: () => void;
    this.stopped = new Promise((resolve) => (stopped = resolve));
    this.#resolveStopped = stopped;
  }

  /** @throws {LigandError} `LIGAND_LISTEN_FAILED`. */
  async listen(): Promise<void> {
    const { address } = this.#options;
    if (address.kind === "fd") {
      const { peer } = this.#connect(openDescriptor(address), false);
      // The process at the other end is the only one that can ask: without it there's nothing to do.
      void peer.closed.then(() => this.stop());
    } else {
      const { connections } = this.#runtime.limits;
      this.#server = await this.#runtime.listen(address, (socket) => void this.#connect(socket, true));
      this.#server.maxConnections = connections;
      this.#server.on("drop", () =>
        this.#refusals.failed(
          new LigandError("LIGAND_REMOTE_BUSY", `${connections} connections are open, which is the limit`, {
            remedy: "Look for programs that open connections and don't close them.",
          }),
        ),
      );
    }
    this.#logger.info(`listening on ${formatListenAddress(address)}`);
  }

  /** How many homeserver processes are connected. */
  get connections(): number {
    return this.#processes.size;
  }

  get health(): ServerHealth {
    const { running: host, hasFailed } = this.#host;
    const running = host ? "running" : hasFailed ? "failed" : "waiting";
    return {
      status: this.#stopping ? "stopping" : running,
      connections: this.connections,
      instance: this.#instance,
      keptFunctions: this.#processes.keptFunctions,
      isLastGood: this.#isLastGood,
      ...hostHealth(host),
    };
  }

  /** The running modules, once a start that is under way has ended; undefined if none run. */
  host(): Promise<Host | undefined> {
    return this.#host.settled();
  }

  /**
   * Replaces the modules that run, so that no call is lost that a homeserver sends meanwhile.
   *
   * @param put replaces them
   */
  async changeOver(modules: readonly DescribedModule[], put: () => void): Promise<void> {
    const host = this.#host.running;
    if (!host) return put();
    await this.#sent.changeOver(runningOf(host).modules, modules, put);
  }

  /** Introduces the modules again, after a reload. */
  changed(describe: (instance: string) => ModulesInfo): void {
    this.#processes.changed(describe(this.#instance));
  }

  /** How long the connected homeservers wait for hooks, as far as they say so, in milliseconds. */
  get callTimeouts(): readonly number[] {
    return this.#processes.introduced.flatMap(({ info }) => info?.callTimeoutMs ?? []);
  }

  /** Like `Host.metrics`; while no modules run, only whether those of the configuration that ran last would. */
  metrics(): string {
    return this.#host.running?.metrics() ?? lastGoodMetric(this.#isLastGood, this.#processes.serverName ?? "");
  }

  get #isLastGood(): boolean {
    return this.#options.isLastGood?.() ?? false;
  }

  /**
   * Accepts no new connections and refuses new calls, lets running calls finish, stops the modules, and closes the
   * connections. Calling it again is harmless.
   */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server?.close(() => resolve()) ?? resolve());
    const { stopTimeoutMs } = this.#options;
    if ((await withinBudget(this.#processes.idle(), stopTimeoutMs, this.#runtime)) === TIMED_OUT) {
      this.#logger.warn(`calls are still in flight after ${stopTimeoutMs} ms; stopping without them`);
    }
    await (await this.#host.settled())?.stop();
    this.#processes.close();
    await closed;
    this.#resolveStopped();
  }

  #connect(socket: Socket, isStranger: boolean): Connected {
    const connected = this.#processes.add(socket, isStranger);
    const { peer } = connected;
    const meta = { connection: connected.id };
    void peer.closed.then((error) => {
      if (error) this.#logger.error(`connection ${connected.id} broke: ${messageWithCauses(error)}`, meta);
      else this.#logger.log(levelOfEnd(connected), `connection ${connected.id} ended${endOf(connected)}`, meta);
    });
    serveHooks(peer, connected.handles, {
      introduce: (homeserver) => this.#introduce(connected, homeserver),
      refused: (error) => this.#refusals.failed(error),
      host: () => {
        connected.isUsed = true;
        return this.#host.for(connected.info!);
      },
      hooks: (host) => this.#sent.of(runningOf(host).modules),
      around: (info, answer) => currentCall.run(callOf(connected, info), () => this.#answer(info, answer)),
    });
    peer.listen();
    return connected;
  }

  #answer<T>({ what, request }: AnswerInfo, answer: () => MaybePromise<T>): MaybePromise<T> {
    if (this.#stopping) {
      throw new LigandError("LIGAND_HOST_STOPPED", `${what}: the modules are shutting down`, {
        remedy: "Try again once they have restarted.",
      });
    }
    if (this.#logger.isDebugEnabled()) this.#logger.debug(what);
    if (request) {
      const since = this.#runtime.now();
      const call = currentCall.getStore();
      request.whenCancelled(() =>
        currentCall.run(call, () => this.#reportGivenUp(what, request.signal, this.#runtime.now() - since)),
      );
    }
    return answer();
  }

  /** Names what an abandoned request was waiting for, unless it has just begun: clients come and go. */
  #reportGivenUp(what: string, signal: AbortSignal, pendingMs: number): void {
    // A lost connection abandons all its requests, and is logged once.
    if (pendingMs < SLOW_MS || signal.reason instanceof LigandError) return;
    if (this.#host.running?.reportPending(signal, pendingMs)) return;
    this.#logger.warn(
      `${what} hasn't been answered after ${Math.round(pendingMs / 1000)} s; the request was abandoned`,
    );
  }

  /** Modules that start, and those that are read again, are waited for. */
  async #introduce(connected: Connected, homeserver: HomeserverInfo): Promise<ModulesInfo> {
    const info = await connected.peer.introduced(async () => {
      this.#checkServerName(homeserver.serverName);
      const examined = await this.#options.introduce(homeserver, this.#instance);
      this.#checkServerName(homeserver.serverName);
      connected.info = homeserver;
      return examined;
    });
    const process = `${homeserver.software}, ${homeserver.workerName ?? "main process"}`;
    this.#logger.info(`connection ${connected.id}: ${process}`);
    this.#refusals.succeeded();
    return info;
  }

  #checkServerName(serverName: string): void {
    const { serverName: connected } = this.#processes;
    if (connected === undefined || serverName === connected) return;
    throw new LigandError(
      "LIGAND_REMOTE_PROTOCOL",
      `the modules run for ${connected}, but this homeserver is ${serverName}`,
      {
        remedy: "Run a separate `ligand serve` for each homeserver.",
      },
    );
  }
}

/** A process that checks whether the socket is in use connects ten times a second, and introduces nothing. */
function levelOfEnd({ info }: Connected): "info" | "debug" {
  return info ? "info" : "debug";
}

/** Synapse asks for the list of modules while it starts, and connects again once it runs. */
function endOf({ info, isUsed }: Connected): string {
  return info && !isUsed ? ": it only asked which modules there are" : "";
}

/** A hook that a homeserver calls is enforced: shadows stand beside it. */
function callOf(connection: Connected, { requestId, what, hook }: AnswerInfo): CurrentCall {
  return { connection, requestId, what, hook, ...(hook !== undefined && { isInShadow: false }) };
}
