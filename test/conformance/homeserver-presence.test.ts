import { expect } from "chai";
import {
  Module,
  Presence,
  PRESENCE_ALL_USERS,
  PresenceRouter,
  inject,
  type PresenceAllUsers,
  type RoomId,
  type UserId,
  type UserPresenceState,
} from "#src/index.js";
import { userId, type TestKit, type TestUser } from "#src/testing.js";
import { testModule, testModules } from "./kit.js";

/** Shows everybody's presence to some users, local or remote. */
@Module()
class ShowsAllTo {
  receivers: UserId[] = [];

  constructor(@inject(Presence) readonly presence: Presence) {}

  @PresenceRouter.getUsersForStates()
  getUsersForStates(states: Iterable<UserPresenceState>): Map<UserId, Set<UserPresenceState>> {
    return new Map(this.receivers.map((receiver) => [receiver, new Set(states)]));
  }

  @PresenceRouter.getInterestedUsers()
  getInterestedUsers(user: UserId): Set<UserId> | PresenceAllUsers {
    return this.receivers.includes(user) ? PRESENCE_ALL_USERS : new Set();
  }
}

async function users<const Names extends readonly string[]>({ homeserver }: TestKit, ...names: Names) {
  const all: TestUser[] = [];
  for (const name of names) all.push(await homeserver.user(name));
  return all as unknown as { [Index in keyof Names]: TestUser };
}

async function shareRoom(one: TestUser, other: TestUser): Promise<void> {
  const room = await one.createRoom({ preset: "public_chat" });
  await other.join(room);
}

/** Whose presence a sync brings, in order of names. */
async function seenBy(user: TestUser): Promise<UserId[]> {
  return (await user.syncPresence()).map((state) => state.userId).sort();
}

