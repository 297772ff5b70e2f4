import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Operate } from "#src/config/operate/operate.js";
import { settingsFor } from "#src/config/operate/operate-settings.js";
import { readOperate } from "#src/config/operate/read-operate.js";
import type { Call, ChainCallback } from "#src/hooks/contribution.js";
import { NOT_ASKED } from "#src/hooks/narrowing.js";
import { checkOperate } from "#src/operate/check-operate.js";
import { operatedHooks } from "#src/operate/checked-module.js";
import { Operation } from "#src/operate/operation.js";
import { chainCallback } from "../dispatch/chain-callback.js";
import { settingsOf } from "./operate-settings-of.js";

const { PAIRS: pairs } = (await import(pathToFileURL("scripts/docs/operating-pairs.mjs").href)) as {
  readonly PAIRS: readonly { readonly keys: readonly string[]; readonly rule: string }[];
};

const CHAIN = "SpamChecker.userMayInvite";
const hook = CATALOGUE.spamChecker.hooks.userMayInvite;

/** The callbacks that a chain has of a module whose one callback is `call`, and a clock. */
async function arranged(operate: Operate, call: Call = () => "NOT_SPAM") {
  const clock = { now: 0 };
  const callback = chainCallback("module", call);
  const modules = [{ info: { id: "module" }, operate: await settingsOf(operate) }];
  const held = [new Operation({ now: () => clock.now }).arrangement(modules).arrange!(callback, hook, CHAIN)].flat();
  return {
    clock,
    callbacks: held,
    enforced: held.find(({ shadow }) => !shadow),
    shadow: held.find(({ shadow }) => shadow),
  };
}

/** What is said at start-up of a module with one hook. */
async function said(operate: Operate, chain = CHAIN, services: readonly "Rooms"[] = []): Promise<string[]> {
  const settings = await settingsOf(operate);
  const hooks = operatedHooks(settings, (each) => each === chain);
  return checkOperate({ id: "module", operate: settings, at: () => ({}), hooks, services }).map(
    ({ message }) => message,
  );
}

/** Keys that can't be written so. */
async function refused(operate: object): Promise<string[]> {
  return (await readOperate(operate, () => undefined, "modules[0]", ".")).problems.map(({ message }) => message);
}

const ask = (callback: ChainCallback | undefined, room = "!a:b") => callback!.call("@ann:b", "@bob:b", room, {});
const others = { only: { room: "!other:b" } } as const;
const breaker = { min_calls: 1, failure_rate: "1%", open_for: "1s" } as const;

/** Whether a breaker counts a call that isn't made as one. */
async function countsOnly(operate: Operate) {
  const { enforced } = await arranged({
    ...operate,
    on_failure: "deny",
    circuit_breaker: { ...breaker, min_calls: 2 },
  });
  ask(enforced);
  enforced!.guard!.failed(new Error("boom"));
  return ask(enforced);
}

