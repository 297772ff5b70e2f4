import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { ClockScheduler } from "#src/default-services/clock-scheduler.js";
import { ConfiguredServer } from "#src/services/configured-server.js";
import { InvalidPushRuleError } from "#src/services/push-rules.js";
import { failureOf } from "../failure-of.js";
import { capturedLog } from "../services/captured-log.js";
import { ManualClock } from "../default-services/manual-clock.js";
import {
  server,
  SmallAccountData,
  SmallPresence,
  SmallPushRules,
  SmallRooms,
  stateEvent,
} from "../services/small-services.js";

describe("conformance: account data", () => {
  it("case 276: getGlobal refuses a malformed id with 400 M_INVALID_PARAM", async () => {
    const error = await failureOf(new SmallAccountData().getGlobal("not an id" as "@a:b", "type"));
    expect(error).to.be.instanceOf(MatrixError).and.to.include({ status: 400, errcode: "M_INVALID_PARAM" });
  });

  it("case 277: getGlobal refuses a remote user", async () => {
    const error = await failureOf(new SmallAccountData().getGlobal("@a:elsewhere", "type"));
    expect(error).to.be.instanceOf(LigandError).and.to.include({ code: "LIGAND_ARGUMENT_INVALID" });
  });

  it("case 278: changing what getGlobal gave throws and leaves the stored value intact", async () => {
    const data = new SmallAccountData();
    await data.putGlobal("@a:server", "type", { wombat: true });
    const got = (await data.getGlobal("@a:server", "type")) as Record<string, unknown>;
    expect(() => (got.wombat = false)).to.throw(TypeError);
    expect(() => (got.more = 1)).to.throw(TypeError);
    expect(data.stored.get("@a:server type")).to.deep.equal({ wombat: true });
  });

  it("case 281: putGlobal refuses a type that isn't a string and data that isn't an object", async () => {
    const data = new SmallAccountData();
    const messages = [];
    for (const [type, value] of [
      [42, {}],
      ["type", 42],
      ["type", []],
      ["type", null],
    ]) {
      const error = await failureOf(data.putGlobal("@a:server", type as string, value as Record<string, never>));
      messages.push([(error as LigandError).code, (error as LigandError).message]);
    }
    const notAnObject = ["LIGAND_ARGUMENT_INVALID", "account data must be a plain object"];
    expect(messages).to.deep.equal([
      ["LIGAND_ARGUMENT_INVALID", "the type of account data must be a string, but it's of type number"],
      notAnObject,
      notAnObject,
      notAnObject,
    ]);
    expect(data.stored.size).to.equal(0);
  });

  it("case 282: nested objects and lists are frozen too", async () => {
    const data = new SmallAccountData();
    await data.putGlobal("@a:server", "type", { list: [1, { deep: "x" }], object: { inner: {} } });
    const got = (await data.getGlobal("@a:server", "type")) as unknown as {
      list: [number, { deep: string }];
      object: { inner: Record<string, unknown> };
    };
    expect(() => (got.list as unknown[]).push(2)).to.throw(TypeError);
    expect(() => (got.list[1].deep = "y")).to.throw(TypeError);
    expect(() => (got.object.inner.more = 1)).to.throw(TypeError);
  });
});