describe("conformance: presence in a homeserver", () => {
  it("case 178: a router shows everyone to one user; another sees themselves and those who share a room", async () => {
    await using kit = await testModule(ShowsAllTo);
    const [receiver, one, two, three] = await users(kit, "receiver", "one", "two", "three");
    kit.module.receivers = [receiver.userId];
    await shareRoom(two, three);
    await one.setPresence("online", "boop");
    expect(await receiver.syncPresence()).to.deep.equal([{ userId: one.userId, state: "online", statusMsg: "boop" }]);
    await receiver.setPresence("online");
    await two.setPresence("online");
    await three.setPresence("online");
    expect(await seenBy(receiver)).to.deep.equal([receiver.userId, three.userId, two.userId]);
    expect(await seenBy(two)).to.deep.equal([three.userId, two.userId]);
    expect(await seenBy(one)).to.deep.equal([one.userId]);
  });

  it("case 180: routed users are shown who is online: local ones with their next sync, a remote one immediately", async () => {
    await using kit = await testModule(ShowsAllTo);
    const [one, two, other, gone] = await users(kit, "one", "two", "other", "gone");
    const remote: UserId = "@far_away_person:island";
    kit.module.receivers = [one.userId, two.userId, remote];
    for (const user of [one, two, other]) await user.setPresence("online");
    await gone.setPresence("offline");
    for (const user of [one, two, other]) await user.syncPresence();
    kit.remote.presenceSent.length = 0;

    await kit.module.presence.sendLocalOnlinePresenceTo([one.userId, two.userId]);
    const everybody = [one.userId, other.userId, two.userId];
    expect(await seenBy(one)).to.deep.equal(everybody);
    expect(await seenBy(two)).to.deep.equal(everybody);
    expect(await seenBy(other)).to.deep.equal([]);

    await kit.module.presence.sendLocalOnlinePresenceTo([remote]);
    const sent = kit.remote.presenceSent.map(({ server, states }) => [server, states.map((state) => state.userId)]);
    expect(sent).to.deep.equal([["island", [one.userId, two.userId, other.userId]]]);
    expect(kit.remote.presenceSent[0]!.states.map(({ state }) => state)).to.deep.equal(["online", "online", "online"]);
  });

  it("case 451: the homeserver immediately sends a change of presence to the server of a remote user whom a router names", async () => {
    await using kit = await testModule(ShowsAllTo);
    const [one] = await users(kit, "one");
    kit.module.receivers = ["@far:island"];
    await one.setPresence("online", "boop");
    expect(kit.remote.presenceSent).to.have.length(1);
    expect(kit.remote.presenceSent[0]).to.include({ server: "island" });
    expect(kit.remote.presenceSent[0]!.states[0]).to.include({ userId: one.userId, statusMsg: "boop" });
  });

  describe("with a room that is excluded from presence", () => {
    /** The only room that is shared by two users and a remote one. */
    async function excluded() {
      const rooms: RoomId[] = [];
      const kit = await testModules([], { settings: { roomsWithoutPresence: rooms } });
      const [one, two] = await users(kit, "one", "two");
      const room = await one.createRoom({ preset: "public_chat" });
      rooms.push(room);
      await two.join(room);
      const remote: UserId = "@remote:elsewhere";
      const content = { membership: "join" };
      const join = { room_id: room, type: "m.room.member", sender: remote, state_key: remote, content };
      await kit.homeserver.federation.receive(join);
      return { kit, one, two, [Symbol.asyncDispose]: () => kit.stop() };
    }

    it("case 181: its members see themselves and not each other", async () => {
      await using t = await excluded();
      await t.one.setPresence("online");
      expect(await seenBy(t.one)).to.deep.equal([t.one.userId]);
      expect(await seenBy(t.two)).to.deep.equal([]);
    });

    it("case 182: presence has no remote destination", async () => {
      await using t = await excluded();
      await t.one.setPresence("online");
      expect(t.kit.remote.presenceSent).to.deep.equal([]);
    });
  });

  it("case 325: each device of a receiver gets the snapshot of who is online once", async () => {
    await using kit = await testModules([]);
    const [sender, receiver] = await users(kit, "sender", "receiver");
    const tablet = await kit.homeserver.user("receiver");
    await shareRoom(sender, receiver);
    await sender.setPresence("online");
    for (const device of [receiver, tablet]) expect(await seenBy(device)).to.deep.equal([sender.userId]);
    for (const device of [receiver, tablet]) expect(await seenBy(device)).to.deep.equal([]);
    await kit.homeserver.services.presence.sendLocalOnlinePresenceTo([receiver.userId]);
    for (const device of [receiver, tablet]) expect(await seenBy(device)).to.deep.equal([sender.userId]);
    for (const device of [receiver, tablet]) expect(await seenBy(device)).to.deep.equal([]);
  });

  it("case 326: who is offline isn't in the snapshot", async () => {
    await using kit = await testModules([]);
    const [sender, receiver] = await users(kit, "sender", "receiver");
    await shareRoom(sender, receiver);
    await sender.setPresence("offline");
    await receiver.syncPresence();
    await kit.homeserver.services.presence.sendLocalOnlinePresenceTo([receiver.userId]);
    expect(await seenBy(receiver)).to.deep.equal([]);
  });

  it("case 328: a remote user in the room is sent a local user's presence", async () => {
    await using kit = await testModules([]);
    const [sender] = await users(kit, "sender");
    const room = await sender.createRoom({ preset: "public_chat" });
    const remote: UserId = "@remote:elsewhere";
    const content = { membership: "join" };
    const join = { room_id: room, type: "m.room.member", sender: remote, state_key: remote, content };
    await kit.homeserver.federation.receive(join);
    await sender.setPresence("online", "I'm online!");
    kit.remote.presenceSent.length = 0;
    await kit.homeserver.services.presence.sendLocalOnlinePresenceTo([remote]);
    const sent = kit.remote.presenceSent.map(({ server, states }) => [server, states[0]!.userId, states[0]!.statusMsg]);
    expect(sent).to.deep.equal([["elsewhere", userId("sender"), "I'm online!"]]);
  });
});
