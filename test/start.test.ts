import { expect } from "chai";
import { Type } from "class-transformer";
import { Allow, IsArray, IsOptional, ValidateNested } from "class-validator";
import { inject, optional, postConstruct, preDestroy } from "inversify";
import { ContainerModule, injectable } from "inversify";
import { PasswordAuth, PresenceRouter, SpamChecker } from "#src/catalogue/index.js";
import { StartError, ConfigError } from "#src/errors/start-error.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { Codes } from "#src/matrix/codes.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { Module } from "#src/modules/module.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "#src/modules/tokens.js";
import { Clock, Database, Profiles, Scheduler, Users, bindService, Every, type ProgrammaticEntry } from "#src/index.js";
import { prepareModules, startModules } from "#src/start.js";
import { FakeClock } from "#src/testing/fake-clock.js";
import { WebResource } from "#src/web/web-resource.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { until } from "./until.js";
import { failureOf } from "./failure-of.js";

const event = new RoomEvent({
  room_id: "!room:hs",
  type: "m.room.message",
  sender: "@eve:hs",
  content: { body: "hi" },
});

/** What modules of these tests did, in the order in which they did it. */
let journal: string[] = [];

@Module()
class Journalled {
  constructor(@inject(ModuleInfo) private readonly info: ModuleInfo) {
    journal.push(`construct ${info.id}`);
  }

  @postConstruct()
  async start() {
    await Promise.resolve();
    journal.push(`start ${this.info.id}`);
  }

  @SpamChecker.checkEventForSpam()
  check() {
    journal.push(`check ${this.info.id}`);
    return NOT_SPAM;
  }

  @preDestroy()
  stop() {
    journal.push(`stop ${this.info.id}`);
  }
}

@Module()
class ThrowsInConstructor {
  constructor() {
    throw new TypeError("no such table: users");
  }
}

@Module()
class FailsToStart {
  @postConstruct()
  async start() {
    throw new RangeError("port 0 is taken");
  }
}

@Module()
class NeverStarts {
  @postConstruct()
  start() {
    return new Promise<void>(() => {});
  }
}

@Module()
class NeedsUsers {
  constructor(
    @inject(Users) readonly users: Users,
    @inject(Profiles) @optional() readonly profiles?: Profiles,
  ) {}
}

async function problemsOf(starting: Promise<unknown>): Promise<StartError["problems"]> {
  const error = await failureOf(starting);
  expect(error).to.be.instanceOf(StartError);
  return (error as StartError).problems;
}

describe("prepareModules", () => {
  beforeEach(() => {
    journal = [];
  });

  @Module()
  class Refuses {
    constructor(@inject(Users) readonly users: Users) {}

    @SpamChecker.checkEventForSpam()
    check() {
      return Codes.FORBIDDEN;
    }

    @WebResource("/_synapse/client/hello")
    hello() {
      return new Response("hello");
    }
  }

  const request = () => new Request("https://hs.example/_synapse/client/hello");

  it("prepareModules returns hooks and web paths that no module answers until the modules start, and that the host shares", async () => {
    const { hooks, fetch, start } = prepareModules({ modules: [{ module: Refuses }] });
    const { checkEventForSpam } = hooks.spamChecker;
    expect(checkEventForSpam(event)).to.equal(NOT_SPAM);
    expect(await fetch(request())).to.equal(undefined);

    const users = {} as Users;
    await using host = await start({ services: [bindService(Users, users)] });
    expect(host.hooks).to.equal(hooks);
    expect(checkEventForSpam(event)).to.deep.equal(deny(Codes.FORBIDDEN));
    expect(await (await fetch(request()))?.text()).to.equal("hello");
  });

  it("prepareModules leaves the hooks without callbacks when a module fails to start", async () => {
    const { hooks, start } = prepareModules({ modules: [{ module: Journalled }, { module: FailsToStart }] });
    const problems = await problemsOf(start());
    expect(problems.map(({ message }) => message)).to.deep.equal([
      "module FailsToStart failed in its @postConstruct method",
    ]);
    expect(hooks.spamChecker.checkEventForSpam(event)).to.equal(NOT_SPAM);
    expect(journal).to.deep.equal(["construct Journalled", "start Journalled", "stop Journalled"]);
  });

  it("prepareModules starts its modules once", async () => {
    const { start } = prepareModules({});
    await using _ = await start();
    expect(await start().catch((error: unknown) => (error as LigandError).message)).to.equal(
      "`start()` was called twice for the same prepared modules",
    );
  });
});

