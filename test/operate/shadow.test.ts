import { expect } from "chai";
import { inject } from "inversify";
import { setImmediate } from "node:timers/promises";
import {
  Codes,
  deny,
  HttpClient,
  Module,
  PasswordAuth,
  postConstruct,
  Rooms,
  SpamChecker,
  startModules,
  type UserId,
} from "#src/index.js";
import { createLogger } from "#src/logging/create-logger.js";
import { testModules } from "#src/testing.js";
import { CapturedStream } from "../logging/captured-stream.js";

const ANN = "@ann:example.org";
const BOB = "@bob:example.org";
const ROOM = "!room:example.org";

@Module()
class NoInvites {
  asked: string[] = [];

  @SpamChecker.userMayInvite()
  refuse(inviter: UserId) {
    this.asked.push(inviter);
    return deny(Codes.FORBIDDEN);
  }
}

@Module()
class Kicker {
  constructor(
    @inject(Rooms) private readonly rooms: Rooms,
    @inject(HttpClient) readonly http: HttpClient,
  ) {}

  @SpamChecker.userMayInvite()
  async kick(inviter: UserId) {
    await this.rooms.updateRoomMembership(inviter, BOB, ROOM, "leave");
    return deny(Codes.FORBIDDEN);
  }
}

@Module()
class Broken {
  @postConstruct()
  start() {
    throw new Error("no list");
  }

  @PasswordAuth.authChecker("m.login.password", ["password"])
  check() {
    return null;
  }
}

/** Turns of the event loop in which calls in shadow are made. */
async function later(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

describe("modules in shadow", () => {
  it("a module in shadow is called after the request has its answer, and decides nothing", async () => {
    await using kit = await testModules([{ module: NoInvites, operate: { mode: "shadow" } }]);
    const [module] = kit.modules;
    expect(kit.hooks.spamChecker.userMayInvite(ANN, BOB, ROOM)).to.equal("NOT_SPAM");
    expect(module.asked).to.deep.equal([]);
    await later();
    expect(module.asked).to.deep.equal([ANN]);
    expect(kit.hooks.spamChecker.userMayInvite.callbacks).to.deep.equal([]);
  });

  it("a callback in shadow stands in for nothing while its circuit breaker is open", async () => {
    @Module()
    class Failing {
      @SpamChecker.userMayInvite()
      fail(): "NOT_SPAM" {
        throw new RangeError("no");
      }
    }
    const breaker = { min_calls: 2, open_for: "1d" } as const;
    await using host = await startModules({
      modules: [{ module: Failing, operate: { mode: "shadow", on_failure: "deny", circuit_breaker: breaker } }],
      logger: createLogger({ stream: new CapturedStream() }),
    });
    for (let call = 0; call < 4; call++) {
      await host.hooks.spamChecker.userMayInvite(ANN, BOB, ROOM);
      await later();
    }
    expect(host.health().modules.map(({ shadow, openBreakers }) => [shadow, openBreakers])).to.deep.equal([
      [{ failed: 2 }, 1],
    ]);
  });

  it("a module with a share may be in shadow for the rest", async () => {
    await using kit = await testModules([{ module: NoInvites, operate: { share: "40%", rest: "shadow" } }]);
    const [module] = kit.modules;
    const rooms = Array.from({ length: 50 }, (_, number) => `!room${number}:example.org` as const);
    const refused = rooms.filter((room) => kit.hooks.spamChecker.userMayInvite(ANN, BOB, room) !== "NOT_SPAM");
    expect(refused.length).to.be.within(5, 40);
    expect(module.asked.length).to.equal(refused.length);
    await later();
    expect(module.asked.length).to.equal(50);
  });

  it("a module in shadow has services that only pretend to act", async () => {
    await using kit = await testModules([
      { module: Kicker, operate: { mode: "shadow", shadow: { services: ["HttpClient"] } } },
    ]);
    const [module] = kit.modules;
    expect(kit.hooks.spamChecker.userMayInvite(ANN, BOB, ROOM)).to.equal("NOT_SPAM");
    await later();
    expect(kit.logs.map(({ message }) => message)).to.include(
      "in shadow: Rooms.updateRoomMembership would have been called",
    );
    kit.http.on("PUT", "https://list.example/", { done: true });
    expect(await module.http.putJson("https://list.example/", {})).to.deep.equal({ done: true });
    expect(kit.http.requests).to.have.length(1);
  });

  it("a module in shadow that doesn't start keeps no other from starting, and offers no login type", async () => {
    const stream = new CapturedStream();
    await using host = await startModules({
      modules: [
        { module: Broken, operate: { mode: "shadow" } },
        { module: NoInvites, operate: {} },
      ],
      logger: createLogger({ format: "json", stream }),
    });
    expect([host.modules.map(({ id }) => id), host.hooks.passwordAuth.loginTypes]).to.deep.equal([["NoInvites"], []]);
  });
});
