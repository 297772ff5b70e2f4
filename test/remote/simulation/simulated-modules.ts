import { ContainerModule, inject } from "inversify";
import type { BackgroundUpdateSlot } from "#src/catalogue/background-updates.js";
import { Host } from "#src/container/host.js";
import {
  AccountDataStore,
  BackgroundUpdates,
  Clock,
  MatrixError,
  MediaRepository,
  Module,
  NOT_SPAM,
  PasswordAuth,
  Server,
  SpamChecker,
  ThirdPartyRules,
  WebResource,
  deny,
  type HookContext,
  type JsonObject,
  type ReadableFile,
  type RoomEvent,
  type StateMap,
  type Timer,
  type UserId,
} from "#src/index.js";
import type { HomeserverInfo } from "#src/remote/wire/protocol.js";
import { remoteServices, type CallRemoteService } from "#src/remote/module-side/remote-services.js";
import { prepare } from "#src/start.js";
import { ClockBudgets } from "#src/testing/clock-budgets.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { nameOf, type Call } from "./call.js";

/** The calls of the simulation that runs, by name. */
export const calls = new Map<string, Call>();

/** Where modules run: a process of the simulation. */
export class Place {
  isDead = () => false;
  call: CallRemoteService = () => Promise.reject(new Error("nothing is connected"));
  /** Lets time pass in the process of the modules. */
  pause: (ms: number) => Promise<void> = () => Promise.resolve();
  now: () => number = () => 0;
  /** Calls back after some time there. */
  setTimer: (ms: number, callback: () => void) => void = () => undefined;
}

/** The time of a place. */
class PlaceClock extends Clock {
  constructor(private readonly place: Place) {
    super();
  }

  nowMs(): number {
    return this.place.now();
  }

  setTimer(ms: number, callback: () => void): Timer {
    this.place.setTimer(ms, callback);
    return { cancel: () => undefined };
  }
}

/** Callbacks that never settle, until the simulation is over. */
const waiting = new Set<() => void>();

/** Lets callbacks settle that the simulation didn't let settle. */
export function releaseWaiting(): void {
  for (const release of waiting) release();
  waiting.clear();
}

abstract class Simulated {
  constructor(
    @inject(Place) readonly place: Place,
    @inject(Server) readonly server: Server,
    @inject(AccountDataStore) readonly store: AccountDataStore,
  ) {}

  protected enter(name: string | undefined, context?: HookContext): Call {
    const call = calls.get(name ?? "");
    if (!call) throw new Error(`a module was called for the unknown call ${name}`);
    call.answeredAt = undefined;
    call.entered.push({
      module: this.constructor.name,
      serverName: this.server.serverName,
      isDead: this.place.isDead,
      signal: context?.signal,
      requestId: context?.requestId,
    });
    return call;
  }

  /** What the callback does before it answers. @returns what a service of the homeserver said. */
  protected async work(call: Call): Promise<string> {
    const { asksService, delayMs, ends } = call.plan;
    const user = `@${call.name}:${this.server.serverName}` as UserId;
    let served = "";
    try {
      if (asksService) served = (await this.store.getGlobal(user, "sim"))?.["of"] as string;
      if (delayMs > 0) await this.place.pause(delayMs);
      if (ends === "never") await new Promise<void>((resolve) => waiting.add(resolve));
    } finally {
      call.answeredAt = this.place.now();
    }
    if (ends === "throws") throw new Error(`the module fails for ${call.name}`);
    if (ends === "refuses") throw new MatrixError(429, `not now, ${call.name}`, "M_LIMIT_EXCEEDED");
    return served;
  }
}

@Module()
class First extends Simulated {
  @SpamChecker.checkEventForSpam()
  async spam(event: RoomEvent, context: HookContext) {
    await this.work(this.enter(event.content["call"] as string, context));
    return NOT_SPAM;
  }

  @ThirdPartyRules.onCreateRoom()
  async create(_requester: object, content: JsonObject, _isAdmin: boolean, context: HookContext) {
    await this.work(this.enter(content["call"] as string, context));
    (content["by"] as string[]).push("First");
  }

  @ThirdPartyRules.checkEventAllowed()
  async allowed(event: RoomEvent, state: StateMap<RoomEvent>, context: HookContext) {
    const call = this.enter(event.content["call"] as string, context);
    await this.work(call);
    const of = Array.from(state, ([, key, { content }]) => `${key}:${content["text"] === call.text}`);
    return [true, { ...event.getDict(), content: { of, text: call.text } }] as const;
  }

  @PasswordAuth.authChecker("m.login.sim", ["call"])
  async login(user: string, _type: string, dict: JsonObject, context: HookContext) {
    const call = this.enter(dict["call"] as string, context);
    await this.work(call);
    return [
      `@${user}:x`,
      (response: { access_token: string }) => {
        call.used++;
        response.access_token = `for ${call.name}`;
      },
    ] as never;
  }

