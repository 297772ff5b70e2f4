import { expect } from "chai";
import { Codes, ConfigError, deny, Module, SpamChecker, WebResource, type UserId } from "#src/index.js";
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