describe("startModules", () => {
  beforeEach(() => {
    journal = [];
  });

  it("startModules constructs and starts modules in the order given, and stops them in reverse", async () => {
    await using host = await startModules({ modules: [{ module: Journalled }, { module: Journalled, id: "last" }] });
    await host.hooks.spamChecker.checkEventForSpam(event);
    await host.stop();
    expect(journal).to.deep.equal([
      "construct Journalled",
      "start Journalled",
      "construct last",
      "start last",
      "check Journalled",
      "check last",
      "stop last",
      "stop Journalled",
    ]);
  });

  it("startModules returns a module its config, its info, and a logger that carries its id", async () => {
    @Module()
    class Speaks {
      constructor(
        @inject(ModuleConfig) readonly config: unknown,
        @inject(ModuleInfo) readonly info: ModuleInfo,
        @inject(ModuleLogger) log: ModuleLogger,
      ) {
        log.info("hello", { config });
        journal.push(JSON.stringify([config, info]));
      }
    }
    const { logger, records: lines } = captureLogs();
    await using _ = await startModules({ modules: [{ module: Speaks, config: { tone: "low" }, id: "s" }], logger });
    expect(journal).to.deep.equal(['[{"tone":"low"},{"id":"s","name":"Speaks"}]']);
    expect(lines.map(({ level, module, message }) => ({ level, module, message }))).to.deep.equal([
      {
        level: "warn",
        module: undefined,
        message:
          "nothing validates the config of module s: it declares neither a config class nor parseConfig [LIGAND_CONFIG_UNCHECKED] " +
          "The module's author names a class in `@Module({ config })`, or writes a static method `parseConfig`.",
      },
      { level: "info", module: "s", message: "hello" },
    ]);
  });

  it("startModules warns of keys of a config that no rule looks at, class by class, and of a config that is never read", async () => {
    class Inner {
      text?: string = "x";
    }
    class Loose {
      words: string[] = [];
      @IsOptional() size?: number = 5;
      @Allow() anything: unknown = null;
      @IsArray() @ValidateNested({ each: true }) @Type(() => Inner) inner: Inner[] = [];
    }
    @Module({ config: Loose })
    class Careless {}
    @Module()
    class Deaf {}
    const { logger, records } = captureLogs();
    const modules = [
      { module: Careless },
      { module: Careless, config: { words: 5 } },
      { module: Deaf, config: { volume: 11 } },
    ];
    await using _ = await startModules({ modules, logger });
    const remedy =
      "The module's author adds a class-validator decorator to each property; `@Allow()` if any value is valid.";
    const about = records.filter(({ message }) => !message.includes("LIGAND_MODULE_IDLE"));
    expect(about.map(({ level, message }) => [level, message])).to.deep.equal([
      [
        "warn",
        `the config class \`Loose\` has no rule for \`size\`, \`words\`, so any value is accepted [LIGAND_CONFIG_UNCHECKED] ${remedy}`,
      ],
      [
        "warn",
        `the config class \`Inner\` has no rule for \`text\`, so any value is accepted [LIGAND_CONFIG_UNCHECKED] ${remedy}`,
      ],
      [
        "warn",
        "modules[2].config: module Deaf reads no config; `volume` has no effect [LIGAND_CONFIG_UNUSED] Remove it, or correct what it depends on.",
      ],
    ]);
  });

  it("startModules creates separate instances for a module that is listed twice", async () => {
    @Module()
    class Counts {
      count = 0;
      @SpamChecker.userMayJoinRoom()
      join() {
        this.count++;
        return this.count > 1 ? Codes.LIMIT_EXCEEDED : NOT_SPAM;
      }
    }
    await using host = await startModules({ modules: [{ module: Counts }, { module: Counts }] });
    expect(await host.hooks.spamChecker.userMayJoinRoom("@a:hs", "!r:hs", false)).to.equal(NOT_SPAM);
    expect(await host.hooks.spamChecker.userMayJoinRoom("@a:hs", "!r:hs", false)).to.deep.equal(
      deny(Codes.LIMIT_EXCEEDED),
    );
    expect(host.hooks.spamChecker.userMayJoinRoom.callbacks).to.deep.equal([
      { module: "Counts", name: "Counts.join" },
      { module: "Counts-2", name: "Counts.join" },
    ]);
  });

  it("startModules reports every module that fails, starts none, and stops those that had started in reverse", async () => {
    const problems = await problemsOf(
      startModules({
        modules: [
          { module: Journalled, id: "one" },
          { module: ThrowsInConstructor },
          { module: Journalled, id: "two" },
          { module: FailsToStart },
          { module: NeverStarts },
        ],
        startTimeoutMs: 20,
      }),
    );
    expect(
      problems.map(({ code, message, cause }) => ({ code, message, cause: (cause as Error)?.message })),
    ).to.deep.equal([
      {
        code: "LIGAND_MODULE_CONSTRUCTION_FAILED",
        message: "couldn't construct module ThrowsInConstructor",
        cause: "no such table: users",
      },
      {
        code: "LIGAND_MODULE_START_FAILED",
        message: "module FailsToStart failed in its @postConstruct method",
        cause: "port 0 is taken",
      },
      {
        code: "LIGAND_MODULE_START_TIMEOUT",
        message: "module NeverStarts didn't start within 20 ms",
        cause: undefined,
      },
    ]);
    expect(journal).to.deep.equal(["construct one", "start one", "construct two", "start two", "stop two", "stop one"]);
  });

  it("startModules names module and service when a service isn't bound, and constructs nothing", async () => {
    const problems = await problemsOf(startModules({ modules: [{ module: Journalled }, { module: NeedsUsers }] }));
    expect(problems.map(({ code, message }) => ({ code, message }))).to.deep.equal([
      {
        code: "LIGAND_MODULE_SERVICE_MISSING",
        message: "module NeedsUsers needs Users, but this homeserver doesn't provide it",
      },
    ]);
    expect(journal).to.deep.equal([]);
  });

  it("startModules offers its own clock and scheduler, unless the homeserver binds them", async () => {
    class StoppedClock extends Clock {
      nowMs() {
        return 7;
      }
      setTimer() {
        return { cancel() {} };
      }
    }
    @Module()
    class AsksTheTime {
      constructor(@inject(Clock) clock: Clock, @inject(Scheduler) scheduler: Scheduler) {
        journal.push(`${clock.nowMs()} ${scheduler.constructor.name}`);
      }
    }
    await using host = await startModules({
      modules: [{ module: AsksTheTime }],
      services: [bindService(Clock, new StoppedClock())],
    });
    await host.stop();
    expect(journal).to.deep.equal(["7 ClockScheduler"]);
  });

  it("startModules keeps the order of services that a homeserver binds by container modules of its own", async () => {
    const token = Symbol("greeting");
    @Module()
    class Greeted {
      constructor(@inject(token) greeting: string) {
        journal.push(greeting);
      }
    }
    const slow = new ContainerModule(async ({ bind }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      bind(token)
        .toConstantValue("slow")
        .when(() => true);
    });
    await using _ = await startModules({ modules: [{ module: Greeted }], services: [slow] });
    expect(journal).to.deep.equal(["slow"]);
  });

  it("startModules reports services that need each other in a circle", async () => {
    const [one, other] = [Symbol("one"), Symbol("other")];
    @injectable()
    class One {
      constructor(@inject(other) readonly needed: unknown) {}
    }
    @injectable()
    class Other {
      constructor(@inject(one) readonly needed: unknown) {}
    }
    @Module()
    class AsksForOne {
      constructor(@inject(one) readonly needed: unknown) {}
    }
    const circle = new ContainerModule(({ bind }) => {
      bind(one).to(One);
      bind(other).to(Other);
    });
    const [problem, ...others] = await problemsOf(
      startModules({ modules: [{ module: AsksForOne }], services: [circle] }),
    );
    expect(others).to.deep.equal([]);
    expect(problem?.code).to.equal("LIGAND_MODULE_CONSTRUCTION_FAILED");
    expect((problem!.cause as Error).message).to.match(/circular/i);
  });

  it("startModules refuses all registrations that break a rule before anything is constructed", async () => {
    @Module()
    class HalfRouter {
      constructor() {
        journal.push("constructed");
      }
      @PresenceRouter.getInterestedUsers()
      interested() {
        return new Set<`@${string}:${string}`>();
      }
    }
    @Module()
    class Passwords {
      @PasswordAuth.authChecker("m.login.password", ["password"])
      check() {
        return null;
      }
    }
    @Module()
    class Pins {
      @PasswordAuth.authChecker("m.login.password", ["pin"])
      check() {
        return null;
      }
      @WebResource("/_matrix/client/v3/login")
      serve() {
        return new Response();
      }
    }
    const starting = startModules({ modules: [{ module: HalfRouter }, { module: Passwords }, { module: Pins }] });
    const problems = await problemsOf(starting);
    expect(await failureOf(starting)).to.be.instanceOf(ConfigError);
    expect(problems.map(({ code, message }) => ({ code, message }))).to.deep.equal([
      {
        code: "LIGAND_HOOK_REQUIRES",
        message:
          "module HalfRouter registers PresenceRouter.getInterestedUsers without PresenceRouter.getUsersForStates; expected both",
      },
      {
        code: "LIGAND_LOGIN_TYPE_CONFLICT",
        message:
          'the login type m.login.password is offered by Passwords.check of module Passwords with the fields ["password"], and by Pins.check of module Pins with the fields ["pin"]',
      },
      {
        code: "LIGAND_WEB_PATH_RESERVED",
        message: problems[2]?.message,
      },
    ]);
    expect(problems[2]?.message).to.contain('module "Pins" serves the web path "/_matrix/client/v3/login"');
    expect(journal).to.deep.equal([]);
  });

  it("startModules serves web resources and falls through for other paths", async () => {
    @Module()
    class Greets {
      @WebResource("/_synapse/client/greeting")
      greet(request: Request) {
        return Response.json({ hello: new URL(request.url).searchParams.get("name") });
      }
    }
    await using host = await startModules({ modules: [{ module: Greets }] });
    const response = await host.fetch(new Request("http://hs/_synapse/client/greeting?name=bob"));
    expect(await response?.json()).to.deep.equal({ hello: "bob" });
    expect(await host.fetch(new Request("http://hs/_synapse/client/other"))).to.equal(undefined);
    expect(host.webPaths.map(({ path, module }) => [path, module.id])).to.deep.equal([
      ["/_synapse/client/greeting", "Greets"],
    ]);
  });

  it("startModules doesn't let a module change what another one sees", async () => {
    @Module()
    class Mutates {
      @SpamChecker.userMayCreateRoom()
      create(_user: string, config: { name?: unknown }) {
        config.name = "mutated";
        return NOT_SPAM;
      }
      @SpamChecker.checkEventForSpam()
      check(given: RoomEvent) {
        (given.content as { body: string }).body = "mutated";
        return NOT_SPAM;
      }
    }
    await using host = await startModules({ modules: [{ module: Mutates }], logger: captureLogs().logger });
    const config = { name: "mine" };
    expect(await host.hooks.spamChecker.userMayCreateRoom("@a:hs", config)).to.equal(NOT_SPAM);
    expect(config).to.deep.equal({ name: "mine" });
    expect(() => host.hooks.spamChecker.checkEventForSpam(event)).to.throw(TypeError, "read only");
    expect(event.content).to.deep.equal({ body: "hi" });
  });

  it("startModules logs a callback that hangs, and lets the request wait", async () => {
    let release = (): void => {};
    @Module()
    class Waits {
      @SpamChecker.checkEventForSpam()
      async check() {
        await new Promise<void>((resolve) => (release = resolve));
        return NOT_SPAM;
      }
    }
    const { logger, records: lines } = captureLogs();
    await using host = await startModules({ modules: [{ module: Waits }], logger, pendingLimitMs: 20 });
    const verdict = host.hooks.spamChecker.checkEventForSpam(event, { requestId: "POST-7" });
    await until(() => lines.length > 0);
    release();
    expect(await verdict).to.equal(NOT_SPAM);
    expect(
      lines.map(({ level, message, module, hook, requestId }) => ({
        level,
        message: message.replace(/waited \d+ ms/, "waited … ms"),
        module,
        hook,
        requestId,
      })),
    ).to.deep.equal([
      {
        level: "warn",
        message:
          "callback Waits.check of module Waits on SpamChecker.checkEventForSpam hasn't settled; its request has waited … ms for callbacks",
        module: "Waits",
        hook: "SpamChecker.checkEventForSpam",
        requestId: "POST-7",
      },
    ]);
  });
});