  @MediaRepository.getMediaConfigForUser()
  async config(user: UserId, context: HookContext) {
    const call = this.enter(nameIn(user), context);
    const served = await this.work(call);
    return { text: call.text, served };
  }

  @SpamChecker.checkMediaFileForSpam()
  async file(file: ReadableFile, _info: object, context: HookContext) {
    const call = this.enter(nameIn(file.path), context);
    await this.work(call);
    let content = "";
    await file.writeChunksTo((chunk) => (content += Buffer.from(chunk).toString()));
    return deny("ORG_SIM_NO", { whole: content === call.text, call: call.name });
  }

  @BackgroundUpdates.onUpdate()
  slot(name: string): BackgroundUpdateSlot {
    const call = this.enter(name);
    return {
      enter: async () => {
        call.used++;
        await this.work(call);
        return 1000 + call.plan.n;
      },
      exit: async (error) => {
        call.used++;
        if (error) throw new Error(`exit of ${call.name}`);
      },
    };
  }

  @WebResource("/_synapse/client/sim")
  async page(request: Request) {
    const call = this.enter(new URL(request.url).searchParams.get("call") ?? "", { signal: request.signal });
    const served = await this.work(call);
    const content = call.plan.follows === "drops" ? "" : await request.text();
    const pieces = [`${content === call.text} ${served} `, call.text, call.text];
    return new Response(
      new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          const piece = pieces.shift();
          if (piece === undefined) return controller.close();
          if (call.plan.delayMs > 0) await this.place.pause(call.plan.delayMs / 10);
          controller.enqueue(new TextEncoder().encode(piece));
        },
      }),
    );
  }
}

@Module()
class Second extends Simulated {
  @SpamChecker.checkEventForSpam()
  spam(event: RoomEvent, context: HookContext) {
    const call = this.enter(event.content["call"] as string, context);
    call.answeredAt = this.place.now();
    return deny("ORG_SIM_NO", { call: call.name, text: event.content["text"] });
  }

  @ThirdPartyRules.onCreateRoom()
  async create(_requester: object, content: JsonObject, _isAdmin: boolean, context: HookContext) {
    const call = this.enter(content["call"] as string, context);
    if (call.plan.delayMs > 0) await this.place.pause(1);
    call.answeredAt = this.place.now();
    (content["by"] as string[]).push("Second");
  }
}

export const MODULES = [{ module: First }, { module: Second }];

function nameIn(text: string): string | undefined {
  return /c\d+e/.exec(text)?.[0];
}

/** A host that is started once and used in many simulations: starting modules has no part in the protocol. */
class PooledHost {
  readonly place = new Place();
  isUsed = false;
  host!: Host;

  async start(info: HomeserverInfo): Promise<this> {
    const { place } = this;
    const services = [
      ...remoteServices(info, (service, method, args) => place.call(service, method, args)),
      new ContainerModule(({ bind }) => void bind(Place).toConstantValue(place)),
    ];
    const budgets = new ClockBudgets(new PlaceClock(place));
    this.host = await prepare({ modules: MODULES, logger: silent }, { budgets }).start({ services });
    // It is stopped when no simulation uses it any more.
    this.host.stop = () => Promise.resolve();
    return this;
  }

  stop(): Promise<void> {
    return Host.prototype.stop.call(this.host);
  }
}

const silent = captureLogs().logger;
silent.silent = true;
const pool: PooledHost[] = [];
const names = new WeakMap<Host, string>();

/** Modules for a homeserver, in a place that is theirs until the simulation is over. */
export async function startPooled(info: HomeserverInfo): Promise<{ readonly host: Host; readonly place: Place }> {
  let pooled = pool.find(({ isUsed, host }) => !isUsed && names.get(host) === info.serverName);
  if (!pooled) {
    pooled = await new PooledHost().start(info);
    names.set(pooled.host, info.serverName);
    pool.push(pooled);
  }
  pooled.isUsed = true;
  const { host, place } = pooled;
  return { host, place };
}

/** The simulation is over: its hosts are there for the next one. */
export function returnPooled(): void {
  for (const pooled of pool) pooled.isUsed = false;
}

/** Ends what was started for simulations. */
export async function stopPooled(): Promise<void> {
  await Promise.all(pool.splice(0).map((pooled) => pooled.stop()));
}

/** The account data of a homeserver of a simulation, which says which process was asked. */
export class SimulatedStore extends AccountDataStore {
  constructor(
    protected readonly server: Server,
    private readonly process: string,
    private readonly pause: () => Promise<void>,
  ) {
    super();
  }

  protected async readGlobal(userId: UserId): Promise<JsonObject> {
    const call = calls.get(nameIn(userId) ?? "");
    call?.servedBy.push(this.process);
    await this.pause();
    return { of: nameOf(call?.plan.n ?? -1) };
  }

  protected async writeGlobal(): Promise<void> {}

  protected async isRegistered(): Promise<boolean> {
    return true;
  }
}
