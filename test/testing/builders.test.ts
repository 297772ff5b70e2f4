import { expect } from "chai";
import { membershipEvent, presence, requester, roomEvent, roomId, stateOf, userId } from "#src/testing.js";

describe("builders", () => {
  it("the builders of the test kit make ids of the test server, and keep full ids", () => {
    expect([userId("alice"), userId("alice", "other"), userId("@bob:x:8448"), roomId()]).to.deep.equal([
      "@alice:example.org",
      "@alice:other",
      "@bob:x:8448",
      "!room:example.org",
    ]);
  });

  it("the builders of the test kit make a message from alice, with the given changes", () => {
    expect(roomEvent()).to.deep.include({
      type: "m.room.message",
      sender: "@alice:example.org",
      roomId: "!room:example.org",
      content: { msgtype: "m.text", body: "hello" },
    });
    const topic = roomEvent({ type: "m.room.topic", state_key: "", content: { topic: "Tea" } });
    expect(topic).to.deep.include({ type: "m.room.topic", stateKey: "", content: { topic: "Tea" } });
  });

  it("the builders of the test kit give equal events the same id, and others a different one", () => {
    expect(roomEvent().eventId)
      .to.match(/^\$[\w-]{43}$/)
      .and.to.equal(roomEvent().eventId);
    expect(roomEvent({ sender: userId("bob") }).eventId).to.not.equal(roomEvent().eventId);
  });

  it("the builders of the test kit make memberships of the sender, or of a target", () => {
    expect(membershipEvent("join")).to.deep.include({
      stateKey: "@alice:example.org",
      content: { membership: "join" },
    });
    const invite = membershipEvent("invite", { state_key: userId("bob"), content: { is_direct: true } });
    expect(invite).to.deep.include({
      sender: "@alice:example.org",
      stateKey: "@bob:example.org",
      content: { membership: "invite", is_direct: true },
    });
  });

  it("the builders of the test kit make a state of events", () => {
    const join = membershipEvent("join");
    const state = stateOf(join);
    expect(state.get("m.room.member", userId("alice"))).to.equal(join);
    expect(state.size).to.equal(1);
  });

  it("the builders of the test kit make requesters and presences", () => {
    expect(requester("alice", { isGuest: true })).to.include({ userId: "@alice:example.org", isGuest: true });
    expect(presence("alice", "unavailable")).to.include({
      userId: "@alice:example.org",
      state: "unavailable",
      currentlyActive: false,
    });
  });
});