describe("pendingLimitMs", () => {
  it("pendingLimitMs is also for a call by @Every that hangs", async () => {
    @Module()
    class Hangs {
      @Every(1)
      refresh() {
        return new Promise(() => {});
      }
    }
    const { logger, records } = captureLogs();
    const clock = new FakeClock();
    const modules = [{ module: Hangs }];
    await using host = await startModules({
      modules,
      logger,
      pendingLimitMs: 20,
      services: [bindService(Clock, clock)],
    });
    await clock.advance(100);
    expect(records.map(({ message }) => message)).to.deep.equal([
      "The looping call Hangs.refresh hasn't finished after 20 ms; it won't be called again until it has",
    ]);
    const stopped = host.stop();
    await clock.advance(10_000);
    await stopped;
  });
});

describe("Host.stop", () => {
  it("Host.stop may be called again, and hooks throw from then on", async () => {
    journal = [];
    await using host = await startModules({ modules: [{ module: Journalled }] });
    await Promise.all([host.stop(), host.stop()]);
    await host.stop();
    expect(journal.filter((line) => line.startsWith("stop"))).to.deep.equal(["stop Journalled"]);
    expect(() => host.hooks.spamChecker.checkEventForSpam(event))
      .to.throw(LigandError, "SpamChecker.checkEventForSpam was called after the host stopped")
      .with.property("code", "LIGAND_HOST_STOPPED");
    expect(() => host.hooks.ratelimit.getRatelimitOverrideForUser("@a:hs", "rc_invites.per_user")).to.throw(
      LigandError,
      "Ratelimit.getRatelimitOverrideForUser was called after the host stopped",
    );
  });

  it("Host.stop ends web resources before the modules: a path that they served gets 503, others aren't theirs", async () => {
    let isStopped = false;
    @Module()
    class Serves {
      @WebResource("/_synapse/client/page")
      answer() {
        return Response.json({ isStopped });
      }
      @preDestroy()
      async stop() {
        expect((await ask("/_synapse/client/page"))!.status).to.equal(503);
        isStopped = true;
      }
    }
    await using host = await startModules({ modules: [{ module: Serves }] });
    const ask = (path: string) => host.fetch(new Request(`http://hs${path}`));
    expect(await (await ask("/_synapse/client/page"))!.json()).to.deep.equal({ isStopped: false });
    await host.stop();
    expect(isStopped).to.equal(true);
    const response = (await ask("/_synapse/client/page"))!;
    expect([response.status, await response.json(), response.headers.get("Access-Control-Allow-Origin")]).to.deep.equal(
      [503, { errcode: "M_UNKNOWN", error: "The server is shutting down" }, "*"],
    );
    expect(await ask("/_synapse/client/other")).to.equal(undefined);
  });

  it("Host.stop continues when a module fails to stop, and logs it", async () => {
    @Module()
    class FailsToStop {
      @preDestroy()
      stop() {
        throw new RangeError("socket is gone");
      }
    }
    journal = [];
    const { logger, records: lines } = captureLogs();
    await using host = await startModules({ modules: [{ module: Journalled }, { module: FailsToStop }], logger });
    await host.stop();
    expect(journal.at(-1)).to.equal("stop Journalled");
    expect(lines.map(({ level, message, module }) => ({ level, message, module }))).to.deep.equal([
      { level: "error", message: "module FailsToStop failed to stop: socket is gone", module: "FailsToStop" },
    ]);
  });

  it("Host.stop ends what @Every declared", async () => {
    class ManualClock extends Clock {
      now = 0;
      timers: { at: number; callback: () => void }[] = [];
      nowMs() {
        return this.now;
      }
      setTimer(ms: number, callback: () => void) {
        const timer = { at: this.now + ms, callback };
        this.timers.push(timer);
        return { cancel: () => void (this.timers = this.timers.filter((other) => other !== timer)) };
      }
      async advance(ms: number) {
        this.now += ms;
        for (const { callback } of this.timers.filter(({ at }) => at <= this.now)) callback();
        this.timers = this.timers.filter(({ at }) => at > this.now);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    @Module()
    class Sweeps {
      @Every("30s")
      sweep() {
        journal.push("sweep");
      }
    }
    journal = [];
    const clock = new ManualClock();
    await using host = await startModules({ modules: [{ module: Sweeps }], services: [bindService(Clock, clock)] });
    await clock.advance(30_000);
    await clock.advance(30_000);
    await host.stop();
    expect(clock.timers).to.deep.equal([]);
    await clock.advance(30_000);
    expect(journal).to.deep.equal(["sweep", "sweep"]);
  });
});

describe("a database that modules inject", () => {
  class Opened extends Database {
    constructor(private readonly failure?: Error) {
      super();
    }
    override async open() {
      journal.push("open");
      if (this.failure) throw this.failure;
    }
    protected transact(): Promise<never> {
      throw new Error("no transaction is expected");
    }
  }
  @Module()
  class Keeps {
    constructor(@inject(Database) readonly database: Database) {
      journal.push("construct Keeps");
    }
  }
  const start = (modules: readonly ProgrammaticEntry[], database: Database) =>
    startModules({ modules, services: [bindService(Database, database)] });

  beforeEach(() => {
    journal = [];
  });

  it("a database that modules inject is open before the first module that injects it is constructed", async () => {
    await using host = await start([{ module: Journalled }, { module: Keeps }], new Opened());
    await host.stop();
    expect(journal.slice(0, 4)).to.deep.equal(["construct Journalled", "start Journalled", "open", "construct Keeps"]);
  });

  it("a database that modules inject isn't opened when no module injects it", async () => {
    await using host = await start([{ module: Journalled }], new Opened());
    await host.stop();
    expect(journal).to.deep.equal(["construct Journalled", "start Journalled", "stop Journalled"]);
  });

  it("a database that modules inject that can't be opened keeps the modules from starting, and says why", async () => {
    const problems = await problemsOf(start([{ module: Keeps }], new Opened(new Error("the disk is full"))));
    expect(problems.map(({ code, message, cause }) => [code, message, (cause as Error).message])).to.deep.equal([
      ["LIGAND_MODULE_CONSTRUCTION_FAILED", "couldn't construct module Keeps", "the disk is full"],
    ]);
    expect(journal).to.deep.equal(["open"]);
  });
});
