import { expect } from "chai";
import type { LigandError } from "#src/errors/ligand-error.js";
import {
  Module,
  SpamChecker,
  ThirdPartyRules,
  NOT_SPAM,
  type EventAllowed,
  type HookContext,
  type RoomEvent,
  type RoomId,
  type StateMap,
  type StateSelection,
} from "#src/index.js";
import { remoteHost } from "#src/on-demand.js";
import { modulesInfo } from "#src/container/modules-info.js";
import { listen } from "#src/remote/wire/listen.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { Peer } from "#src/remote/wire/peer.js";
import {
  CallHook,
  Initialize,
  ReadState,
  Start,
  type HomeserverInfo,
  type HookCall,
  type RemoteHook,
  type StatePiece,
  type Wire,
} from "#src/remote/wire/protocol.js";
import { startModules } from "#src/start.js";
import { readModules } from "#src/survey-modules.js";
import { roomEvent, stateOf } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { initialize, outcomeOf, serveModules, serverBinding, unixAddress, type Served } from "./served.js";

const POWER = roomEvent({ type: "m.room.power_levels", state_key: "", content: { ban: 50 } });
const ALICE = roomEvent({ type: "m.room.member", state_key: "@alice:x", content: { membership: "join" } });
const BOB = roomEvent({ type: "m.room.member", state_key: "@bob:x", content: { membership: "ban" } });
const STATE = stateOf(POWER, ALICE, BOB);
const MESSAGE = roomEvent({ type: "m.room.message", sender: "@alice:x" });

/** Answers with all that can be seen of the declared part of the state. */
@Module()
class Selecting {
  @ThirdPartyRules.checkEventAllowed({
    state: [["m.room.power_levels", ""], ["m.room.member", "$sender"], "m.room.topic"],
    types: ["m.room.message", "m.room.name"],
  })
  check({ sender, type }: RoomEvent, state: StateMap<RoomEvent>): EventAllowed {
    if (type === "m.room.name") state.get("m.room.member", "@bob:x");
    return [
      true,
      {
        keys: Array.from(state, ([key, stateKey]) => [key, stateKey]),
        size: state.size,
        sender: state.get("m.room.member", sender)?.membership ?? null,
        topics: state.ofType("m.room.topic").size,
      },
    ];
  }

  @ThirdPartyRules.onNewEvent()
  notified() {}

  @ThirdPartyRules.checkVisibilityCanBeModified({ state: [] })
  visibility(roomId: RoomId, state: StateMap<RoomEvent>, visibility: string, context: HookContext) {
    return roomId === "!r:x" && state.size === 0 && visibility === "public" && context.requestId === "PUT-1";
  }

  @SpamChecker.federatedUserMayInvite({ types: ["org.example.invite"] })
  federated() {
    return "M_FORBIDDEN" as const;
  }

  @SpamChecker.userMayInvite()
  invite(inviter: string) {
    return inviter === "@alice:x" ? ("M_LIMIT_EXCEEDED" as const) : NOT_SPAM;
  }
}

/** Members, with the whole state; of everything else it sees nothing. */
@Module()
class MembersOnly {
  @ThirdPartyRules.onNewEvent({ types: ["m.room.member"] })
  look({ type }: RoomEvent, state: StateMap<RoomEvent>) {
    seen.push(`${type} with ${state.size}`);
  }

  @ThirdPartyRules.checkEventAllowed({ types: ["m.room.name"] })
  check(): EventAllowed {
    return [false, null];
  }
}

/** Every event, without the state. */
@Module()
class Everything {
  @ThirdPartyRules.onNewEvent()
  look({ type }: RoomEvent) {
    seen.push(type);
  }

  @ThirdPartyRules.checkEventAllowed()
  check(): EventAllowed {
    return [true, null];
  }
}

const seen: string[] = [];