describe("conformance: services", () => {
  it("case 329: sendLocalOnlinePresenceTo throws in a process that doesn't write presence", async () => {
    const presence = new SmallPresence(false);
    expect(await failureOf(presence.sendLocalOnlinePresenceTo(["@a:server"]))).to.include({
      code: "LIGAND_NOT_SUPPORTED",
    });
    expect(presence.told).to.deep.equal([]);
  });

  it("case 336: checkPushRuleActions accepts actions and refuses other things", () => {
    const rules = new SmallPushRules();
    for (const actions of [["foo"], [{ foo: "bar" }]]) {
      expect(() => rules.checkPushRuleActions(actions)).to.throw(InvalidPushRuleError);
    }
    for (const actions of [["notify"], [{ set_tweak: "sound", value: "default" }]]) {
      expect(() => rules.checkPushRuleActions(actions)).not.to.throw();
    }
  });

  it("case 337: setPushRuleAction throws on a worker and for another scope than global", async () => {
    const worker = new SmallPushRules(new ConfiguredServer({ serverName: "server", workerApp: "worker" }));
    const main = new SmallPushRules();
    const errors = [
      await failureOf(worker.setPushRuleAction("@a:server", "global", "override", ".m.rule.one", ["notify"])),
      await failureOf(main.setPushRuleAction("@a:server", "device" as "global", "override", ".m.rule.one", ["notify"])),
    ];
    expect(errors.map((error) => (error as LigandError).code)).to.deep.equal([
      "LIGAND_NOT_SUPPORTED",
      "LIGAND_ARGUMENT_INVALID",
    ]);
    expect([worker.stored, main.stored]).to.deep.equal([[], []]);
  });

  it("case 342: getQualifiedUserId completes a name and leaves an id untouched", () => {
    expect([server.getQualifiedUserId("bob"), server.getQualifiedUserId("@x:other")]).to.deep.equal([
      "@bob:server",
      "@x:other",
    ]);
  });

  it("case 343: isMine looks at everything after the first colon", () => {
    expect(["server", "@a:server", "@a:server:extra"].map((id) => server.isMine(id))).to.deep.equal([
      false,
      true,
      false,
    ]);
  });

  it("case 344: an empty filter selects everything for getRoomState and nothing for getStateEventsInRoom", async () => {
    const state = [stateEvent("m.room.create", ""), stateEvent("m.room.member", "@a:server")];
    const rooms = new SmallRooms(state);
    const everything = [...(await rooms.getRoomState("!r:server", [])).values()];
    expect(everything).to.deep.equal(state);
    expect(await rooms.getStateEventsInRoom("!r:server", [])).to.deep.equal([]);
  });
});

describe("conformance: background work", () => {
  function start(runsBackgroundTasks = true) {
    const clock = new ManualClock();
    const { logger, lines } = capturedLog();
    const scheduler = new ClockScheduler({ clock, logger, shouldRunBackgroundTasks: () => runsBackgroundTasks });
    return { clock, lines, scheduler };
  }

  it("case 346: a looping call that throws is called again each interval, first after one interval", async () => {
    const { clock, lines, scheduler } = start();
    const begin = clock.nowMs();
    const calls: number[] = [];
    scheduler.loopingBackgroundCall(function tick() {
      calls.push(clock.nowMs() - begin);
      throw new RangeError("boom");
    }, 100);
    await clock.advance(350);
    expect(calls).to.deep.equal([100, 200, 300]);
    expect(lines).to.deep.equal(Array(3).fill("error: The background process tick failed <- boom"));
  });

  it("case 347: where background tasks don't run, a looping call only warns, unless it runs on all instances", async () => {
    const { clock, lines, scheduler } = start(false);
    const calls: string[] = [];
    scheduler.loopingBackgroundCall(() => calls.push("one"), 100, { desc: "tick" });
    scheduler.loopingBackgroundCall(() => calls.push("all"), 100, { runOnAllInstances: true });
    await clock.advance(250);
    expect(calls).to.deep.equal(["all", "all"]);
    expect(lines).to.deep.equal([
      "warn: The looping call tick doesn't run here: this process doesn't run background tasks. " +
        "Use `runOnAllInstances` to run it in every process.",
    ]);
  });

  it("case 348: a delayed call that is cancelled before it is due never runs", async () => {
    const { clock, scheduler } = start();
    const calls: string[] = [];
    const call = scheduler.delayedBackgroundCall(100, () => calls.push("ran"));
    await clock.advance(50);
    call.cancel();
    await clock.advance(1000);
    expect(calls).to.deep.equal([]);
  });

  it("case 349: a background process that throws resolves with undefined, and the error is logged", async () => {
    const { lines, scheduler } = start();
    const result = await scheduler.runAsBackgroundProcess("work", async () => {
      throw new RangeError("boom");
    });
    expect(result).to.equal(undefined);
    expect(lines).to.deep.equal(["error: The background process work failed <- boom"]);
  });
});
