import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { inject, postConstruct, preDestroy } from "inversify";
import { PasswordAuth, SpamChecker } from "#src/catalogue/index.js";
import type { LigandError } from "#src/errors/ligand-error.js";
import { formatProblem } from "#src/errors/problem.js";
import { ReloadError } from "#src/errors/start-error.js";
import {
  bindService,
  Clock,
  Every,
  Scheduler,
  Users,
  type Host,
  type Operate,
  type ProgrammaticEntry,
  type StartOptions,
} from "#src/index.js";
import { Codes } from "#src/matrix/codes.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { Module } from "#src/modules/module.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "#src/modules/tokens.js";
import { startModules } from "#src/start.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { FakeClock } from "#src/testing/fake-clock.js";
import { WebResource } from "#src/web/web-resource.js";
import { failureOf } from "./failure-of.js";
import { until } from "./until.js";

const event = new RoomEvent({ room_id: "!room:hs", type: "m.room.message", sender: "@eve:hs", content: {} });

/** What modules of these tests did, in the order in which they did it. */
let journal: string[] = [];
/** Their `@Every`, apart from it: how often that's called depends on how busy the machine is. */
let ticks: string[] = [];
/** Lets the callbacks that wait for it go on. */
let gate: Gate;
/** Lets the modules that start go on. */
let startGate: Gate;

class Gate {
  open!: () => void;
  /** How many have come to it. */
  came = 0;
  readonly #opened = new Promise<void>((resolve) => (this.open = resolve));

  get opened(): Promise<void> {
    this.came++;
    return this.#opened;
  }
}

interface Settings {
  readonly code?: string;
  readonly fails?: boolean;
}

@Module()
class Journalled {
  constructor(
    @inject(ModuleInfo) readonly info: ModuleInfo,
    @inject(ModuleConfig) readonly config: Settings,
  ) {}

  static parseConfig(config: Settings) {
    return config;
  }

  @postConstruct()
  async start() {
    if (this.config.fails) throw new RangeError("no");
    await startGate.opened;
    journal.push(`start ${this.info.id} ${this.config.code}`);
  }

  @preDestroy()
  async stop() {
    await Promise.resolve();
    journal.push(`stop ${this.info.id} ${this.config.code}`);
  }

  @SpamChecker.checkEventForSpam()
  async check() {
    journal.push(`ask ${this.info.id} ${this.config.code}`);
    await gate.opened;
    return NOT_SPAM;
  }

  @WebResource("/_synapse/client/code")
  async code() {
    await gate.opened;
    return new Response(this.config.code);
  }

  @Every("1s")
  tick() {
    ticks.push(`tick ${this.info.id} ${this.config.code}`);
  }
}

@Module({ reload: "stop-first" })
class Alone extends Journalled {}

/** Fails at each question that a code of it names. */
@Module()
class Fails extends Journalled {
  override async check(): Promise<typeof NOT_SPAM> {
    await super.check();
    if (this.config.code === "wrong") throw new RangeError("no");
    return NOT_SPAM;
  }
}

/** Fails at its first question. */
@Module()
class FailsOnce extends Journalled {
  #hasFailed = false;

  override async check(): Promise<typeof NOT_SPAM> {
    await super.check();
    if (!this.#hasFailed) {
      this.#hasFailed = true;
      throw new RangeError("no");
    }
    return NOT_SPAM;
  }
}

@Module({ reload: "stop-first" })
class FailsAlone extends Fails {}

@Module()
class Refuses {
  @SpamChecker.checkEventForSpam()
  check() {
    return Codes.FORBIDDEN;
  }

  @PasswordAuth.authChecker("org.example.key", ["key"])
  login() {
    return null;
  }
}

const entry = (id: string, code: string, module: ProgrammaticEntry["module"] = Journalled): ProgrammaticEntry => ({
  module,
  id,
  config: { code },
});

