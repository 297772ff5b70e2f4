import { expect } from "chai";
import { Hono } from "hono";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LigandError, MatrixError, type RoomEvent, type RoomId, type UserId } from "#src/index.js";
import { failureOf } from "../failure-of.js";
import { certificateIn, FakeServer } from "./fake-server.js";
import { roomPath, untilStatus, type MatrixClient } from "./matrix-client.js";
import { services } from "./service-board.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";
import { until } from "../until.js";

const NOBODY = "@nobody:synapse.test";
const MESSAGE = "m.room.message";
const POWER_LEVELS = "m.room.power_levels";

describe("cases of services for rooms on Synapse", () => {
  let directory: string;
  let remote: FakeServer;
  /** The paths that the remote server was asked for. */
  const asked: string[] = [];
  let switched: SwitchedSynapse;
  let alice: MatrixClient;
  let aliceId: UserId;
  let room: RoomId;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "ligand-certificate-"));
    const certificateFile = join(directory, "localhost.pem");
    const app = new Hono();
    app.all("*", (context) => {
      asked.push(decodeURIComponent(context.req.path));
      return context.json({ errcode: "M_NOT_FOUND", error: "no such room" }, 404);
    });
    remote = await FakeServer.start(app, await certificateIn(certificateFile));
    switched = await SwitchedSynapse.start({
      // Synapse refuses to ask servers on the machine it runs on, unless configured to.
      ip_range_whitelist: ["127.0.0.1", "::1"],
      federation_custom_ca_list: [certificateFile],
    });
    alice = await switched.user();
    aliceId = alice.userId as UserId;
  });
  beforeEach(async () => {
    room = (await alice.createRoom()) as RoomId;
  });
  after(async () => {
    await switched?.stop();
    remote.close();
    await rm(directory, { recursive: true });
  });
  afterEach(hangUp);

  const stateOf = (type: string, stateKey = ""): Promise<Record<string, unknown>> =>
    alice.get(`${roomPath(room)}/state/${type}/${stateKey}`);

  describe("createAndSendEventIntoRoom", () => {
    it("case 139 on Synapse: createAndSendEventIntoRoom returns the event that was sent", async () => {
      const event = { type: MESSAGE, room_id: room, sender: aliceId, content: { body: "Hello!", msgtype: "m.text" } };
      const { type, roomId, sender, content } = await services().rooms.createAndSendEventIntoRoom(event);
      expect({ type, room_id: roomId, sender, content }).to.deep.equal(event);
    });

    /** A user who may send nothing more now, and whose events the homeserver hides. */
    async function silenced() {
      const admin = await switched.admin();
      const user = await switched.user();
      const room = (await user.createRoom({ invite: [aliceId] })) as RoomId;
      await alice.post(`${roomPath(room)}/join`);
      const path = `/_synapse/admin/v1/users/${user.userId}`;
      await admin.post(`${path}/override_ratelimit`, { messages_per_second: 1, burst_count: 1 });
      await untilStatus(429, () => user.sendMessage(room, "too much"));
      await admin.post(`${path}/shadow_ban`);
      return { sender: user.userId as UserId, room_id: room };
    }

    for (const [number, name, type, content, isState] of [
      [321, "a message", MESSAGE, { body: "Hello", msgtype: "m.text" }, false],
      [322, "state with an empty state key", POWER_LEVELS, { ban: 51 }, true],
    ] as const) {
      it(`case ${number} on Synapse: it sends ${name} past the limits of rates and the shadow ban of its sender`, async () => {
        const { sender, room_id } = await silenced();
        const event = { type, sender, room_id, content };
        const sent = await services().rooms.createAndSendEventIntoRoom(isState ? { ...event, state_key: "" } : event);
        expect(sent).to.deep.include({ roomId: room_id, type, sender, content });
        expect([sent.isState(), sent.stateKey]).to.deep.equal(isState ? [true, ""] : [false, undefined]);
        expect(await alice.readEvent(room_id, sent.eventId)).to.deep.include({ sender, type, content });
      });
    }

    it("case 323 on Synapse: it refuses a membership event", async () => {
      const event = { type: "m.room.member", room_id: room, sender: aliceId, state_key: aliceId };
      const sending = services().rooms.createAndSendEventIntoRoom({ ...event, content: { membership: "leave" } });
      expect(await failureOf(sending))
        .to.be.instanceOf(MatrixError)
        .and.to.include({ status: 500, errcode: "M_UNKNOWN" });
      expect(await stateOf("m.room.member", aliceId)).to.include({ membership: "join" });
    });

    it("case 142 on Synapse: a callback may send another state event meanwhile", async () => {
      let round = 0;
      when("checkEventAllowed", async (event: RoomEvent) => {
        if (event.type === POWER_LEVELS) {
          const state = { type: "m.test", state_key: "", sender: aliceId, room_id: room, content: { round } };
          await services().rooms.createAndSendEventIntoRoom(state);
        }
        return [true, null];
      });
      const levels = await stateOf(POWER_LEVELS);
      for (round = 1; round <= 5; round += 1) {
        const sent = await alice.sendState(room, POWER_LEVELS, { ...levels, events_default: round });
        expect(sent.status).to.equal(200);
        expect(await stateOf("m.test")).to.deep.equal({ round });
        expect(await stateOf(POWER_LEVELS)).to.include({ events_default: round });
      }
    });
  });

  it("case 164 on Synapse: a room that a module deletes is asked about in the task, without a user", async () => {
    const calls = when("checkCanShutdownRoom", () => true);
    await services().rooms.deleteRoom(room);
    await until(() => calls.length > 0);
    expect(calls).to.deep.equal([[null, room]]);
  });

  it("case 324 on Synapse: a private room is put into the public room list and taken out of it", async () => {
    const { publicRooms } = services();
    expect(await publicRooms.roomIsInPublicRoomList(room)).to.equal(false);
    await publicRooms.addRoomToPublicRoomList(room);
    expect(await publicRooms.roomIsInPublicRoomList(room)).to.equal(true);
    await publicRooms.removeRoomFromPublicRoomList(room);
    expect(await publicRooms.roomIsInPublicRoomList(room)).to.equal(false);
  });

  it("case 331 on Synapse: updateRoomMembership refuses a remote sender", async () => {
    const inviting = services().rooms.updateRoomMembership("@a:elsewhere.example", NOBODY, room, "invite");
    const error = await failureOf(inviting);
    expect(error).to.be.instanceOf(LigandError).and.to.include({ code: "LIGAND_ARGUMENT_INVALID" });
  });

  it("case 332 on Synapse: a target without a profile is invited under its localpart, without avatar", async () => {
    const event = await services().rooms.updateRoomMembership(aliceId, NOBODY, room, "invite");
    expect(event.content).to.deep.equal({ membership: "invite", displayname: "nobody", avatar_url: null });
  });

  it("case 333 on Synapse: a join through a remote host is attempted once (differs: the host has no such room, which is a 502)", async () => {
    const elsewhere = `!elsewhere:${remote.name}` as RoomId;
    const joining = services().rooms.updateRoomMembership(aliceId, aliceId, elsewhere, "join", {
      remoteRoomHosts: [remote.name],
    });
    expect(await failureOf(joining))
      .to.be.instanceOf(MatrixError)
      .and.to.include({ status: 502, errcode: "M_UNKNOWN" });
    expect(asked).to.deep.equal([`/_matrix/federation/v1/make_join/${elsewhere}/${aliceId}`]);
  });

  it("case 334 on Synapse: getRoomState returns the create event, the creator's membership and custom state", async () => {
    await alice.sendState(room, "org.test.thing", { yes: true }, "key");
    const state = await services().rooms.getRoomState(room);
    expect(state.get("m.room.create")).to.include({ sender: aliceId, stateKey: "" });
    expect(state.get("m.room.member", aliceId)).to.deep.include({ sender: aliceId, membership: "join" });
    const custom = state.get("org.test.thing", "key");
    expect(custom).to.deep.include({ sender: aliceId, stateKey: "key", content: { yes: true } });
  });

  it("case 338 on Synapse: lookupRoomAlias finds the room that was created with the alias", async () => {
    const { rooms } = services();
    const alias = "#my-room:synapse.test";
    const { roomId, alias: made } = await rooms.createRoom(aliceId, { room_alias_name: "my-room" });
    expect(String(made)).to.equal(alias);
    expect(await rooms.lookupRoomAlias(alias)).to.deep.equal({ roomId, hosts: ["synapse.test"] });
  });

  it("case 339 on Synapse: createRoom refuses a user of a server with a similar name", async () => {
    const error = await failureOf(services().rooms.createRoom("@alice:synapse.test.evil", {}));
    expect(error).to.be.instanceOf(LigandError).and.to.include({ code: "LIGAND_ARGUMENT_INVALID" });
  });

  it("case 341 on Synapse: the deprecated accessors of an event work", async () => {
    const create = (await services().rooms.getRoomState(room)).get("m.room.create")!;
    // oxlint-disable-next-line typescript/no-deprecated -- that it still works is what is tested
    expect(create.user_id).to.equal(create.sender).and.to.equal(aliceId);
    // oxlint-disable-next-line typescript/no-deprecated -- that it still works is what is tested
    expect(create["room_id"]).to.equal(room);
  });
});
