import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { Codes, ConfigError, deny, Module, NOT_SPAM, SpamChecker, WebResource, type UserId } from "#src/index.js";
import { testModule, testModules } from "#src/testing.js";
import { failureOf } from "../failure-of.js";

@Module()
class NoInvites {
  @SpamChecker.userMayInvite()
  refuse(inviter: UserId) {
    if (inviter.startsWith("@broken")) throw new Error("the list of inviters can't be read");
    return deny(Codes.FORBIDDEN);
  }

  @WebResource("/_synapse/client/invites")
  page() {
    return new Response("none");
  }
}

describe("testModule with operate:", () => {
  it("testModule runs a module as its `operate` says", async () => {
    await using kit = await testModule(
      NoInvites,
      {},
      {
        operate: { only: { sender: ["@ann:*", "@broken:*"] }, on_failure: "allow" },
      },
    );
    const [ann, bob, broken] = await Promise.all(["ann", "bob", "broken"].map((name) => kit.homeserver.user(name)));
    const invites = async (user: typeof ann) => {
      const room = await user!.createRoom();
      return user!.invite(room, "@carol:example.org").then(
        () => "invited",
        (error: { readonly errcode: string }) => error.errcode,
      );
    };
    expect([await invites(ann), await invites(bob), await invites(broken)]).to.deep.equal([
      "M_FORBIDDEN",
      "invited",
      "invited",
    ]);
  });

  it("testModules leaves out a disabled module, and a module in shadow decides nothing and serves no path", async () => {
    await using kit = await testModules([
      { module: NoInvites, operate: { mode: "disabled" } },
      { module: NoInvites, id: "tried", operate: { mode: "shadow" } },
    ]);
    expect(kit.host.modules.map(({ id }) => id)).to.deep.equal(["tried"]);
    expect(kit.hooks.spamChecker.userMayInvite.callbacks).to.deep.equal([]);
    expect(kit.host.webPaths).to.deep.equal([]);
  });

  it("testModule refuses an `operate` that can't be", async () => {
    const error = await failureOf(testModule(NoInvites, {}, { operate: { only: { type: "m.room.message" } } }));
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ message }) => message)).to.deep.equal([
      "`only.type` can't hold for SpamChecker.userMayInvite of module NoInvites: it's not about an event",
    ]);
  });
});

@Module()
class Wavering {
  isBroken = true;

  @SpamChecker.userMayCreateRoom()
  hang() {
    return new Promise<typeof NOT_SPAM>(() => undefined);
  }

  @SpamChecker.userMayPublishRoom()
  fail() {
    if (this.isBroken) throw new Error("the list of rooms can't be read");
    return deny(Codes.FORBIDDEN);
  }
}

const ANN = "@ann:example.org";
const ROOM = "!room:example.org";

describe("the time of testModule with operate:", () => {
  const notYet = Symbol("not yet");
  const soFar = (answer: unknown) => Promise.race([answer, setImmediate(notYet)]);

  it("the test's clock ends a timeout to the millisecond, and nothing else does", async () => {
    await using kit = await testModule(Wavering, {}, { operate: { timeout: "30s", on_failure: "deny" } });
    const { userMayCreateRoom } = kit.hooks.spamChecker;
    const first = userMayCreateRoom(ANN, {});
    await kit.clock.advance(10_000);
    const second = userMayCreateRoom(ANN, {});
    await kit.clock.advance(19_999);
    expect([await soFar(first), await soFar(second)]).to.deep.equal([notYet, notYet]);
    await kit.clock.advance(1);
    expect([await soFar(first), await soFar(second)]).to.deep.equal([deny(Codes.FORBIDDEN), notYet]);
    await kit.clock.advance(10_000);
    expect(await soFar(second)).to.deep.equal(deny(Codes.FORBIDDEN));
    const [{ timeouts, slowest } = {}] = kit.host.health().modules;
    expect({ timeouts, slowest }).to.deep.equal({
      timeouts: 2,
      slowest: { hook: "SpamChecker.userMayCreateRoom", callback: "Wavering.hang", ms: 30_000 },
    });
  });

  it("the test's clock gives a callback up 200 ms before the deadline of its request", async () => {
    await using kit = await testModule(Wavering, {}, { operate: { on_failure: "deny" } });
    const answer = kit.hooks.spamChecker.userMayCreateRoom(ANN, {}, { deadline: kit.clock.nowMs() + 5000 });
    await kit.clock.advance(4799);
    expect(await soFar(answer)).to.equal(notYet);
    await kit.clock.advance(1);
    expect(await soFar(answer)).to.deep.equal(deny(Codes.FORBIDDEN));
  });

  it("the test's clock opens, tries and closes a circuit breaker", async () => {
    const circuit_breaker = { failure_rate: "100%", min_calls: 3, window: "1m", open_for: "1h" } as const;
    await using kit = await testModule(Wavering, {}, { operate: { on_failure: "allow", circuit_breaker } });
    const asked = async () => {
      const answer = await kit.hooks.spamChecker.userMayPublishRoom(ANN, ROOM);
      await kit.clock.advance(0);
      const [{ calls, openBreakers } = {}] = kit.host.health().modules;
      return { answer, calls, openBreakers };
    };
    await asked();
    await asked();
    // The window forgets these two.
    await kit.clock.advance(60_000);
    const allowed = { answer: NOT_SPAM, openBreakers: 0 };
    expect(await asked()).to.deep.equal({ ...allowed, calls: 3 });
    expect(await asked()).to.deep.equal({ ...allowed, calls: 4 });
    expect(await asked()).to.deep.equal({ ...allowed, calls: 5, openBreakers: 1 });
    kit.module.isBroken = false;
    await kit.clock.advance(3_599_999);
    expect(await asked()).to.deep.equal({ ...allowed, calls: 5, openBreakers: 1 });
    await kit.clock.advance(1);
    expect(await asked()).to.deep.equal({ answer: deny(Codes.FORBIDDEN), calls: 6, openBreakers: 0 });
  });

  it("the test's clock gives up a module in shadow", async () => {
    await using kit = await testModule(Wavering, {}, { operate: { mode: "shadow" } });
    expect(await kit.hooks.spamChecker.userMayCreateRoom(ANN, {})).to.equal(NOT_SPAM);
    await kit.clock.advance(9_999);
    expect(kit.host.health().modules[0]?.shadow).to.deep.equal({});
    await kit.clock.advance(1);
    expect(kit.host.health().modules[0]?.shadow).to.deep.equal({ failed: 1 });
  });
});