describe("what callbacks look at", () => {
  it("a selection of the state is the same in the process and in another one", async () => {
    await using served = await serveModules([{ module: Selecting }]);
    const remote = (await served.connect()).hooks;
    await using host = await startModules({
      modules: [{ module: Selecting }],
      logger: captureLogs().logger,
    });
    for (const hooks of [host.hooks, remote]) {
      const wanted: (StateSelection | undefined)[] = [];
      const load = async (selection?: StateSelection) => (wanted.push(selection), STATE);
      const { thirdPartyRules, spamChecker } = hooks;
      expect(await thirdPartyRules.checkEventAllowed(MESSAGE, load)).to.deep.equal([
        true,
        {
          keys: [
            ["m.room.power_levels", ""],
            ["m.room.member", "@alice:x"],
          ],
          size: 2,
          sender: "join",
          topics: 0,
        },
      ]);
      // Of a type that no callback asks about, and of state that no callback looks at.
      expect(await thirdPartyRules.checkEventAllowed(ALICE, load)).to.deep.equal([true, null]);
      await thirdPartyRules.onNewEvent(MESSAGE, load);
      expect(
        await thirdPartyRules.checkVisibilityCanBeModified("!r:x", load, "public", { requestId: "PUT-1" }),
      ).to.equal(true);
      expect(wanted).to.deep.equal([[["m.room.power_levels", ""], ["m.room.member", "@alice:x"], ["m.room.topic"]]]);
      const { error } = (await outcomeOf(() =>
        thirdPartyRules.checkEventAllowed(roomEvent({ type: "m.room.name", sender: "@alice:x" }), STATE),
      )) as { error: Error };
      expect(error.name).to.equal("ModuleFailedError");
      // The hook that follows is asked, though the first one asks for other types.
      expect(await spamChecker.federatedUserMayInvite(roomEvent({ sender: "@alice:x" }))).to.include({
        code: "M_LIMIT_EXCEEDED",
      });
      expect(await spamChecker.federatedUserMayInvite(roomEvent({ type: "org.example.invite" }))).to.include({
        code: "M_FORBIDDEN",
      });
    }
  });

  it("what callbacks look at is what a module says of its hooks when a homeserver connects", async () => {
    const info = modulesInfo(await readModules({ modules: [{ module: Selecting }] }), "0.0.0", "here");
    const said = ({ hook, callbacks }: RemoteHook) => [hook, callbacks];
    const of = (method: string, options?: object) => ({
      module: "Selecting",
      name: `Selecting.${method}`,
      ...(options && { options }),
    });
    const invites = { types: ["org.example.invite"] };
    const selected = {
      types: ["m.room.message", "m.room.name"],
      state: [["m.room.power_levels", ""], ["m.room.member", "$sender"], ["m.room.topic"]],
    };
    expect(info.hooks.map(said)).to.deep.equal([
      ["userMayInvite", [{ ...of("invite"), parameters: 1, types: null, state: null }]],
      ["federatedUserMayInvite", [{ ...of("federated", invites), parameters: 0, ...invites, state: null }]],
      ["checkEventAllowed", [{ ...of("check", selected), parameters: 2, ...selected }]],
      ["checkVisibilityCanBeModified", [{ ...of("visibility", { state: [] }), parameters: 3, types: null, state: [] }]],
      ["onNewEvent", [{ ...of("notified"), parameters: 0, types: null, state: [] }]],
    ]);
  });

  it("what callbacks look at is all that a homeserver sends to another process", async () => {
    const calls: HookCall[] = [];
    const address = unixAddress();
    const info = modulesInfo(await readModules({ modules: [{ module: Selecting }] }), "0.0.0", "here");
    await using _ = await listen(parseSocketAddress(address), (socket) => {
      const peer = new Peer(socket);
      peer.answer(Initialize, async () => info);
      peer.answer(Start, async () => info.hooks);
      peer.answer(CallHook, async (call) => (calls.push(call), { result: true }));
      peer.listen();
    });
    await using host = await remoteHost({ address, services: [serverBinding()] });
    const { thirdPartyRules, spamChecker } = host.hooks;
    await thirdPartyRules.checkEventAllowed(MESSAGE, STATE);
    await thirdPartyRules.checkEventAllowed(ALICE, STATE);
    await thirdPartyRules.onNewEvent(MESSAGE, STATE);
    await thirdPartyRules.checkVisibilityCanBeModified("!r:x", STATE, "public");
    await spamChecker.userMayInvite("@a:x", "@b:x", "!r:x");
    await spamChecker.federatedUserMayInvite(MESSAGE);
    const wire = ({ args }: HookCall) =>
      args.map((arg) => {
        const { $: form, entries } = Object(arg) as { $?: string; entries?: [string, string, unknown][] };
        return form === "state" ? entries!.map(([type, stateKey]) => [type, stateKey]) : (form ?? arg);
      });
    expect(calls.map((call) => [call.hook, wire(call)])).to.deep.equal([
      [
        "checkEventAllowed",
        [
          "event",
          [
            ["m.room.power_levels", ""],
            ["m.room.member", "@alice:x"],
          ],
        ],
      ],
      ["onNewEvent", []],
      ["checkVisibilityCanBeModified", ["!r:x", [], "public"]],
      ["userMayInvite", ["@a:x"]],
      // No callback asks about this invite before `userMayInvite` is asked.
      ["userMayInvite", ["@alice:x"]],
    ]);
  });

  it("an event that the only and except of each callback leave out doesn't cross", async () => {
    @Module()
    class Asked {
      @SpamChecker.checkEventForSpam()
      check(event: RoomEvent) {
        return event.type === "m.room.message" ? NOT_SPAM : ("M_FORBIDDEN" as const);
      }
    }
    const modules = [
      { module: Asked, id: "one", operate: { only: { type: "m.room.message" }, except: { sender: "@bob:*" } } },
      { module: Asked, id: "two", operate: { only: { room: "!other:*" } } },
    ];
    const info = modulesInfo(await readModules({ modules }), "0.0.0", "here");
    const address = unixAddress();
    let calls = 0;
    await using _ = await listen(parseSocketAddress(address), (socket) => {
      const peer = new Peer(socket);
      peer.answer(Initialize, async () => info);
      peer.answer(Start, async () => info.hooks);
      peer.answer(CallHook, async () => (calls++, { result: NOT_SPAM }));
      peer.listen();
    });
    await using host = await remoteHost({ address, services: [serverBinding()] });
    const crossed: boolean[] = [];
    for (const [type, sender, room_id] of [
      ["m.room.message", "@alice:x", "!r:x"],
      ["m.room.message", "@bob:x", "!r:x"],
      ["m.room.name", "@alice:x", "!r:x"],
      ["m.room.name", "@bob:x", "!other:x"],
    ] as const) {
      const before = calls;
      expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent({ type, sender, room_id }))).to.equal(NOT_SPAM);
      crossed.push(calls > before);
    }
    expect(crossed).to.deep.equal([true, false, false, true]);
  });

  it("the whole state is loaded and crosses only for events of the types of the callback that looks at it", async () => {
    await using served = await serveModules([{ module: Everything }, { module: MembersOnly }]);
    const remote = (await served.connect()).hooks;
    await using host = await startModules({
      modules: [{ module: Everything }, { module: MembersOnly }],
      logger: captureLogs().logger,
    });
    for (const { thirdPartyRules } of [host.hooks, remote]) {
      seen.length = 0;
      let loaded = 0;
      const load = () => (loaded++, STATE);
      await thirdPartyRules.onNewEvent(MESSAGE, load);
      expect([loaded, seen]).to.deep.equal([0, ["m.room.message"]]);
      await thirdPartyRules.onNewEvent(ALICE, load);
      expect([loaded, seen]).to.deep.equal([1, ["m.room.message", "m.room.member", "m.room.member with 3"]]);
    }
  });

  it("an event crosses where a callback names types, even if no callback has a parameter for it", async () => {
    await using served = await serveModules([{ module: MembersOnly }, { module: Everything }]);
    const { thirdPartyRules } = (await served.connect()).hooks;
    expect(await thirdPartyRules.checkEventAllowed(MESSAGE, STATE)).to.deep.equal([true, null]);
    expect(await thirdPartyRules.checkEventAllowed(roomEvent({ type: "m.room.name" }), STATE)).to.deep.equal([
      false,
      null,
    ]);
  });

  it("a method that a constructor replaces by a bound one is given all arguments, as in the same process", async () => {
    @Module()
    class Binds {
      constructor() {
        // As a decorator does that binds methods to their instance.
        this.check = this.check.bind(this);
      }

      @ThirdPartyRules.checkEventAllowed()
      check(event: RoomEvent): EventAllowed {
        return [true, { type: event.type }];
      }
    }
    await using served = await serveModules([{ module: Binds }]);
    const host = await served.connect();
    const [hook] = host.info.hooks;
    expect(hook!.callbacks).to.deep.equal([
      { module: "Binds", name: "Binds.check", parameters: 2, types: null, state: null },
    ]);
    expect(await host.hooks.thirdPartyRules.checkEventAllowed(MESSAGE, STATE)).to.deep.equal([
      true,
      { type: "m.room.message" },
    ]);
  });

  it("a method that a constructor replaces by one with more parameters is given what that looks at", async () => {
    @Module()
    class Replaces {
      constructor() {
        Object.assign(this, {
          check: (_event: RoomEvent, state: StateMap<RoomEvent>) => [true, { size: state.size }],
        });
      }

      @ThirdPartyRules.checkEventAllowed()
      check(_event: RoomEvent): EventAllowed {
        return [true, null];
      }
    }
    await using served = await serveModules([{ module: Replaces }]);
    const { thirdPartyRules } = (await served.connect()).hooks;
    expect(await thirdPartyRules.checkEventAllowed(MESSAGE, STATE)).to.deep.equal([true, { size: 3 }]);
  });

  it("a state that did not cross in one piece can be read until its call ends, and not afterwards", async () => {
    const address = unixAddress();
    const info = modulesInfo(await readModules({ modules: [{ module: Selecting }] }), "0.0.0", "here");
    const outcomes: unknown[] = [];
    let other: Peer | undefined;
    await using _ = await listen(parseSocketAddress(address), (socket) => {
      const peer = (other = new Peer(socket));
      peer.answer(Initialize, async () => info);
      peer.answer(Start, async () => info.hooks);
      peer.answer(CallHook, async ({ args }) => {
        const { entries, rest: id } = args[1] as { entries: Wire[]; rest: number };
        const piece = await peer.ask(ReadState, { id }, "it");
        outcomes.push(entries.length > 0, piece.entries.length > 0, piece.rest);
        return { result: [true, { rest: id }] };
      });
      peer.listen();
    });
    await using host = await remoteHost({ address, services: [serverBinding()] });
    const topics = Array.from({ length: 3000 }, (_, number) =>
      roomEvent({ type: "m.room.topic", state_key: String(number), content: { topic: "x".repeat(200) } }),
    );
    const [, answer] = await host.hooks.thirdPartyRules.checkEventAllowed(MESSAGE, stateOf(...topics));
    const { rest: id } = answer as { rest: number };
    const { error } = (await outcomeOf(() => other!.ask(ReadState, { id }, "it"))) as { error: LigandError };
    expect([...outcomes, error.code, error.message]).to.deep.equal([
      true,
      true,
      true,
      "LIGAND_REMOTE_PROTOCOL",
      `the state ${id} was used before, or has been dropped`,
    ]);
  });

  it("what callbacks look at is the least that modules take from a homeserver, which may send more", async () => {
    await using served = await serveModules([{ module: Selecting }]);
    const peer = await introduced(served);
    const refused = async (call: object) => {
      const { error } = (await outcomeOf(() => peer.ask(CallHook, call as HookCall, "it"))) as { error: LigandError };
      return `${error.code}: ${error.message}`;
    };
    const named = (hook: string) => ({ category: "thirdPartyRules", hook, context: {} });
    expect(await peer.ask(CallHook, { ...named("onNewEvent"), args: [] }, "it")).to.deep.equal({ result: null });
    expect(await peer.ask(CallHook, { ...named("onNewEvent"), args: [null, null] }, "it")).to.deep.equal({
      result: null,
    });
    expect(await refused({ ...named("onNewEvent"), args: [null, null, null] })).to.equal(
      "LIGAND_REMOTE_PROTOCOL: hook ThirdPartyRules.onNewEvent has 2 arguments, and was asked with 3",
    );
    const event = {
      $: "event",
      dict: MESSAGE.getDict() as unknown as Wire,
      roomVersion: "11",
      internalMetadata: {},
      rejectedReason: null,
    };
    expect(await refused({ ...named("checkEventAllowed"), args: [event] })).to.equal(
      "LIGAND_REMOTE_PROTOCOL: hook ThirdPartyRules.checkEventAllowed has callbacks that look at 2 arguments, and was asked with 1",
    );
    const invite = { category: "spamChecker", hook: "federatedUserMayInvite", context: {} };
    expect(await refused({ ...invite, args: [] })).to.equal(
      "LIGAND_REMOTE_PROTOCOL: hook SpamChecker.federatedUserMayInvite has callbacks that look at 1 arguments, and was asked with 0",
    );
    peer.close();
    await peer.closed;
  });

  for (const [what, piece, message] of [
    [
      "has an empty piece in its middle",
      { entries: [], rest: true },
      "a piece of a state is empty, but isn't the last one",
    ],
    [
      "has a piece of another form",
      { entries: null, rest: true },
      "ligand/readState: the member entries must be of type list, but it's null",
    ],
    [
      "has an entry of another form",
      { entries: [["m.room.topic"]], rest: false },
      `a value doesn't have the form "state": an entry of a state isn't a type, a state key and a value`,
    ],
  ] as const) {
    it(`a call is refused where the rest of a state ${what}`, async () => {
      await using served = await serveModules([{ module: Selecting }]);
      const peer = await introduced(served, piece);
      const args: Wire[] = [
        { $: "event", dict: MESSAGE.getDict() as unknown as Wire },
        { $: "state", entries: [], rest: 7 },
      ];
      const call = { category: "thirdPartyRules", hook: "checkEventAllowed", args, context: {} };
      const { error } = (await outcomeOf(() => peer.ask(CallHook, call, "it"))) as { error: LigandError };
      expect([error.code, error.message]).to.deep.equal(["LIGAND_REMOTE_PROTOCOL", message]);
      peer.close();
      await peer.closed;
    });
  }
});

/** A homeserver that keeps to the protocol only as far as a test has it, and answers with a piece of a state. */
async function introduced(served: Served, piece?: unknown): Promise<Peer> {
  const peer = new Peer(await served.raw());
  peer.answer(ReadState, async () => piece as StatePiece);
  peer.listen();
  const { params } = initialize() as { params: HomeserverInfo };
  await peer.ask(Initialize, params, "it");
  await peer.ask(Start, {}, "it");
  return peer;
}
