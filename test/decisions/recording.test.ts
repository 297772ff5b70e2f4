import { expect } from "chai";
import { inject } from "inversify";
import { setImmediate } from "node:timers/promises";
import type { DecisionRecord } from "#src/decisions/decision-record.js";
import type { Decisions } from "#src/decisions/decisions.js";
import type { DecisionsOptions } from "#src/decisions/decisions-options.js";
import { decisionsOf, type Host } from "#src/container/host.js";
import {
  AccountValidity,
  Codes,
  deny,
  MatrixError,
  Module,
  NOT_SPAM,
  RoomEvent,
  SpamChecker,
  startModules,
  StateMap,
  ThirdPartyRules,
  Users,
  type JsonObject,
  type Requester,
  type UserId,
} from "#src/index.js";
import type { ProgrammaticEntry } from "#src/modules/load-modules.js";
import { bindService } from "#src/services/bind-service.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { failureOf } from "../failure-of.js";
import { until } from "../until.js";
import { lasting, RecordFolder } from "./record-folder.js";

const ANN = "@ann:hs";
const BOB = "@bob:hs";
const ROOM = "!room:hs";
const { logger, records: logs } = captureLogs();

const event = (body: string, type = "m.room.message") =>
  new RoomEvent({ event_id: "$1", room_id: ROOM, type, sender: ANN, content: { body } });

@Module()
class Passes {
  @SpamChecker.checkEventForSpam()
  check() {
    return NOT_SPAM;
  }

  @SpamChecker.userMayInvite()
  async invite() {
    return NOT_SPAM;
  }
}

@Module()
class Refuses {
  @SpamChecker.checkEventForSpam({ types: ["m.room.message"] })
  check({ content }: RoomEvent) {
    return content["body"] === "spam" ? deny(Codes.FORBIDDEN, { error: "No spam" }) : NOT_SPAM;
  }

  @SpamChecker.userMayInvite()
  async invite(inviter: UserId) {
    if (inviter === BOB) throw new RangeError(`no list for ${inviter}, with access_token=syt_abcdefgh`);
    return deny(Codes.FORBIDDEN);
  }

  @AccountValidity.isUserExpired()
  expired(user: UserId) {
    return user === BOB ? true : null;
  }
}

/** What a host recorded, the oldest first. */
function recorded(host: Host): readonly DecisionRecord[] {
  const decisions: Decisions = decisionsOf(host);
  decisions.drain();
  return decisions.recent().toReversed();
}

async function start(
  modules: readonly ProgrammaticEntry[],
  decisions: DecisionsOptions = { personal: "whole", bodies: true },
): Promise<Host> {
  return startModules({ logger, modules, decisions, slowStepMs: 0, blockedMs: 0 });
}

