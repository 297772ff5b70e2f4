import { expect } from "chai";
import { ConfigError } from "ligand";
import { roomEvent, stateOf, testModule } from "ligand/testing";
import { SlowMode } from "./slow-mode.js";

const slowMode = roomEvent({ type: "org.example.slow_mode", state_key: "", content: { seconds: 30 } });

describe("SlowMode", () => {
  // A test of a hook: events and state from the builders, the answer of the hook.
  it("lets everything pass in a room without slow mode", async () => {
    await using kit = await testModule(SlowMode);
    const { checkEventAllowed } = kit.hooks.thirdPartyRules;
    expect(await checkEventAllowed(roomEvent(), stateOf())).to.deep.equal([true, null]);
    expect(await checkEventAllowed(roomEvent(), stateOf())).to.deep.equal([true, null]);
  });

  it("refuses a second message within the pause, and says how long to wait", async () => {
    await using kit = await testModule(SlowMode);
    const { checkEventAllowed } = kit.hooks.thirdPartyRules;
    await checkEventAllowed(roomEvent(), stateOf(slowMode));
    await kit.clock.advance(10_000);
    const refusal = await Promise.resolve(checkEventAllowed(roomEvent(), stateOf(slowMode))).catch(
      (error: unknown) => error,
    );
    expect(refusal).to.include({ status: 429, errcode: "M_LIMIT_EXCEEDED", message: "This room is in slow mode" });
    expect(refusal).to.have.deep.property("fields", { retry_after_ms: 20_000 });
  });

  // A test through the homeserver in memory: what clients see.
  it("slows the members of a room down, each on their own", async () => {
    await using kit = await testModule(SlowMode);
    const alice = await kit.homeserver.user("alice");
    const bob = await kit.homeserver.user("bob");
    const room = await alice.createRoom({ preset: "public_chat" });
    await alice.sendState(room, "org.example.slow_mode", { seconds: 30 });
    await bob.join(room);

    await alice.sendText(room, "one");
    await bob.sendText(room, "two");
    expect(await bob.sendText(room, "three").catch((error: unknown) => error)).to.include({ status: 429 });
    await kit.clock.advance(30_000);
    await bob.sendText(room, "four");

    const messages = (await alice.messages(room)).filter(({ type }) => type === "m.room.message");
    expect(messages.map(({ content }) => content.body)).to.deep.equal(["one", "two", "four"]);
  });

  it("doesn't slow administrators of the server down", async () => {
    await using kit = await testModule(SlowMode);
    const root = await kit.homeserver.user("root", { admin: true });
    const room = await root.createRoom();
    await root.sendState(room, "org.example.slow_mode", { seconds: 30 });
    await root.sendText(room, "one");
    await root.sendText(room, "two");
    const bodies = (await root.messages(room)).map(({ content }) => content.body);
    expect(bodies).to.include.members(["one", "two"]);
  });

  it("never lets a room ask for more than the configured pause", async () => {
    await using kit = await testModule(SlowMode, { longest_pause: 10 });
    const { checkEventAllowed } = kit.hooks.thirdPartyRules;
    await checkEventAllowed(roomEvent(), stateOf(slowMode));
    await kit.clock.advance(10_000);
    expect(await checkEventAllowed(roomEvent(), stateOf(slowMode))).to.deep.equal([true, null]);
  });

  it("refuses a config that makes no sense", async () => {
    const problem = await testModule(SlowMode, { longest_pause: 0 }).catch((error: unknown) => error);
    expect(problem).to.be.instanceOf(ConfigError);
    expect((problem as ConfigError).problems.map(({ path, code }) => [path, code])).to.deep.equal([
      ["modules[0].config.longest_pause", "LIGAND_CONFIG_INVALID"],
    ]);
  });
});