async function refusal(reloading: Promise<unknown>): Promise<ReloadError> {
  const error = await failureOf(reloading);
  expect(error).to.be.instanceOf(ReloadError);
  return error as ReloadError;
}

const start = (modules: readonly ProgrammaticEntry[], options: Partial<StartOptions> = {}) =>
  startModules({ logger: captureLogs().logger, ...options, modules });

const throws = (call: () => unknown) => {
  try {
    void call();
    return false;
  } catch {
    return true;
  }
};

/** What circuit breakers say. */
const breakerLines = (records: readonly LogRecord[]) =>
  records.map(({ message }) => message).filter((message) => /isn't called for now|works again/.test(message));

const idsOf = ({ modules }: Host) => modules.map(({ id }) => id);

describe("host.reload", () => {
  beforeEach(() => {
    journal = [];
    [gate, startGate] = [new Gate(), new Gate()];
    gate.open();
    startGate.open();
  });

  it("a reload starts what is new, replaces what changed, keeps what didn't, and stops what is gone", async () => {
    await using host = await start([entry("a", "1"), entry("b", "1"), entry("c", "1")]);
    journal = [];
    const report = await host.reload({ modules: [entry("d", "1"), entry("a", "1"), entry("b", "2")] });
    expect(report).to.deep.equal({
      revision: 2,
      dryRun: false,
      added: ["d"],
      replaced: ["b"],
      removed: ["c"],
      kept: ["a"],
      adjusted: [],
      failed: [],
      reordered: false,
    });
    await until(() => journal.length === 4);
    expect(journal.slice(0, 2)).to.deep.equal(["start d 1", "start b 2"]);
    expect(journal.slice(2).toSorted()).to.deep.equal(["stop b 1", "stop c 1"]);
    expect(idsOf(host)).to.deep.equal(["d", "a", "b"]);
    journal = [];
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect(journal).to.deep.equal(["ask d 1", "ask a 1", "ask b 2"]);
  });

  it("a reload without changes changes nothing, and one of the order alone starts nothing", async () => {
    await using host = await start([entry("a", "1"), entry("b", "1")]);
    journal = [];
    expect((await host.reload()).revision).to.equal(1);
    const { revision, kept, reordered } = await host.reload({ modules: [entry("b", "1"), entry("a", "1")] });
    expect([revision, kept, reordered]).to.deep.equal([2, ["b", "a"], true]);
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect(journal).to.deep.equal(["ask b 1", "ask a 1"]);
  });

  it("methods, login types, callbacks and web paths that were taken before a reload are those after it", async () => {
    await using host = await start([entry("a", "1")]);
    const { spamChecker, passwordAuth } = host.hooks;
    const { checkEventForSpam } = spamChecker;
    const names = () => [
      checkEventForSpam.callbacks.map(({ module }) => module),
      passwordAuth.loginTypes.map(({ type }) => type),
      host.webPaths.map(({ path }) => path),
    ];
    expect(await checkEventForSpam(event)).to.equal(NOT_SPAM);
    expect(names()).to.deep.equal([["a"], [], ["/_synapse/client/code"]]);
    await host.reload({ modules: [{ module: Refuses }] });
    expect(await checkEventForSpam(event)).to.deep.equal(deny(Codes.FORBIDDEN));
    expect(names()).to.deep.equal([["Refuses"], ["org.example.key"], []]);
    expect(await host.fetch(new Request("http://hs/_synapse/client/code"))).to.equal(undefined);
  });

  it("a dispatch and a web request go on with the modules that they began with, which stop after them", async () => {
    await using host = await start([entry("a", "1"), entry("b", "1")]);
    gate = new Gate();
    const dispatch = host.hooks.spamChecker.checkEventForSpam(event);
    const request = host.fetch(new Request("http://hs/_synapse/client/code"));
    journal = [];
    await host.reload({ modules: [entry("a", "2"), entry("c", "1")] });
    await host.reload({ modules: [entry("c", "1")] });
    const later = host.hooks.spamChecker.checkEventForSpam(event);
    expect(journal).to.deep.equal(["start a 2", "start c 1", "ask c 1"]);
    gate.open();
    await Promise.all([dispatch, later]);
    expect(await (await request)?.text()).to.equal("1");
    await until(() => journal.length === 7);
    expect(journal[3]).to.equal("ask b 1");
    expect(journal.slice(4).toSorted()).to.deep.equal(["stop a 1", "stop a 2", "stop b 1"]);
  });

  it("a module that stays in a dispatch longer than it may stop with calls in flight, and the log says so", async () => {
    const { logger, records } = captureLogs();
    await using host = await start([entry("a", "1")], { logger, startTimeoutMs: 50 });
    gate = new Gate();
    const dispatch = host.hooks.spamChecker.checkEventForSpam(event);
    await host.reload({ modules: [] });
    await until(() => journal.includes("stop a 1"));
    await setImmediate();
    expect(records.map(({ level, message }) => `${level}: ${message}`)).to.include(
      "warn: module a stops with calls in flight after 50 ms",
    );
    gate.open();
    await dispatch;
  });

  it("a module in shadow stops once its last call in shadow has ended, whatever calls the one in its place has", async () => {
    const shadowed = (code: string) => ({ ...entry("a", code), operate: { mode: "shadow" } as const });
    await using host = await start([shadowed("1")]);
    gate = new Gate();
    const [first, { checkEventForSpam }] = [gate, host.hooks.spamChecker];
    journal = [];
    await checkEventForSpam(event);
    await until(() => journal.length === 1);
    // Its call begins after the module has left.
    await checkEventForSpam(event);
    await host.reload({ modules: [shadowed("2")] });
    await until(() => journal.length === 3);
    gate = new Gate();
    await checkEventForSpam(event);
    await until(() => journal.length === 4);
    first.open();
    await until(() => journal.length === 5);
    expect(journal).to.deep.equal(["ask a 1", "start a 2", "ask a 1", "ask a 2", "stop a 1"]);
    gate.open();
  });

  it("calls in shadow that haven't begun when the host stops aren't made", async () => {
    await using host = await start([{ ...entry("a", "1"), operate: { mode: "shadow" } }]);
    await host.hooks.spamChecker.checkEventForSpam(event);
    await host.stop();
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    expect(journal).to.deep.equal(["start a 1", "stop a 1"]);
    expect(host.health().modules[0]?.shadow).to.deep.equal({ skipped: 1 });
  });

  const breaking = { on_failure: "allow", circuit_breaker: { min_calls: 2, open_for: "1d" } } as const;

  it("an open circuit breaker stays open while its instance runs, and the instance that takes its place is called", async () => {
    const failing = (code: string, operate: Operate) => ({ ...entry("a", code, Fails), operate });
    await using host = await start([failing("wrong", breaking)]);
    const breakers = async (reload: Promise<unknown>) => {
      await reload;
      journal = [];
      await host.hooks.spamChecker.checkEventForSpam(event);
      return [journal, host.health().modules[0]?.openBreakers];
    };
    for (let call = 0; call < 2; call++) await host.hooks.spamChecker.checkEventForSpam(event);
    expect(await breakers(host.reload({ modules: [failing("wrong", { ...breaking, timeout: "1s" })] }))).to.deep.equal([
      [],
      1,
    ]);
    expect(await breakers(host.reload({ modules: [failing("right", breaking)] }))).to.deep.equal([["ask a right"], 0]);
  });

  it("a module that can't overlap is called after a reload in which the calls to it failed", async () => {
    const alone = (code: string) => ({ ...entry("a", code, FailsAlone), operate: breaking });
    const { logger, records } = captureLogs();
    await using host = await start([alone("1")], { logger });
    startGate = new Gate();
    const reloading = host.reload({ modules: [alone("2")] });
    await until(() => startGate.came > 0);
    for (let call = 0; call < 3; call++) await host.hooks.spamChecker.checkEventForSpam(event);
    expect(host.health().modules[0]?.openBreakers).to.equal(0);
    startGate.open();
    await reloading;
    journal = [];
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect([journal, host.health().modules[0]?.openBreakers]).to.deep.equal([["ask a 2"], 0]);
    expect(breakerLines(records)).to.deep.equal([]);
  });

  it("a circuit breaker whose module has been replaced logs no more, whatever its last calls come to", async () => {
    for (const module of [Fails, FailsAlone]) {
      const failing = (code: string) => ({ ...entry("a", code, module), operate: breaking });
      const { logger, records } = captureLogs();
      gate.open();
      await using host = await start([failing("wrong")], { logger, startTimeoutMs: 200 });
      gate = new Gate();
      const last = [1, 2].map(() => host.hooks.spamChecker.checkEventForSpam(event));
      await until(() => gate.came === 2);
      // It stops with these calls in flight.
      await host.reload({ modules: [failing("right")] });
      await until(() => journal.includes("stop a wrong"));
      gate.open();
      expect(await Promise.all(last)).to.deep.equal([NOT_SPAM, NOT_SPAM]);
      expect(breakerLines(records)).to.deep.equal([]);
    }
  });

  it("the trial of a circuit breaker whose module has been replaced says nothing of the module in its place", async () => {
    const trying = { on_failure: "allow", circuit_breaker: { min_calls: 1, open_for: "1ms" } } as const;
    const { logger, records } = captureLogs({ all: true });
    await using host = await start([{ ...entry("a", "1", FailsOnce), operate: trying }], { logger });
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect(breakerLines(records)).to.have.length(1);
    gate = new Gate();
    let trial!: Promise<unknown>;
    await until(() => {
      trial = host.hooks.spamChecker.checkEventForSpam(event) as Promise<unknown>;
      return gate.came === 1;
    });
    await host.reload({ modules: [entry("a", "2", FailsOnce)] });
    gate.open();
    expect(await trial).to.equal(NOT_SPAM);
    await until(() => journal.includes("stop a 1"));
    expect(breakerLines(records)).to.have.length(1);
  });

  it("what a callback came to in shadow opens no circuit breaker where it's enforced", async () => {
    const partly = (operate: Operate) => ({ ...entry("a", "wrong", Fails), operate: { ...breaking, ...operate } });
    const { logger, records } = captureLogs();
    await using host = await start([partly({ hooks: { checkEventForSpam: { mode: "shadow" } } })], { logger });
    for (let call = 0; call < 2; call++) await host.hooks.spamChecker.checkEventForSpam(event);
    await until(() => host.health().modules[0]?.openBreakers === 1);
    const opened = records.filter(({ message }) => message.includes("isn't called for now"));
    expect((await host.reload({ modules: [partly({})] })).adjusted).to.deep.equal(["a"]);
    expect([opened.length, host.health().modules[0]?.openBreakers]).to.deep.equal([1, 0]);
  });

  it("stopping waits until the modules that reloads took out have stopped", async () => {
    await using host = await start([entry("a", "1")]);
    gate = new Gate();
    const dispatch = host.hooks.spamChecker.checkEventForSpam(event);
    await host.reload({ modules: [] });
    const stopping = host.stop();
    gate.open();
    await Promise.all([dispatch, stopping]);
    expect(journal.at(-1)).to.equal("stop a 1");
  });

  it("a reload whose modules can't take their places leaves everything as it was", async () => {
    class BrokenClock extends FakeClock {
      isBroken = false;

      override setTimer(ms: number, callback: () => void) {
        if (this.isBroken) throw new RangeError("no timer is left");
        return super.setTimer(ms, callback);
      }
    }
    const clock = new BrokenClock();
    await using host = await start([entry("a", "1")], { services: [bindService(Clock, clock)] });
    clock.isBroken = true;
    journal = [];
    const error = (await failureOf(host.reload({ modules: [entry("b", "2")] }))) as Error;
    expect(error.message).to.equal("no timer is left");
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect(await (await host.fetch(new Request("http://hs/_synapse/client/code")))?.text()).to.equal("1");
    expect([journal, idsOf(host)]).to.deep.equal([["start b 2", "stop b 2", "ask a 1"], ["a"]]);
  });

  it("a module that stopped for a reload and didn't start again is started by a reload of the same entry", async () => {
    @Module({ reload: "stop-first" })
    class Twice extends Journalled {
      static starts = 0;

      override async start() {
        if ([1, 2].includes(Twice.starts++)) throw new RangeError("not now");
        await super.start();
      }
    }
    await using host = await start([entry("a", "1", Twice)]);
    await refusal(host.reload({ modules: [entry("a", "2", Twice)] }));
    expect(host.health().modules.map(({ state }) => state)).to.deep.equal(["failed"]);
    expect((await host.reload({ modules: [entry("a", "1", Twice)] })).replaced).to.deep.equal(["a"]);
    await host.stop();
    expect(journal).to.deep.equal(["start a 1", "stop a 1", "start a 1", "stop a 1"]);
  });

  it("modules that can't overlap stop in the reverse of their order, and start in it", async () => {
    const both = (code: string) => [entry("a", code, Alone), entry("b", code, Alone)];
    await using host = await start(both("1"));
    journal = [];
    await host.reload({ modules: both("2") });
    expect(journal).to.deep.equal(["stop b 1", "stop a 1", "start a 2", "start b 2"]);
  });

  it("a reload replaces a module of another class, and one whose config is written in another way", async () => {
    @Module()
    class Deaf extends Journalled {
      static override parseConfig() {
        return { code: "any" };
      }
    }
    await using host = await start([entry("a", "1"), entry("b", "1", Deaf)]);
    const { replaced } = await host.reload({ modules: [entry("a", "1", Fails), entry("b", "2", Deaf)] });
    expect(replaced).to.deep.equal(["a", "b"]);
  });

  it("a reload changes from which level on a module that goes on logs", async () => {
    @Module()
    class Talking {
      constructor(@inject(ModuleLogger) private readonly log: ModuleLogger) {}

      @SpamChecker.checkEventForSpam()
      check() {
        this.log.debug("asked");
        return NOT_SPAM;
      }
    }
    const { logger, records } = captureLogs({ all: true });
    logger.level = "info";
    const lines: number[] = [];
    await using host = await start([{ module: Talking }], { logger });
    for (const operate of [{}, { log_level: "debug" } as const, {}]) {
      await host.reload({ modules: [{ module: Talking, operate }] });
      await host.hooks.spamChecker.checkEventForSpam(event);
      lines.push(records.filter(({ message }) => message === "asked").length);
    }
    expect([lines, host.health().modules[0]?.restarts]).to.deep.equal([[0, 1, 1], 0]);
  });

  it("a reload is refused, with everything that's wrong, and leaves the modules as they were", async () => {
    const { logger, records } = captureLogs();
    await using host = await start([entry("a", "1")], { logger });
    @Module()
    class NeedsUsers {
      constructor(@inject(Users) readonly users: Users) {}
    }
    journal = [];
    const fails = (id: string) => ({ module: Journalled, id, config: { code: "2", fails: true } });
    const unbound = await refusal(host.reload({ modules: [entry("new", "1"), { module: NeedsUsers }] }));
    expect(unbound.problems.map(({ message }) => message)).to.deep.equal([
      "module NeedsUsers needs Users, but this homeserver doesn't provide it",
    ]);
    const failing = await refusal(host.reload({ modules: [entry("new", "1"), fails("a"), fails("b")] }));
    expect(failing.message.split("\n")[0]).to.equal(
      "2 problems found; the modules go on with the configuration that they have",
    );
    const problems = ["a", "b"].map((id) => `module ${id} failed in its @postConstruct method`);
    expect(failing.problems.map(({ message }) => message)).to.deep.equal(problems);
    expect(journal).to.deep.equal(["start new 1", "stop new 1"]);
    const errors = records.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(errors.length).to.equal(5);
    expect(errors[0]).to.equal("Reload refused; the modules go on with the configuration that they have");
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect(journal.at(-1)).to.equal("ask a 1");
    expect((await host.reload()).kept).to.deep.equal(["a"]);
  });

  it("a dry run says what would change, and starts and stops nothing", async () => {
    await using host = await start([entry("a", "1"), entry("b", "1")]);
    journal = [];
    const report = await host.reload({ modules: [entry("b", "2")], dryRun: true });
    expect(report).to.deep.equal({
      revision: 1,
      dryRun: true,
      added: [],
      replaced: ["b"],
      removed: ["a"],
      kept: [],
      adjusted: [],
      failed: [],
      reordered: false,
    });
    expect([journal, idsOf(host)]).to.deep.equal([[], ["a", "b"]]);
  });

  it("a reload may remove all modules, after which each hook answers as if no module had registered it", async () => {
    await using host = await start([{ module: Refuses }]);
    expect((await host.reload({ modules: [] })).removed).to.deep.equal(["Refuses"]);
    expect(host.hooks.spamChecker.checkEventForSpam(event)).to.equal(NOT_SPAM);
  });

  it("reloads follow one another, whatever each comes to", async () => {
    await using host = await start([entry("a", "1")]);
    const all = await Promise.allSettled([
      host.reload({ modules: [entry("a", "2")] }),
      host.reload({ modules: [{ module: Journalled, id: "a", config: { fails: true } }] }),
      host.reload({ modules: [entry("a", "3"), entry("b", "3")] }),
    ]);
    expect(all.map((one) => (one.status === "fulfilled" ? one.value.revision : "refused"))).to.deep.equal([
      2,
      "refused",
      3,
    ]);
    expect(idsOf(host)).to.deep.equal(["a", "b"]);
  });

  it("stopping waits for a reload that is under way, and stops what that started; later reloads are refused", async () => {
    await using host = await start([entry("a", "1")]);
    journal = [];
    startGate = new Gate();
    const reloading = host.reload({ modules: [entry("a", "1"), entry("b", "1")] });
    const stopping = until(() => startGate.came > 0).then(() => {
      startGate.open();
      return host.stop();
    });
    const error = (await failureOf(reloading)) as LigandError;
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_HOST_STOPPED",
      "the host stopped while its modules were replaced",
    ]);
    await stopping;
    expect(journal).to.deep.equal(["start b 1", "stop b 1", "stop a 1"]);
    const later = (await failureOf(host.reload())) as LigandError;
    expect(later.code).to.equal("LIGAND_HOST_STOPPED");
  });

  it("@Every goes on at its beat on the new instance, and ends with a module that's removed", async () => {
    const clock = new FakeClock();
    await using host = await start([entry("a", "1"), entry("b", "1")], {
      services: [bindService(Clock, clock)],
    });
    const ticksIn = async (ms: number) => {
      ticks = [];
      await clock.advance(ms);
      return ticks;
    };
    expect(await ticksIn(1600)).to.deep.equal(["tick a 1", "tick b 1"]);
    await host.reload({ modules: [entry("a", "2")] });
    expect(await ticksIn(400)).to.deep.equal(["tick a 2"]);
    expect(await ticksIn(1999)).to.deep.equal(["tick a 2"]);
    expect(await ticksIn(1)).to.deep.equal(["tick a 2"]);
  });

  it("timers that a module set through its scheduler end with it, and it can set no more", async () => {
    let late!: () => void;
    @Module()
    class Timed {
      constructor(@inject(Scheduler) scheduler: Scheduler) {
        scheduler.loopingBackgroundCall(() => journal.push("loop"), 1000);
        scheduler.delayedBackgroundCall(5000, () => journal.push("delayed"));
        late = () => void scheduler.delayedBackgroundCall(1, () => journal.push("late"));
      }
    }
    const clock = new FakeClock();
    const services = [bindService(Clock, clock)];
    await using host = await start([{ module: Timed }], { services });
    await clock.advance(2000);
    expect(journal).to.deep.equal(["loop", "loop"]);
    await host.reload({ modules: [] });
    await until(() => throws(late));
    await clock.advance(10_000);
    expect(journal).to.deep.equal(["loop", "loop"]);
    expect(late).to.throw("module Timed used the scheduler after it had stopped");
  });

  it("a module that can't overlap stops before the new instance starts, and its callbacks count as failed meanwhile", async () => {
    const { logger, records } = captureLogs();
    await using host = await start([entry("a", "1", Alone)], { logger });
    journal = [];
    gate = new Gate();
    const dispatch = host.hooks.spamChecker.checkEventForSpam(event);
    const reloading = host.reload({ modules: [entry("a", "2", Alone), entry("b", "1", Alone)] });
    await until(() => throws(() => host.hooks.spamChecker.checkEventForSpam(event)));
    expect(() => host.hooks.spamChecker.checkEventForSpam(event)).to.throw("module a isn't running");
    expect((await host.fetch(new Request("http://hs/_synapse/client/code")))?.status).to.equal(503);
    gate.open();
    await dispatch;
    expect((await reloading).replaced).to.deep.equal(["a"]);
    expect(journal.filter((line) => !line.startsWith("ask"))).to.deep.equal(["start b 1", "stop a 1", "start a 2"]);
    expect(records.some(({ message }) => message.endsWith("failed: module a isn't running"))).to.equal(true);
  });

  it("a module that can't overlap starts again as it was when what replaces it doesn't start", async () => {
    await using host = await start([entry("a", "1", Alone)]);
    journal = [];
    const { problems } = await refusal(
      host.reload({ modules: [{ module: Alone, id: "a", config: { code: "2", fails: true } }, entry("b", "1")] }),
    );
    expect(problems.map(({ message }) => message)).to.deep.equal(["module a failed in its @postConstruct method"]);
    expect(journal).to.deep.equal(["start b 1", "stop a 1", "stop b 1", "start a 1"]);
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect(journal.at(-1)).to.equal("ask a 1");
  });

  it("a module that can't overlap and can't be stopped is named, and the reload is refused", async () => {
    @Module({ reload: "stop-first" })
    class Stuck extends Journalled {
      override stop() {
        journal.push("stopping");
        return new Promise<void>(() => {});
      }
    }
    const { logger } = captureLogs();
    await using host = await start([entry("a", "1", Stuck)], { logger, startTimeoutMs: 50 });
    const { problems } = await refusal(host.reload({ modules: [entry("a", "2", Stuck)] }));
    expect(problems.map(formatProblem)).to.deep.equal([
      `module a didn't stop within 50 ms, and can't run twice [LIGAND_MODULE_STOP_TIMEOUT]\n  Restart the process, and look for what the module's \`@preDestroy\` method waits for.`,
    ]);
    expect(journal).to.deep.equal(["start a 1", "stopping", "start a 1"]);
  });

  it("a module that's removed and can't be stopped is named in the log, and the others go on", async () => {
    class Stuck extends Journalled {
      override stop() {
        return new Promise<void>(() => {});
      }
    }
    Module()(Stuck);
    const { logger, records } = captureLogs();
    await using host = await start([entry("a", "1", Stuck), entry("b", "1")], { logger, startTimeoutMs: 50 });
    expect((await host.reload({ modules: [entry("b", "1")] })).removed).to.deep.equal(["a"]);
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect(journal.at(-1)).to.equal("ask b 1");
    const said = () => records.filter(({ message }) => message.startsWith("module a "));
    await until(() => said().length > 0);
    expect(said().map(({ level, message }) => `${level}: ${message}`)).to.deep.equal([
      "warn: module a didn't stop within 50 ms",
    ]);
  });

  it("a change of operate: keeps the instance, unless it's put into shadow or disabled", async () => {
    await using host = await start([entry("a", "1"), entry("b", "1")]);
    const operated = async (operate: Operate) => {
      const report = await host.reload({ modules: [{ ...entry("a", "1"), operate }, entry("b", "1")] });
      return [report.adjusted, report.replaced, report.removed];
    };
    expect(await operated({ required: true })).to.deep.equal([["a"], [], []]);
    expect(await operated({ timeout: "2s", hooks: { checkEventForSpam: { timeout: "1s" } } })).to.deep.equal([
      ["a"],
      [],
      [],
    ]);
    expect(await operated({ mode: "shadow" })).to.deep.equal([[], ["a"], []]);
    expect(await operated({ mode: "disabled" })).to.deep.equal([[], [], ["a"]]);
    expect((await host.reload({ modules: [entry("a", "1"), entry("b", "1")] })).added).to.deep.equal(["a"]);
  });

  it("an entry that has no operate: any more is operated as if it never had one, and later reloads find it unchanged", async () => {
    const narrowed = { ...entry("a", "1"), operate: { only: { sender: "@nobody:hs" } } };
    const asked = async (host: Host) => {
      journal = [];
      await host.hooks.spamChecker.checkEventForSpam(event);
      return journal;
    };
    await using host = await start([narrowed]);
    expect(await asked(host)).to.deep.equal([]);
    const adjusted = async (modules?: ProgrammaticEntry[]) => {
      const report = await host.reload(modules && { modules });
      return [report.revision, ...report.adjusted];
    };
    expect(await adjusted([entry("a", "1")])).to.deep.equal([2, "a"]);
    expect(await asked(host)).to.deep.equal(["ask a 1"]);
    expect(await adjusted()).to.deep.equal([2]);
    expect(await adjusted([narrowed])).to.deep.equal([3, "a"]);
    expect(await asked(host)).to.deep.equal([]);
  });

  it("modules that aren't required and don't start are left out", async () => {
    const fails = { module: Journalled, id: "a", config: { fails: true }, operate: { required: false } };
    await using host = await start([fails, entry("b", "1")]);
    expect(idsOf(host)).to.deep.equal(["b"]);
    expect((await host.reload()).failed).to.deep.equal(["a"]);
    const report = await host.reload({ modules: [{ ...fails, id: "b" }, entry("a", "1")] });
    expect([report.added, report.removed, report.failed]).to.deep.equal([["a"], ["b"], ["b"]]);
  });

  it("the log says which modules run, which step the start has reached at debug, and what a reload changed", async () => {
    const { logger, records } = captureLogs({ all: true });
    await using host = await startModules({ logger, modules: [{ module: Refuses }, { module: Refuses }] });
    await host.reload({ modules: [{ module: Refuses }] });
    const lines = records.map(({ level, message }) => `${level}: ${message.replace(/\d+ ms/, "… ms")}`);
    expect(lines).to.deep.equal([
      "debug: Starting Refuses, Refuses-2",
      "debug: Started module Refuses in … ms",
      "debug: Started module Refuses-2 in … ms",
      "debug: Hooks, web paths and @Every are those of Refuses, Refuses-2",
      "info: Started 2 modules: Refuses, Refuses-2",
      "debug: Starting no module",
      "debug: Hooks, web paths and @Every are those of Refuses",
      "info: Reloaded the configuration (revision 2): removed Refuses-2",
    ]);
  });

  it("a misspelt option of a reload is refused", async () => {
    await using host = await start([]);
    const error = (await failureOf(host.reload({ dryrun: true } as object))) as LigandError;
    expect(error.message).to.equal("reload: unknown option `dryrun`; did you mean `dryRun`?");
  });
});
