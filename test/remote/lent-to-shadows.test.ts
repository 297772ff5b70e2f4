import { expect } from "chai";
import type { Host } from "#src/container/host.js";
import {
  Module,
  NOT_SPAM,
  RoomEvent,
  SpamChecker,
  startModules,
  StateMap,
  ThirdPartyRules,
  type EventAllowed,
  type ReadableFile,
  type Verdict,
} from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { until } from "../until.js";
import { Peer } from "#src/remote/wire/peer.js";
import { CallHook, Initialize, ReadFile, Release, Start, type HomeserverInfo } from "#src/remote/wire/protocol.js";
import { initialize, serveModules } from "./served.js";

/** What the module in shadow saw. */
let seen: unknown[] = [];
/** Resolved when the module in shadow may go on. */
let gate: Promise<void> = Promise.resolve();

@Module()
class Looking {
  @ThirdPartyRules.checkEventAllowed()
  async look(_event: RoomEvent, state: StateMap<RoomEvent>): Promise<EventAllowed> {
    await gate;
    seen.push(state.size);
    return [true, null];
  }

  @SpamChecker.checkMediaFileForSpam()
  async read(file: ReadableFile): Promise<Verdict> {
    await gate;
    const chunks: Uint8Array[] = [];
    await file.writeChunksTo((chunk) => chunks.push(chunk));
    seen.push(Buffer.concat(chunks).toString());
    return NOT_SPAM;
  }
}

/** Looks at no state. */
@Module()
class Deciding {
  @ThirdPartyRules.checkEventAllowed()
  decide({ type }: RoomEvent): EventAllowed {
    return [type !== "refused", null];
  }
}

const MODULES = [{ module: Deciding }, { module: Looking, operate: { mode: "shadow" } }] as const;
const EVENT = roomEvent({ type: "m.room.message" });

function member(number: number): RoomEvent {
  const user = `@user${number}:example.org` as const;
  return new RoomEvent({
    type: "m.room.member",
    room_id: "!room:example.org",
    sender: user,
    state_key: user,
    event_id: `$${number}`,
    content: { membership: "join", reason: "x".repeat(500) },
  });
}

const stateOf = (members: number) => StateMap.ofEvents(Array.from({ length: members }, (_, number) => member(number)));

beforeEach(() => {
  seen = [];
  gate = Promise.resolve();
});

describe("a state that only modules in shadow look at", () => {
  let host: Host;
  afterEach(() => host.stop());
  const start = async (modules: Parameters<typeof startModules>[0]["modules"] = MODULES) => {
    const { logger, records } = captureLogs({ all: true });
    host = await startModules({ logger, modules: modules! });
    return { check: host.hooks.thirdPartyRules.checkEventAllowed, records };
  };

  it("begins to be loaded with the dispatch, which doesn't wait for it", async () => {
    const { check } = await start();
    let finish!: (state: StateMap<RoomEvent>) => void;
    const loaded = new Promise<StateMap<RoomEvent>>((resolve) => (finish = resolve));
    let loads = 0;
    const load = () => (loads++, loaded);
    expect(await check(EVENT, load)).to.deep.equal([true, null]);
    expect([loads, seen]).to.deep.equal([1, []]);
    finish(stateOf(3));
    await until(() => seen.length > 0);
    expect([loads, seen]).to.deep.equal([1, [3]]);
  });

  it("is waited for where a module that decides looks at it, too", async () => {
    const { check } = await start([{ module: Looking, id: "decides" }, ...MODULES]);
    let loads = 0;
    expect(await check(EVENT, async () => (loads++, stateOf(3)))).to.deep.equal([true, null]);
    expect(seen[0]).to.equal(3);
    await until(() => seen.length > 1);
    expect([loads, seen]).to.deep.equal([1, [3, 3]]);
  });

  it("that can't be loaded fails no request, and the log says what wasn't called", async () => {
    const { check, records } = await start();
    const load = async () => {
      throw new Error("the database is gone");
    };
    expect(await check(EVENT, load)).to.deep.equal([true, null]);
    const lines = () => records.filter(({ hook }) => hook !== undefined).map(({ message }) => message);
    await until(() => lines().length > 0);
    expect(lines()).to.deep.equal(["Looking.look, in shadow, isn't called: the state it looks at couldn't be loaded"]);
    expect(host.metrics()).to.match(/ligand_shadow_results_total\{.*result="skipped".*\} 1/);
  });
});

describe("what a homeserver in another process lends for a call", () => {
  it("is kept for modules in shadow until they have ended: the rest of a large state", async () => {
    let goOn = () => {};
    gate = new Promise((resolve) => (goOn = resolve));
    await using served = await serveModules(MODULES);
    const { hooks } = await served.connect();
    expect(await hooks.thirdPartyRules.checkEventAllowed(EVENT, stateOf(2000))).to.deep.equal([true, null]);
    expect(seen).to.deep.equal([]);
    goOn();
    await until(() => seen.length > 0);
    expect(seen).to.deep.equal([2000]);
  });

  it("is kept for modules in shadow until they have ended: a file", async () => {
    let goOn = () => {};
    gate = new Promise((resolve) => (goOn = resolve));
    await using served = await serveModules(MODULES);
    const { hooks } = await served.connect();
    const file: ReadableFile = {
      path: "/nowhere",
      writeChunksTo: async (write) => write(Buffer.from("a virus")),
    };
    const info = { mediaId: "m", serverName: null };
    expect(await hooks.spamChecker.checkMediaFileForSpam(file, info as never)).to.equal(NOT_SPAM);
    goOn();
    await until(() => seen.length > 0);
    expect(seen).to.deep.equal(["a virus"]);
  });

  it("is named in the answer if modules in shadow still use it, and then in a release", async () => {
    await using served = await serveModules(MODULES);
    const peer = new Peer(await served.raw());
    const released: unknown[] = [];
    peer.answer(ReadFile, async ({ offset }) => (offset === 0 ? Buffer.from("a virus").toString("base64") : ""));
    peer.onNotification(Release, ({ ids }) => void released.push(...ids));
    peer.listen();
    const { params } = initialize() as { params: HomeserverInfo };
    await peer.ask(Initialize, params, "it");
    await peer.ask(Start, {}, "it");
    const hook = "checkMediaFileForSpam";
    const args = [{ $: "file", path: "/nowhere", id: 41 }, { mediaId: "m" }];
    const answer = await peer.ask(CallHook, { category: "spamChecker", hook, args, context: {} }, "it");
    expect(answer).to.deep.equal({ result: "NOT_SPAM", keeps: true });
    await until(() => released.length > 0);
    expect([seen, released]).to.deep.equal([["a virus"], [41]]);
    peer.close();
    await peer.closed;
  });
});
