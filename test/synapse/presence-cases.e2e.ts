import { expect } from "chai";
import { PRESENCE_ALL_USERS, type UserId, type UserPresenceState } from "#src/index.js";
import { modulesOf } from "./bridged-synapse.js";
import { MatrixClient } from "./matrix-client.js";
import { PresenceReader, setPresence } from "./presence-reader.js";
import { services } from "./service-board.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";

const UNLIMITED = { per_second: 10_000, burst_count: 10_000 };

describe("cases of presence on Synapse", () => {
  let switched: SwitchedSynapse;

  before(async () => {
    switched = await SwitchedSynapse.start(
      { rc_presence: { per_user: UNLIMITED } },
      {
        further: [{ module: `${modulesOf("costly-switches")}#PresenceSwitch` }],
      },
    );
  });
  after(() => switched.stop());
  afterEach(hangUp);

  async function shareRoom(one: MatrixClient, other: MatrixClient): Promise<void> {
    const room = await one.createRoom({ preset: "public_chat" });
    await other.post(`/_matrix/client/v3/join/${encodeURIComponent(room)}`);
  }

  it("case 178 on Synapse: a router shows everyone to one user; another sees themselves and those who share a room", async () => {
    const names = ["receiver", "one", "two", "three"].map((name) => switched.newName(name));
    const [receiver, one, two, three] = (await Promise.all(names.map((name) => switched.client.register(name)))) as [
      MatrixClient,
      MatrixClient,
      MatrixClient,
      MatrixClient,
    ];
    await shareRoom(two, three);
    when("getUsersForStates", (states: Iterable<UserPresenceState>) => new Map([[receiver.userId, new Set(states)]]));
    when("getInterestedUsers", (user: UserId) => (user === receiver.userId ? PRESENCE_ALL_USERS : new Set()));

    await setPresence(one, "online", "boop");
    const atReceiver = new PresenceReader(receiver);
    expect(await atReceiver.next()).to.deep.equal([{ userId: one.userId, presence: "online", statusMsg: "boop" }]);

    for (const user of [receiver, two, three]) await setPresence(user, "online");
    const sorted = (...users: MatrixClient[]) => users.map(({ userId }) => userId).sort();
    expect(await atReceiver.nextUsers()).to.deep.equal(sorted(receiver, two, three));
    expect(await new PresenceReader(two).nextUsers()).to.deep.equal(sorted(two, three));
    expect(await new PresenceReader(one).nextUsers()).to.deep.equal(sorted(one));
  });

  /** Two users in a room, the receiver with two devices. */
  async function inOneRoom() {
    const sender = await switched.user();
    const phone = await switched.user();
    await shareRoom(sender, phone);
    const login = await switched.client.tryToLogin(phone.userId, "m.login.password", { password: "secret" });
    const tablet = login.body as { access_token: string };
    const devices = [phone.accessToken, tablet.access_token].map(
      (token) => new PresenceReader(new MatrixClient(phone.url, phone.userId, token)),
    );
    const eachSees = () => Promise.all(devices.map((device) => device.next()));
    return { sender, receiver: phone.userId as UserId, eachSees };
  }

  it("case 325 on Synapse: each device of a receiver gets the snapshot of who is online once", async () => {
    const { sender, receiver, eachSees } = await inOneRoom();
    await setPresence(sender, "online");
    const snapshot = [{ userId: sender.userId, presence: "online" }];
    expect(await eachSees()).to.deep.equal([snapshot, snapshot]);
    expect(await eachSees()).to.deep.equal([[], []]);
    for (let times = 0; times < 2; times += 1) {
      await services().presence.sendLocalOnlinePresenceTo([receiver]);
      expect(await eachSees()).to.deep.equal([snapshot, snapshot]);
      expect(await eachSees()).to.deep.equal([[], []]);
    }
  });

  it("case 326 on Synapse: who is offline isn't in the snapshot", async () => {
    const { sender, receiver, eachSees } = await inOneRoom();
    await setPresence(sender, "offline");
    await eachSees();
    await services().presence.sendLocalOnlinePresenceTo([receiver]);
    expect(await eachSees()).to.deep.equal([[], []]);
    await setPresence(sender, "online");
    expect(await eachSees()).to.not.deep.equal([[], []]);
  });
});
