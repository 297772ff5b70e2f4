import { expect } from "chai";
import { IsString } from "class-validator";
import {
  Codes,
  ConfigError,
  Database,
  HttpClient,
  Every,
  Module,
  ModuleConfig,
  NOT_SPAM,
  StartError,
  SpamChecker,
  ThirdPartyRules,
  Users,
  bindService,
  deny,
  inject,
  optional,
  type RoomEvent,
  type UserId,
} from "#src/index.js";
import { testModule, testModules } from "#src/testing.js";

class EvilUsersConfig {
  @IsString({ each: true }) evil_users: string[] = [];
}

@Module({ config: EvilUsersConfig })
class EvilUsers {
  constructor(
    @inject(ModuleConfig) private readonly config: EvilUsersConfig,
    @inject(Users) readonly users: Users,
  ) {}

  @SpamChecker.checkEventForSpam()
  refuseEvil(event: RoomEvent) {
    return this.config.evil_users.includes(event.sender) ? deny(Codes.FORBIDDEN, { error: "no", reason: 7 }) : NOT_SPAM;
  }
}

@Module()
class Watcher {
  readonly seen: string[] = [];
  ticks = 0;

  @ThirdPartyRules.onNewEvent()
  remember(event: RoomEvent) {
    this.seen.push(event.type);
  }

  @Every("1s")
  tick() {
    this.ticks += 1;
  }
}

@Module()
class Storing {
  constructor(@inject(Database) readonly database: Database) {}
}

@Module()
class MaybeStoring {
  constructor(@inject(Database) @optional() readonly database?: Database) {}
}

@Module()
class Failing {
  @ThirdPartyRules.onProfileUpdate()
  fail() {
    throw new TypeError("broken");
  }
}

describe("testModule", () => {
  it("testModule shows what a module makes a client see", async () => {
    await using kit = await testModule(EvilUsers, { evil_users: ["@eve:example.org"] });
    const eve = await kit.homeserver.user("eve");
    const room = await eve.createRoom();
    const error = await eve.sendText(room, "hi").catch((refusal: unknown) => refusal);
    expect(error).to.include({ status: 403, errcode: "M_FORBIDDEN", message: "no" });
    expect(error).to.have.deep.property("fields", { reason: 7 });
  });

  it("testModule returns the instance of the module", async () => {
    await using kit = await testModule(EvilUsers, {});
    expect(kit.module).to.be.instanceOf(EvilUsers);
    expect(kit.module.users).to.be.instanceOf(kit.homeserver.services.users.constructor);
  });

  it("testModule validates the config as start-up does", async () => {
    const error = await testModule(EvilUsers, { evil_user: [] }).catch((refusal: unknown) => refusal);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ code }) => code)).to.deep.equal(["LIGAND_CONFIG_UNKNOWN_KEY"]);
  });

  it("testModule has let background work end when a request returns", async () => {
    await using kit = await testModule(Watcher);
    const alice = await kit.homeserver.user("alice");
    await alice.createRoom({ topic: "Tea" });
    expect(kit.module.seen).to.deep.equal([
      "m.room.create",
      "m.room.member",
      "m.room.power_levels",
      "m.room.join_rules",
      "m.room.history_visibility",
      "m.room.guest_access",
      "m.room.topic",
    ]);
  });

  it("testModule drives @Every by its clock", async () => {
    await using kit = await testModule(Watcher);
    await kit.clock.advance(2_500);
    expect(kit.module.ticks).to.equal(2);
  });

  it("modules of the kit are those that run now: a reload replaces them, and the kit's clock goes on", async () => {
    await using kit = await testModule(Watcher);
    const { module: first } = kit;
    await kit.clock.advance(1_500);
    await kit.host.reload({ modules: [{ module: Failing }, { module: Watcher }] });
    expect(kit.modules.map(({ constructor }) => constructor.name)).to.deep.equal(["Failing", "Watcher"]);
    expect(kit.modules.at(-1)).to.equal(first);
    await kit.clock.advance(1_000);
    expect(first.ticks).to.equal(2);
    expect(kit.host.health().modules.map(({ id, state }) => `${id} ${state}`)).to.deep.equal([
      "Failing running",
      "Watcher running",
    ]);
  });

  it("testModule captures what is logged, with the module that it is about", async () => {
    await using kit = await testModule(Failing);
    const alice = await kit.homeserver.user("alice");
    await alice.setDisplayname("Alice");
    const [record] = kit.logs.filter(({ level }) => level === "error");
    expect(record).to.deep.include({
      module: "Failing",
      hook: "ThirdPartyRules.onProfileUpdate",
      requestId: "alice-1",
    });
  });

  it("testModule lets a test replace one of the kit's services", async () => {
    const users = { isUserAdmin: async () => true, notes: ["own"] };
    await using kit = await testModule(EvilUsers, {}, { services: [bindService(Users, users as unknown as Users)] });
    const given = kit.module.users as unknown as typeof users;
    expect(await given.isUserAdmin()).to.equal(true);
    // What a test replaces later counts, and what a module writes is the test's.
    users.isUserAdmin = async () => false;
    expect(await given.isUserAdmin()).to.equal(false);
    given.notes = ["of the module"];
    expect(users.notes).to.deep.equal(["of the module"]);
  });

  it("testModule refuses a module that needs a database, as a homeserver without one does, and says how to have one", async () => {
    const error: unknown = await testModule(Storing).catch((refusal: unknown) => refusal);
    expect(error).to.be.instanceOf(StartError);
    expect((error as StartError).problems).to.deep.equal([
      {
        code: "LIGAND_MODULE_SERVICE_MISSING",
        message: "module Storing needs Database, but this homeserver doesn't provide it",
        remedy:
          "Pass one to the test, such as PGlite in memory: testModule(Class, config, { services: [bindService(Database, new PgliteDatabase())] }).",
      },
    ]);
  });

  it("testModule returns `undefined` for a database that a module can do without", async () => {
    await using kit = await testModule(MaybeStoring);
    expect(kit.module.database).to.equal(undefined);
  });
});

