import { expect } from "chai";
import { RoomEvent } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { startIsolated } from "#src/on-demand.js";
import { Module, Rooms, ThirdPartyRules, bindService, inject, type EventAllowed, type RoomId } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { outcomeOf, serveModules, serverBinding } from "./served.js";

function member(number: number, reason = ""): RoomEvent {
  return new RoomEvent({
    type: "m.room.member",
    room_id: "!large:example.org",
    sender: `@user${number}:example.org`,
    state_key: `@user${number}:example.org`,
    event_id: `$${String(number).padStart(43, "0")}`,
    content: { membership: "join", reason },
  });
}

function stateOf(members: number, reason = ""): StateMap<RoomEvent> {
  return StateMap.ofEvents(Array.from({ length: members }, (_, number) => member(number, reason)));
}

/** Answers how many events it saw, and the state keys of the first and the last one. */
@Module()
class Counting {
  constructor(@inject(Rooms) private readonly rooms: Rooms) {}

  @ThirdPartyRules.checkEventAllowed()
  count(_event: RoomEvent, state: StateMap<RoomEvent>): EventAllowed {
    const users = [...state.ofType("m.room.member").keys()];
    return [true, { size: state.size, first: users.at(0)!, last: users.at(-1)! }];
  }

  @ThirdPartyRules.checkCanShutdownRoom()
  async countRead(_userId: unknown, roomId: RoomId) {
    const members = await this.rooms.getStateEventsInRoom(roomId, [["m.room.member", null]]);
    return (await this.rooms.getRoomState(roomId)).size === 3000 && members.length === 3000;
  }
}

describe("the state of a large room", () => {
  it("the state of a large room crosses to an isolated process whole, though it is larger than any message may be", async () => {
    const { logger, records } = captureLogs({ all: true });
    const configFile = "test/fixtures/remote/looking.yaml";
    await using host = await startIsolated({ configFile, services: [serverBinding()], logger });
    const state = stateOf(2000, "x".repeat(20_000));
    expect(await outcomeOf(() => host.hooks.thirdPartyRules.checkEventAllowed(roomEvent(), () => state))).to.deep.equal(
      {
        result: [true, { size: 2000, length: 2000 * 20_000 }],
      },
    );
    await host.stop();
    // How long the callback keeps a busy machine's processor is no failure.
    const unexpected = records.filter(({ message }) => !/kept the process busy|blocked the process/.test(message));
    expect(unexpected.filter(({ level }) => level === "error" || level === "warn")).to.deep.equal([]);
  });

  it("the state of a large room crosses in its order to a callback, and from a service to a module", async () => {
    await using served = await serveModules([{ module: Counting }]);
    const rooms = bindService(Rooms, { getRoomState: async () => stateOf(3000, "y".repeat(400)) } as unknown as Rooms);
    const { hooks } = await served.connect([rooms]);
    expect(await hooks.thirdPartyRules.checkEventAllowed(roomEvent(), stateOf(3000, "z".repeat(400)))).to.deep.equal([
      true,
      { size: 3000, first: "@user0:example.org", last: "@user2999:example.org" },
    ]);
    expect(await hooks.thirdPartyRules.checkCanShutdownRoom(null, "!large:example.org")).to.equal(true);
  });
});