const BEHAVIOURS: Readonly<Record<string, () => Promise<void>>> = {
  "mode timeout": async () => {
    const { shadow } = await arranged({ mode: "shadow", timeout: "1s" });
    expect([shadow?.timeoutMs, (await arranged({ mode: "disabled", timeout: "1s" })).callbacks]).to.deep.equal([
      1000,
      [],
    ]);
  },
  "mode on_failure": async () => {
    expect(
      (await arranged({ mode: "shadow", on_failure: "deny" })).shadow!.failure!.outcome(new Error(), ""),
    ).to.deep.equal({ kind: "skip" });
    expect(await said({ mode: "shadow", on_failure: "deny" })).to.deep.equal([
      "`on_failure` has no effect while module module is in shadow: a module in shadow stands in for nothing",
    ]);
  },
  "mode share": async () => {
    const both = await arranged({ share: "50%", rest: "shadow" });
    const rooms = Array.from({ length: 30 }, (_, number) => `!room${number}:b`);
    const [enforced, tried] = [both.enforced, both.shadow].map((callback) =>
      rooms.filter((room) => ask(callback, room) !== NOT_ASKED),
    );
    expect([...enforced!, ...tried!].toSorted()).to.deep.equal(rooms.toSorted());
    const { shadow } = await arranged({ mode: "shadow", share: "50%" });
    expect(rooms.filter((room) => ask(shadow, room) !== NOT_ASKED)).to.deep.equal(enforced);
  },
  "mode only": async () => {
    expect([
      ask((await arranged(others)).enforced),
      ask((await arranged({ ...others, mode: "shadow" })).shadow),
    ]).to.deep.equal([NOT_ASKED, NOT_ASKED]);
  },
  "mode process": async () => {
    expect((await said({ share: "10%", rest: "shadow" }, CHAIN, ["Rooms"])).length).to.equal(1);
    expect(await said({ mode: "shadow" }, CHAIN, ["Rooms"])).to.deep.equal([]);
    for (const shadow of [{ mode: "shadow" }, { share: "10%", rest: "shadow" }]) {
      expect(await said({ ...shadow, process: "own" } as unknown as Operate, CHAIN, ["Rooms"])).to.deep.equal([]);
    }
  },
  "mode hooks": async () => {
    const { shadow, enforced } = await arranged({ mode: "enforce", hooks: { userMayInvite: { mode: "shadow" } } });
    expect([shadow !== undefined, enforced]).to.deep.equal([true, undefined]);
  },
  "mode circuit_breaker": async () => {
    const { shadow } = await arranged({ mode: "shadow", on_failure: "deny", circuit_breaker: breaker });
    ask(shadow);
    shadow!.guard!.failed(new Error("boom"));
    expect(ask(shadow)).to.equal(NOT_ASKED);
  },
  "mode required": async () => {
    expect((await settingsOf({ mode: "shadow", required: true })).required).to.equal(false);
  },
  "timeout on_failure": async () => {
    const { enforced } = await arranged({ timeout: "1s", on_failure: "deny" });
    expect([enforced!.timeoutMs, enforced!.failure!.outcome(new Error(), "").kind]).to.deep.equal([1000, "answer"]);
  },
  "timeout share": async () => {
    expect((await arranged({ timeout: "1s", share: "0%" })).callbacks).to.deep.equal([]);
  },
  "timeout only": async () => {
    expect(ask((await arranged({ timeout: "1s", ...others }, () => new Promise(() => undefined))).enforced)).to.equal(
      NOT_ASKED,
    );
  },
  "timeout hooks": async () => {
    expect(
      (await arranged({ timeout: "1s", hooks: { userMayInvite: { timeout: "2s" } } })).enforced!.timeoutMs,
    ).to.equal(2000);
    expect((await said({ hooks: { onUpdate: { timeout: "1s" } } }, "BackgroundUpdates.onUpdate")).length).to.equal(1);
  },
  "timeout circuit_breaker": async () => {
    const { enforced } = await arranged(
      { timeout: "1s", on_failure: "allow", circuit_breaker: breaker },
      () => new Promise(() => undefined),
    );
    void ask(enforced);
    enforced!.guard!.failed(new Error("no answer within 1000 ms"));
    expect(ask(enforced)).to.equal(NOT_ASKED);
  },
  "on_failure share": async () => {
    expect((await arranged({ on_failure: "deny", share: "0%" })).callbacks).to.deep.equal([]);
  },
  "on_failure only": async () => {
    expect(ask((await arranged({ on_failure: "deny", ...others })).enforced)).to.equal(NOT_ASKED);
  },
  "on_failure hooks": async () => {
    const { enforced } = await arranged({ on_failure: "deny", hooks: { userMayInvite: { on_failure: "allow" } } });
    expect(enforced!.failure!.outcome(new Error(), "")).to.deep.equal({ kind: "skip" });
  },
  "on_failure circuit_breaker": async () => {
    expect((await said({ circuit_breaker: {} })).length).to.equal(1);
    expect(await said({ circuit_breaker: {}, on_failure: "deny" })).to.deep.equal([]);
  },
  "share only": async () => {
    const { enforced } = await arranged({ share: "99%", ...others });
    expect(ask(enforced)).to.equal(NOT_ASKED);
  },
  "share hooks": async () => {
    const settings = await settingsOf({ share: "10%", hooks: { userMayInvite: { share: "20%" } } });
    expect(settingsFor(settings, "userMayInvite").share).to.equal(0.2);
  },
  "share circuit_breaker": async () => {
    const rooms = Array.from({ length: 50 }, (_, number) => `!room${number}:b`);
    const { enforced } = await arranged({
      share: "50%",
      on_failure: "deny",
      circuit_breaker: { ...breaker, min_calls: 2 },
    });
    const out = rooms.find((room) => ask(enforced, room) === NOT_ASKED)!;
    const fresh = await arranged({ share: "50%", on_failure: "deny", circuit_breaker: { ...breaker, min_calls: 2 } });
    for (const _ of [1, 2, 3]) ask(fresh.enforced, out);
    const within = rooms.find((room) => ask(fresh.enforced, room) !== NOT_ASKED)!;
    fresh.enforced!.guard!.failed(new Error("boom"));
    expect(ask(fresh.enforced, within)).to.equal("NOT_SPAM");
  },
  "only except": async () => {
    expect(ask((await arranged({ only: { room: "!a:b" }, except: { sender: "@ann:b" } })).enforced)).to.equal(
      NOT_ASKED,
    );
  },
  "only hooks": async () => {
    expect(ask((await arranged({ ...others, hooks: { userMayInvite: { only: {} } } })).enforced)).to.equal("NOT_SPAM");
  },
  "only circuit_breaker": async () => {
    expect(await countsOnly(others)).to.equal(NOT_ASKED);
  },
  "process hooks": async () => {
    const hooks = { userMayInvite: { process: "own", memory: "1GiB", permissions: {}, log_level: "debug" } };
    expect(await refused({ hooks })).to.deep.equal(
      ["process", "memory", "permissions", "log_level"].map(
        (key) => `\`${key}\` is a matter of the whole module, not of one hook`,
      ),
    );
  },
  "process memory": async () => {
    expect([
      await refused({ process: "own", memory: "1GiB" }),
      (await refused({ process: "filters", memory: "1GiB" })).length,
      (await refused({ memory: "1GiB" })).length,
    ]).to.deep.equal([[], 1, 1]);
  },
  "hooks circuit_breaker": async () => {
    const settings = await settingsOf({
      circuit_breaker: { min_calls: 5 },
      hooks: { userMayInvite: { circuit_breaker: {} } },
    });
    expect(settingsFor(settings, "userMayInvite").circuitBreaker!.minCalls).to.equal(20);
  },
};

describe("pairs of keys of operate:", () => {
  it("the pairs of the documentation are those that are tested", () => {
    expect(pairs.map(({ keys }) => keys.join(" "))).to.deep.equal(Object.keys(BEHAVIOURS));
  });

  for (const { keys, rule } of pairs) it(`${keys.join(" and ")}: ${rule}`, () => BEHAVIOURS[keys.join(" ")]!());
});
