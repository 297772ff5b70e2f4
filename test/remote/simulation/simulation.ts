import { BEFORE_DEADLINE_MS } from "#src/dispatch/budgets.js";
import type { Limits } from "#src/remote/wire/limits.js";
import { Kept } from "#src/remote/wire/kept.js";
import { parseListenAddress } from "#src/remote/wire/listen-address.js";
import { ModuleServer } from "#src/remote/module-side/module-server.js";
import { modulesInfo } from "#src/container/modules-info.js";
import type { ModulesInfo } from "#src/remote/wire/protocol.js";
import { readModules } from "#src/survey-modules.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { Call, randomPlan, type Kind } from "./call.js";
import { ExpectedOutcomes, outcomeOf } from "./expected-outcomes.js";
import { mutated } from "./corpus.js";
import { ADDRESS, CALL_TIMEOUT_MS, SimulatedHomeserver, type Caller, type Connection } from "./simulated-homeserver.js";
import { SimulatedIsolated, type ModulesProcess } from "./simulated-isolated.js";
import type { SimulatedSocket } from "./simulated-socket.js";
import { calls, MODULES, releaseWaiting, returnPooled, startPooled } from "./simulated-modules.js";
import { SimulatedNetwork } from "./simulated-network.js";
import { SimulatedRuntime } from "./simulated-runtime.js";
import { settled, World } from "./world.js";

const STOP_TIMEOUT_MS = 3000;
/** Until when calls are made and things go wrong, in milliseconds. */
const HORIZON_MS = 3000;

/** For how long at least modules work on a call before they give it up. */
const LEAST_GIVEN_MS = CALL_TIMEOUT_MS - BEFORE_DEADLINE_MS;

/** How calls end that modules gave up because of their deadline; others have none. */
const GIVEN_UP: Readonly<Partial<Record<Kind, string>>> = {
  spam: "LIGAND_CALLBACK_TIMEOUT",
  create: "MatrixError 403 M_UNKNOWN",
  allowed: "LIGAND_MODULE_FAILED",
  login: "null",
  config: "LIGAND_CALLBACK_TIMEOUT",
  file: "LIGAND_CALLBACK_TIMEOUT",
};

/** What crosses in pieces crosses in small ones, so that there are many. */
const PIECES = { statePieceLength: 1500, bodyPieceBytes: 1000, filePieceBytes: 500 };

/** What became of a simulation. */
export interface Outcome {
  readonly seed: number;
  /** What must not be, and was; empty if all is well. */
  readonly faults: readonly string[];
  readonly steps: number;
  /** Of the schedule: the same seed has the same one. */
  readonly digest: number;
  /** What happened, a line each, where that was asked for. */
  readonly schedule: readonly string[];
  /** How often calls ended in each way. */
  readonly ends: Readonly<Record<string, number>>;
}

const { logger } = captureLogs();
logger.level = "error";
/** What simulations have in common: made once. */
export class Simulator {
  private constructor(
    private readonly info: ModulesInfo,
    private readonly expected: ExpectedOutcomes,
  ) {}

  static async create(): Promise<Simulator> {
    const info = modulesInfo(await readModules({ modules: MODULES }), "0.0.0", "");
    return new Simulator(info, await ExpectedOutcomes.find());
  }

  /** Runs the simulation of a seed: what happens, and in which order, follows from it. */
  async run(seed: number, { keepsSchedule = false } = {}): Promise<Outcome> {
    const simulation = new Simulation(new World(seed, keepsSchedule), this.info, this.expected);
    return simulation.run();
  }
}

class Simulation {
  readonly #network: SimulatedNetwork;
  readonly #homeservers: Caller[] = [];
  readonly #strangers: Stranger[] = [];
  readonly #limits: Partial<Limits>;
  readonly #homeserverLimits: Partial<Limits>;
  readonly #faults: string[] = [];
  readonly #ends: Record<string, number> = {};
  readonly #calls: Call[] = [];
  readonly #tables = new Set<Kept<unknown>>();
  #modules!: ModulesProcess;
  #isolated: SimulatedIsolated | undefined;
  #isOver = false;