describe("testModules", () => {
  it("testModules starts modules in the order given", async () => {
    await using kit = await testModules([{ module: Watcher }, { module: EvilUsers, config: {} }]);
    const [watcher, evil] = kit.modules;
    expect(watcher).to.be.instanceOf(Watcher);
    expect(evil).to.be.instanceOf(EvilUsers);
  });
});

describe("kit.decisions", () => {
  it("has what services answered the callbacks of a module", async () => {
    @Module()
    class AdminsOnly {
      constructor(
        @inject(Users) private readonly users: Users,
        @inject(HttpClient) private readonly http: HttpClient,
      ) {}

      @SpamChecker.userMayInvite()
      async invite(inviter: UserId) {
        const response = await this.http.request("GET", "https://list.example/");
        const { open } = (await response.json()) as { readonly open: boolean };
        return open || (await this.users.isUserAdmin(inviter)) ? NOT_SPAM : deny(Codes.FORBIDDEN);
      }
    }
    await using kit = await testModule(AdminsOnly);
    kit.http.on("GET", "https://list.example/", { open: false });
    const ann = await kit.homeserver.user("ann", { admin: true });
    await kit.hooks.spamChecker.userMayInvite(ann.userId, "@bob:example.org", "!room:example.org");
    const [decision] = kit.decisions;
    expect(decision!.callbacks[0]!.reads).to.deep.equal([
      {
        service: "HttpClient.request",
        args: ["GET", "https://list.example/"],
        acts: true,
        answer: { status: 200, body: '{"open":false}' },
      },
      { service: "Users.isUserAdmin", args: ["@ann:example.org"], answer: true },
    ]);
  });

  it("has what the modules of a test decided, oldest first", async () => {
    @Module()
    class NoStrangers {
      @SpamChecker.userMayInvite()
      async invite(inviter: UserId) {
        return inviter === "@ann:example.org" ? NOT_SPAM : deny(Codes.FORBIDDEN, { error: `Not by ${inviter}` });
      }
    }
    await using kit = await testModule(NoStrangers);
    expect(kit.decisions).to.deep.equal([]);
    const { userMayInvite } = kit.hooks.spamChecker;
    await userMayInvite("@ann:example.org", "@bob:example.org", "!room:example.org", { requestId: "one" });
    await userMayInvite("@bob:example.org", "@ann:example.org", "!room:example.org", { requestId: "two" });
    expect(kit.decisions.map(({ requestId, args, result }) => [requestId, args[0], result])).to.deep.equal([
      ["one", "@ann:example.org", "NOT_SPAM"],
      ["two", "@bob:example.org", { code: "M_FORBIDDEN", error: "Not by @bob:example.org", fields: {} }],
    ]);
  });
});