describe("decisions that are recorded", () => {
  it("a decision has what was asked, who answered what and in what time, and what came of it", async () => {
    await using host = await start([{ module: Passes }, { module: Refuses }, { module: Passes, id: "After" }]);
    await host.hooks.spamChecker.checkEventForSpam(event("spam"), { requestId: "PUT-7", origin: "federation" });
    const [record] = recorded(host);
    const denial = { code: "M_FORBIDDEN", error: "No spam", fields: {} };
    expect(lasting(record!)).to.deep.equal({
      version: 1,
      hook: "SpamChecker.checkEventForSpam",
      origin: "federation",
      requestId: "PUT-7",
      about: { room: ROOM, user: ANN, event: "$1" },
      args: [{ event_id: "$1", room_id: ROOM, type: "m.room.message", sender: ANN, content: { body: "spam" } }],
      callbacks: [
        { module: "Passes", callback: "Passes.check", mode: "enforce", answer: "NOT_SPAM" },
        { module: "Refuses", callback: "Refuses.check", mode: "enforce", answer: denial, decided: true },
        { module: "After", callback: "Passes.check", mode: "enforce", notAsked: "decided before" },
      ],
      result: denial,
      revision: 1,
    });
    expect(Date.parse(record!.time)).to.be.closeTo(Date.now(), 60_000);
    expect(record!.ms).to.be.a("number").that.is.at.least(record!.callbacks[1]!.ms!);
  });

  it("by default who and where someone is is hashed, and what users wrote is left out", async () => {
    await using host = await start([{ module: Refuses }], {});
    await host.hooks.spamChecker.checkEventForSpam(event("spam"));
    await host.hooks.spamChecker.userMayInvite(ANN, BOB, ROOM);
    const [first, second] = recorded(host);
    const { room, user } = first!.about;
    expect(room).to.deep.equal({ $: "hashed", of: (room as { of: string }).of });
    expect((room as { of: string }).of).to.match(/^h:[\w-]{22}$/);
    expect(first!.args).to.deep.equal([
      { event_id: "$1", room_id: room, type: "m.room.message", sender: user, content: { $: "left out" } },
    ]);
    expect(first!.result).to.deep.equal({ code: "M_FORBIDDEN", error: { $: "left out" }, fields: { $: "left out" } });
    expect(first!.key).to.match(/^[\da-f]{12}$/);
    // The same user has the same hash in all records of a key.
    const [inviter, invitee] = second!.args;
    expect(inviter).to.deep.equal(user);
    expect(invitee).not.to.deep.equal(user);
    expect(JSON.stringify([first, second])).not.to.match(/@ann|@bob|!room|spam"/);
  });

  it("without personal values nothing says who it was", async () => {
    await using host = await start([{ module: Refuses }], { personal: "none" });
    await host.hooks.spamChecker.userMayInvite(ANN, BOB, ROOM);
    const [record] = recorded(host);
    const leftOut = { $: "left out" };
    expect(record).to.deep.include({ about: { room: leftOut, user: leftOut }, args: [leftOut, leftOut, leftOut] });
    expect(record).not.to.have.property("key");
  });

  it("an error is as logs show it, without what the record withholds", async () => {
    await using host = await start([{ module: Refuses }], {});
    const thrown = await failureOf(host.hooks.spamChecker.userMayInvite(BOB, ANN, ROOM) as Promise<unknown>);
    expect(thrown).to.be.instanceOf(RangeError);
    const error = { name: "RangeError", message: "no list for [redacted], with access_token=[redacted]" };
    const [{ callbacks, error: ended, result }] = recorded(host) as [DecisionRecord];
    expect(callbacks.map(({ ms: _, ...callback }) => callback)).to.deep.equal([
      { module: "Refuses", callback: "Refuses.invite", mode: "enforce", error, decided: true },
    ]);
    expect({ ended, result }).to.deep.equal({ ended: error, result: undefined });
  });

  it("why a callback wasn't called is recorded", async () => {
    const failing = { circuit_breaker: { failure_rate: "50%", min_calls: 1, window: "1m", open_for: "1m" } } as const;
    @Module()
    class Fails {
      @SpamChecker.checkEventForSpam()
      check(): never {
        throw new RangeError("down");
      }
    }
    await using host = await start([
      { module: Refuses, id: "types" },
      { module: Passes, id: "only", operate: { only: { sender: "@zoe:*" } } },
      { module: Passes, id: "except", operate: { except: { room: "!*:hs" } } },
      { module: Passes, id: "share", operate: { share: "0.0001%" } },
      { module: Fails, id: "open", operate: { on_failure: "allow", ...failing } },
      { module: Fails, id: "denies", operate: { on_failure: "deny", ...failing } },
      { module: Passes, id: "behind" },
    ]);
    const topic = event("x", "m.room.topic");
    for (let call = 0; call < 2; call++) await host.hooks.spamChecker.checkEventForSpam(topic);
    const [, record] = recorded(host);
    expect(record!.callbacks.map(({ module, notAsked, decided }) => [module, notAsked, decided])).to.deep.equal([
      ["types", "types", undefined],
      ["only", "only", undefined],
      ["except", "except", undefined],
      ["share", "share", undefined],
      ["open", "circuit breaker", undefined],
      ["denies", "circuit breaker", true],
      ["behind", "decided before", undefined],
    ]);
    expect(record!.callbacks[5]!.answer).to.deep.equal({ code: "M_FORBIDDEN", fields: {} });
  });

  it("arguments that callbacks change are recorded as they were before, and after each change", async () => {
    @Module()
    class Names {
      @ThirdPartyRules.onCreateRoom()
      async name(_: Requester, config: JsonObject) {
        await setImmediate();
        config["name"] = "named";
      }
    }
    @Module()
    class Looks {
      @ThirdPartyRules.onCreateRoom()
      look(_: Requester, _config: JsonObject) {}
    }
    await using host = await start([{ module: Names }, { module: Looks }]);
    const config: JsonObject = { topic: "t" };
    await host.hooks.thirdPartyRules.onCreateRoom({ userId: ANN } as unknown as Requester, config, false);
    config["name"] = "changed later";
    const [{ args, callbacks }] = recorded(host) as [DecisionRecord];
    expect(args[1]).to.deep.equal({ topic: "t" });
    expect(callbacks.map(({ changed }) => changed)).to.deep.equal([{ 1: { topic: "t", name: "named" } }, undefined]);
  });

  it("what callbacks in shadow come to is recorded with the decision that they had no part in", async () => {
    await using host = await start([{ module: Refuses, operate: { mode: "shadow" } }, { module: Passes }]);
    await host.hooks.spamChecker.checkEventForSpam(event("spam"));
    await until(() => recorded(host).length === 1);
    const [record] = recorded(host);
    const { result, callbacks } = lasting(record!) as DecisionRecord;
    expect(result).to.equal("NOT_SPAM");
    expect(callbacks).to.deep.equal([
      {
        module: "Refuses",
        callback: "Refuses.check",
        mode: "shadow",
        shadow: "refuses",
        answer: { code: "M_FORBIDDEN", error: "No spam", fields: {} },
      },
      { module: "Passes", callback: "Passes.check", mode: "enforce", answer: "NOT_SPAM" },
    ]);
  });

  it("a request that is cancelled decides nothing", async () => {
    const cancel = new AbortController();
    @Module()
    class Waits {
      @SpamChecker.userMayInvite()
      async invite() {
        await setImmediate();
        return NOT_SPAM;
      }
    }
    await using host = await start([{ module: Waits }]);
    const asked = host.hooks.spamChecker.userMayInvite(ANN, BOB, ROOM, { signal: cancel.signal });
    cancel.abort();
    await failureOf(asked as Promise<unknown>);
    expect(recorded(host)).to.deep.equal([]);
  });

  it("of hooks that are asked very often only what a module decided is kept, unless all is asked for", async () => {
    const ask = async (decisions: DecisionsOptions) => {
      await using host = await start([{ module: Refuses }, { module: Passes }], { personal: "whole", ...decisions });
      for (const user of [ANN, BOB] as const) await host.hooks.accountValidity.isUserExpired(user);
      for (const body of ["fine", "spam"]) await host.hooks.spamChecker.checkEventForSpam(event(body));
      return recorded(host).map(({ hook, result }) => `${hook}: ${result === "NOT_SPAM" ? "passes" : typeof result}`);
    };
    const expired = "AccountValidity.isUserExpired: boolean";
    const unknown = "AccountValidity.isUserExpired: object";
    const [passes, refuses] = ["SpamChecker.checkEventForSpam: passes", "SpamChecker.checkEventForSpam: object"];
    expect(await ask({})).to.deep.equal([expired, passes, refuses]);
    expect(await ask({ keep: "decided" })).to.deep.equal([expired, refuses]);
    expect(await ask({ keep: "0%" })).to.deep.equal([]);
    expect(
      await ask({ keep: { "AccountValidity.isUserExpired": "all", "SpamChecker.checkEventForSpam": "0%" } }),
    ).to.deep.equal([unknown, expired]);
    expect(await ask({ keep: { "SpamChecker.checkEventForSpam": "100%", "*": "0%" } })).to.deep.equal([
      passes,
      refuses,
    ]);
  });

  it("what services and the state of the room answered a callback is recorded, in the order in which it asked", async () => {
    @Module()
    class Asks {
      constructor(@inject(Users) readonly users: Users) {}

      @ThirdPartyRules.checkEventAllowed({ state: [["m.room.create", ""], ["m.room.member"]] })
      async allow({ sender }: RoomEvent, state: StateMap<RoomEvent>) {
        state.get("m.room.create");
        state.get("m.room.create");
        await setImmediate();
        const isAdmin = await this.users.isUserAdmin(sender);
        state.ofType("m.room.member");
        await this.users.setUserAdmin(sender, true).catch(() => undefined);
        return [isAdmin, null] as const;
      }
    }
    const users = {
      isUserAdmin: async (user: UserId) => user === ANN,
      setUserAdmin: async () => {
        throw new MatrixError(404, "No such user", Codes.NOT_FOUND);
      },
    } as unknown as Users;
    await using host = await startModules({
      logger,
      modules: [{ module: Asks }],
      services: [bindService(Users, users)],
      decisions: { personal: "whole", bodies: true },
    });
    const create = {
      event_id: "$c",
      room_id: ROOM,
      type: "m.room.create",
      sender: ANN,
      state_key: "",
      content: {},
    } as const;
    const join = { ...create, event_id: "$j", type: "m.room.member", state_key: ANN } as const;
    const state = StateMap.ofEvents([new RoomEvent(create), new RoomEvent(join)]);
    const asked = [1, 2].map(() => host.hooks.thirdPartyRules.checkEventAllowed(event("x"), state));
    expect(await Promise.all(asked)).to.deep.equal([
      [true, null],
      [true, null],
    ]);
    const [first, second] = recorded(host);
    expect(first!.args[1]).to.deep.equal({ $: "uncarried", of: "the state of the room" });
    expect(first!.callbacks[0]!.reads).to.deep.equal([
      { service: "state", args: ["m.room.create", ""], answer: create },
      { service: "Users.isUserAdmin", args: [ANN], answer: true },
      { service: "state", args: ["m.room.member"], answer: { $: "map", of: [[ANN, join]] } },
      {
        service: "Users.setUserAdmin",
        args: [ANN, true],
        acts: true,
        error: { name: "MatrixError", message: "No such user", status: 404, errcode: "M_NOT_FOUND" },
      },
    ]);
    expect(second!.callbacks[0]!.reads).to.deep.equal(first!.callbacks[0]!.reads);
  });

  it("a record has at most 64 KiB, and says what was cut", async () => {
    @Module()
    class Quotes {
      @SpamChecker.checkEventForSpam()
      check({ content }: RoomEvent) {
        return deny(Codes.FORBIDDEN, { error: "Too long", quoted: content });
      }
    }
    await using host = await start([{ module: Quotes }]);
    const long = "ä".repeat(15_000);
    await host.hooks.spamChecker.checkEventForSpam(event(long));
    await host.hooks.spamChecker.checkEventForSpam(event("\u0000".repeat(60_000)));
    const [first, second] = recorded(host);
    const { content } = first!.args[0] as { content: object };
    expect(content).to.deep.equal({ body: long });
    expect(first!.truncated).to.deep.equal(["callbacks.0.answer.fields.quoted.body"]);
    expect(first!.result).to.deep.equal({ code: "M_FORBIDDEN", error: "Too long", fields: { quoted: { body: long } } });
    expect(first!.callbacks[0]!.answer).to.deep.equal({
      code: "M_FORBIDDEN",
      error: "Too long",
      fields: { quoted: { body: { $: "cut" } } },
    });
    expect(second!.truncated).to.include("args.0.content.body");
    for (const record of [first, second]) expect(Buffer.byteLength(JSON.stringify(record))).to.be.below(65_536);
  });

  it("decisions that come faster than they can be written down are dropped and counted, and no dispatch fails", async () => {
    await using host = await start([{ module: Passes }]);
    const { checkEventForSpam } = host.hooks.spamChecker;
    const one = event("x");
    for (let call = 0; call < 10_050; call++) expect(checkEventForSpam(one)).to.equal("NOT_SPAM");
    decisionsOf(host).drain();
    expect(host.health().decisions).to.deep.equal({ recorded: 10_000, dropped: 50, problem: null });
    expect(host.metrics()).to.match(/^ligand_decisions_dropped_total\{server_name=""\} 50$/m);
    expect(host.metrics()).to.match(/^ligand_decisions_recorded_total\{server_name=""\} 10000$/m);
  });

  it("without the option nothing is recorded, but while something is subscribed", async () => {
    await using host = await startModules({ logger, modules: [{ module: Passes }] });
    const decisions = decisionsOf(host);
    const ask = async () => {
      await host.hooks.spamChecker.checkEventForSpam(event("x"));
      return recorded(host).length;
    };
    expect(await ask()).to.equal(0);
    expect(host.health()).not.to.have.property("decisions");
    const seen: DecisionRecord[] = [];
    const end = decisions.subscribe((record) => seen.push(record));
    const endOther = decisions.subscribe(() => {
      throw new RangeError("a page that fails");
    });
    expect(await ask()).to.equal(1);
    endOther();
    expect(await ask()).to.equal(2);
    end();
    expect(await ask()).to.equal(2);
    expect(seen).to.deep.equal(recorded(host));
    expect(seen[0]!.args[0]).to.deep.include({ sender: ANN, content: { $: "left out" } });
    expect(logs.some(({ message }) => message.includes("A subscriber to decisions failed"))).to.equal(true);
  });

  it("a record names the configuration that ran, also after a reload", async () => {
    await using host = await start([{ module: Passes }]);
    await host.hooks.spamChecker.checkEventForSpam(event("x"));
    await host.reload({ modules: [{ module: Passes }, { module: Refuses }] });
    await host.hooks.spamChecker.checkEventForSpam(event("x"));
    expect(recorded(host).map(({ revision, callbacks }) => [revision, callbacks.length])).to.deep.equal([
      [1, 1],
      [2, 2],
    ]);
  });

  it("what is recorded is in the file once the host has stopped, in the order of its ids", async () => {
    using folder = new RecordFolder();
    const host = await start([{ module: Passes }, { module: Refuses }], { file: folder.file });
    for (const body of ["one", "spam", "three"]) await host.hooks.spamChecker.checkEventForSpam(event(body));
    await host.stop();
    const { records } = folder;
    expect(records.map(({ callbacks }) => callbacks.some(({ decided }) => decided))).to.deep.equal([
      false,
      true,
      false,
    ]);
    const ids = records.map(({ id }) => id);
    expect(ids.toSorted()).to.deep.equal(ids);
    expect(new Set(ids).size).to.equal(3);
  });

  it("options that can't be are refused before anything starts", async () => {
    const decisions = {
      file: "",
      keep: { "SpamChecker.checkEvent": "all", "*": "half" },
      retain: "7",
      maxSize: "1GB",
      personal: "some",
      flie: "x",
    } as unknown as DecisionsOptions;
    const error = (await failureOf(startModules({ logger, decisions }))) as Error;
    expect(error.message).to.equal(
      "startModules: unknown option `decisions.flie`; did you mean `file`?; " +
        "`decisions.file` must be a path that isn't empty, but it's an empty string; " +
        '`decisions.keep` names "SpamChecker.checkEvent", which is no hook; expected one such as `SpamChecker.userMayInvite`, or `*`; ' +
        "`decisions.keep.*` must be `all`, `decided` or a percentage such as `10%`, but it's a string; " +
        '`decisions.personal` must be "hashed" or "whole" or "none", but it\'s a string; ' +
        "`decisions.retain` must be a duration such as `7d` or `12h`, of a minute or more, but it's a string; " +
        "`decisions.maxSize` must be a size such as `1GiB`, of 1MiB or more, but it's a string",
    );
  });
});