  constructor(
    private readonly world: World,
    private readonly info: ModulesInfo,
    private readonly expected: ExpectedOutcomes,
  ) {
    this.#network = new SimulatedNetwork(world);
    this.#homeserverLimits = { ...PIECES, messagesPerTurn: world.pick([1, 3, 64]) };
    this.#limits = {
      ...PIECES,
      waitingMessages: world.pick([2, 1000]),
      messagesPerTurn: world.pick([1, 3, 64]),
      requestsInFlight: world.pick([3, 10_000, 10_000]),
    };
  }

  async run(): Promise<Outcome> {
    const { world } = this;
    const { set } = Kept.prototype;
    const tables = this.#tables;
    Kept.prototype.set = function (...args) {
      tables.add(this);
      set.apply(this, args);
    };
    try {
      this.#begin();
      if (!(await world.run(() => this.#isOver))) this.#faults.push("the simulation doesn't come to its end");
      await this.#end();
    } finally {
      Kept.prototype.set = set;
      calls.clear();
      releaseWaiting();
      await settled();
      returnPooled();
    }
    const { seed, steps, digest, schedule } = world;
    return { seed, faults: this.#faults, steps, digest, schedule, ends: this.#ends };
  }

  #begin(): void {
    const { world } = this;
    if (world.chance(0.25)) this.#isolated = this.#addIsolated();
    else {
      this.#startModules();
      this.#addHomeserver("main", "example.org", true);
      if (world.chance(0.6)) this.#addHomeserver("worker", "example.org", false);
      if (world.chance(0.3)) this.#addHomeserver("wrong", "wrong.example", true);
      if (world.chance(0.3)) for (let count = world.below(4); count >= 0; count--) void this.#addStranger();
    }
    const asked = Array.from({ length: 2 + world.below(8) }, (_, index) => this.#ask(index + 1));
    const disturbed = Array.from({ length: world.below(4) }, () => this.#disturb());
    void Promise.all([...asked, ...disturbed]).then(() => (this.#isOver = true));
  }

  #addHomeserver(name: string, serverName: string, runsBackgroundTasks: boolean): void {
    const runtime = new SimulatedRuntime(this.world, this.#network, name, this.#homeserverLimits);
    const homeserver = new SimulatedHomeserver(runtime, serverName, runsBackgroundTasks, () =>
      [...this.#homeservers, ...this.#strangers].filter(
        (other) => !("serverName" in other) || other.serverName !== serverName,
      ),
    );
    this.#homeservers.push(homeserver);
    void homeserver.run();
    // The wrong one goes, sooner or later: the right ones are kept out meanwhile.
    if (name === "wrong") {
      this.world.setTimeout(`${name} stops`, () => homeserver.stop(), this.world.below(HORIZON_MS));
    }
  }

  #addIsolated(): SimulatedIsolated {
    const runtime = new SimulatedRuntime(this.world, this.#network, "main", this.#homeserverLimits);
    const isolated = new SimulatedIsolated(runtime, logger, () => {
      this.#startModules();
      return this.#modules;
    });
    this.#homeservers.push(isolated);
    void isolated.run();
    return isolated;
  }

  /** Connects, and sends what isn't of the protocol, or only half of it. */
  async #addStranger(): Promise<void> {
    const { world } = this;
    await world.pause(world.below(HORIZON_MS));
    const socket = await this.#network.connect(ADDRESS).catch(() => undefined);
    if (!socket) return;
    const stranger: Stranger = { socket, received: "" };
    this.#strangers.push(stranger);
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => (stranger.received += chunk.toString("latin1")));
    for (let count = 1 + world.below(3); count > 0; count--) {
      socket.write(mutated(world.random));
      if (world.chance(0.3)) await world.pause(world.below(2000));
    }
    if (world.chance(0.2)) socket.end();
    if (world.chance(0.2)) socket.destroy();
  }

  #startModules(): void {
    const runtime = new SimulatedRuntime(this.world, this.#network, "modules", this.#limits);
    const server = new ModuleServer({
      address: parseListenAddress(ADDRESS),
      logger,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      runtime,
      introduce: async (_, instance) => ({ ...this.info, instance }),
      start: async (info, call) => {
        const { host, place } = await startPooled(info);
        place.call = call;
        place.isDead = () => runtime.isDead;
        place.now = () => runtime.now();
        place.pause = (ms) => new Promise((resolve) => runtime.setTimeout(resolve, ms));
        place.setTimer = (ms, callback) => void runtime.setTimeout(callback, ms);
        return host;
      },
    });
    this.#modules = { runtime, server };
    void server.listen();
  }

  /** Makes one call, at some time, by some homeserver. */
  async #ask(n: number): Promise<void> {
    const { world } = this;
    const call = new Call(randomPlan(world, n));
    this.#calls.push(call);
    const homeserver = world.pick(this.#homeservers);
    await world.pause(world.below(HORIZON_MS));
    await homeserver.connected();
    const { connection } = homeserver;
    if (!connection || homeserver.isStopped) return;
    const controller = new AbortController();
    const abortAfter = world.chance(0.2) ? world.below(800) : undefined;
    const timer =
      abortAfter === undefined ? undefined : world.setTimeout("a client leaves", () => controller.abort(), abortAfter);
    const isRunning = connection.host.health().state === "running";
    const begun = { at: world.now, isRunning, delay: connection.socket.delay, connection, homeserver };
    const drop = (value: object) => homeserver.runtime.collect((watched) => watched === value);
    const end = await outcomeOf(call, connection.host, { signal: controller.signal, drop });
    if (timer) world.timers.delete(timer);
    world.note(`${call.name} (${call.plan.kind}) ends: ${end.slice(0, 60)}`);
    call.end = end;
    const name = this.expected.of(call.plan) === end ? "as planned" : end.slice(0, 40);
    this.#ends[name] = (this.#ends[name] ?? 0) + 1;
    const wrong = this.#wrongEnd(call, end, { ...begun, isAborted: controller.signal.aborted });
    if (wrong) this.#faults.push(`call ${call.name} (${describe(call)}) of ${homeserver.runtime.name}: ${wrong}`);
  }

  /** Why a call must not have ended as it did; undefined if it may. */
  #wrongEnd(call: Call, end: string, begun: Begun): string | undefined {
    const { connection, homeserver, isAborted } = begun;
    const { socket, host } = connection;
    for (const { serverName, requestId } of call.entered) {
      if (serverName !== homeserver.serverName) return `modules of ${serverName} were called`;
      if (requestId !== undefined && requestId !== call.requestId) return `modules saw the request ${requestId}`;
    }
    const modules = call.entered.map(({ module }) => module).join();
    if (new Set(call.entered.map(({ module }) => module)).size < call.entered.length)
      return `it was asked twice: ${modules}`;
    const isHurt = socket.isHurt || homeserver.isStopped;
    const wrongServer = call.servedBy.find((name) => name !== homeserver.runtime.name);
    if (wrongServer && !isHurt) return `its modules were served by ${wrongServer}`;
    if (end === this.expected.of(call.plan)) return undefined;
    const stoppedAt = socket.serverClosedAt();
    const isStopped = stoppedAt !== undefined;
    switch (end) {
      case "LIGAND_REMOTE_LOST":
        if (isHurt || !begun.isRunning) return undefined;
        if (!isStopped) return `${end}, though nothing broke the connection`;
        // What a client gave up is no longer awaited.
        return isAborted ? undefined : this.#wrongLossAtStop(call, stoppedAt);
      case "LIGAND_HOST_STOPPED":
        return isStopped || isHurt || host.health().state === "stopped"
          ? undefined
          : `${end}, though nothing was stopped`;
      case "LIGAND_REMOTE_TIMEOUT":
        return this.#wrongTimeout(call, begun);
      case "LIGAND_REMOTE_BUSY":
        return this.#limits.requestsInFlight === 3 ? undefined : `${end}, though there is no such limit`;
      case "AbortError":
      case "CancelledError":
      case "LIGAND_CANCELLED":
        return isAborted ? undefined : `${end}, though the client didn't leave`;
    }
    if (isAborted) return undefined;
    if (isHurt || isStopped) return undefined;
    if (end === GIVEN_UP[call.plan.kind]) return this.#wrongGivingUp(call, begun);
    return `it ended with ${end}, and not with ${this.expected.of(call.plan) ?? "a time-out"}`;
  }

  /** What modules answer within the time for stopping reaches the homeserver. */
  #wrongLossAtStop({ plan, entered }: Call, stoppedAt: number): string | undefined {
    if (plan.kind === "login" || plan.kind === "slot" || plan.kind === "page") return undefined;
    if (entered.length === 0 || this.world.now - stoppedAt >= STOP_TIMEOUT_MS) return undefined;
    return "modules worked on it, but their process stopped without them";
  }

  #wrongTimeout(call: Call, { at, delay, connection }: Begun): string | undefined {
    const { now } = this.world;
    if (now - at < CALL_TIMEOUT_MS) return `it timed out after ${now - at} ms`;
    const { answeredAt, plan } = call;
    if (connection.socket.delay > delay || answeredAt === now) return undefined;
    if (answeredAt !== undefined) return `it timed out ${now - answeredAt} ms after the modules had answered`;
    // Isolated modules have no deadline: the homeserver's process gives them up by itself.
    return !this.#isolated && GIVEN_UP[plan.kind] ? "it timed out before its modules gave it up" : undefined;
  }

  #wrongGivingUp({ answeredAt, plan }: Call, { at }: Begun): string | undefined {
    const ms = this.world.now - at;
    if (ms < LEAST_GIVEN_MS) return `its modules gave it up after ${ms} ms`;
    // The callback reads a file after what counts as its answer.
    if (plan.kind === "file" || answeredAt === undefined || answeredAt - at >= LEAST_GIVEN_MS) return undefined;
    return `its modules gave it up, which had answered after ${answeredAt - at} ms`;
  }

  /** Something goes wrong, at some time. */
  async #disturb(): Promise<void> {
    const { world } = this;
    await world.pause(world.below(HORIZON_MS));
    const kind = world.pick(["cut", "cut", "stop", "kill"]);
    world.note(`the schedule: ${kind}`);
    if (kind === "cut") {
      world.pick(this.#homeservers).runtime.sockets.at(-1)?.cut();
      return;
    }
    const modules = this.#modules;
    // Its parent starts an isolated process again.
    if (this.#isolated) return modules.runtime.kill();
    if (kind === "kill") modules.runtime.kill();
    else await Promise.race([modules.server.stop(), modules.runtime.dead]);
    await world.pause(world.below(300));
    if (this.#modules === modules) this.#startModules();
  }

  /** Whether modules weren't told that a call was given up. */
  #isUntold({ plan, entered, answeredAt, end }: Call): boolean {
    if (end === undefined || answeredAt !== undefined || plan.kind === "slot") return false;
    return entered.some(({ signal, isDead }) => signal?.aborted === false && !isDead());
  }

  /** Lets everything end, and looks for what is left. */
  async #end(): Promise<void> {
    const { world } = this;
    world.haste = 0;
    const isRestarting = this.#isolated && !this.#isolated.isRunning;
    for (const { runtime } of this.#homeservers) {
      const isReceiving = runtime.sockets.some((socket) => socket.isUnderWay);
      const timers = [...world.timers].filter(
        ({ owner, what }) => owner === runtime && !what.startsWith("pause"),
      ).length;
      // The timer of a connection may fire once more after its calls.
      const connections = runtime.sockets.filter(({ destroyed }) => !destroyed).length;
      if (timers > connections && !isReceiving && !isRestarting)
        this.#faults.push(`${timers} time limits of ${runtime.name} run though no call does`);
    }
    if (!(await world.run())) this.#faults.push("it doesn't come to rest");
    for (const { runtime } of [...this.#homeservers, this.#modules]) runtime.collect();
    await world.run();
    const kept = [...this.#tables].reduce((sum, { size }) => sum + size, 0);
    if (kept > 0) this.#faults.push(`${kept} things are still kept for the other side`);
    for (const { socket, received } of this.#strangers) {
      // Some of what they send is an introduction.
      const isOpen = !socket.destroyed && !received.includes('"result":{"protocol"');
      if (isOpen) this.#faults.push("a stranger is still connected");
      socket.destroy();
    }
    for (const call of this.#calls)
      if (this.#isUntold(call))
        this.#faults.push(`modules still work for ${call.name} (${describe(call)}), which ended with ${call.end}`);
    for (const homeserver of this.#homeservers) homeserver.stop();
    for (const { faults } of this.#homeservers) this.#faults.push(...faults);
    await world.run();
    const { now } = world;
    let isStopped = false;
    if (this.#isolated) isStopped = true;
    else void this.#modules.server.stop().then(() => (isStopped = true));
    await world.run();
    if (!isStopped) this.#faults.push("the modules don't stop");
    if (world.now - now >= STOP_TIMEOUT_MS) this.#faults.push("the modules waited for something before they stopped");
    if (world.sources.size > 0) this.#faults.push(`${world.sources.size} ends of connections are still open`);
    if (world.timers.size > 0) this.#faults.push(`${world.timers.size} timers still run`);
  }
}

/** One that connects and needn't keep to the protocol. */
interface Stranger {
  readonly socket: SimulatedSocket;
  received: string;
}

interface Begun {
  readonly at: number;
  /** Whether the modules ran by then. */
  readonly isRunning: boolean;
  /** The delay of the connection by then. */
  readonly delay: number;
  readonly connection: Connection;
  readonly homeserver: Caller;
  readonly isAborted: boolean;
}

function describe({ plan }: Call): string {
  const { kind, ends, delayMs, asksService, follows, size } = plan;
  return `${kind}, ${ends} after ${delayMs} ms${asksService ? ", asks a service" : ""}, ${follows}, ${size} characters`;
}
