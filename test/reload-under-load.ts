import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { inject } from "inversify";
import { SpamChecker } from "#src/catalogue/index.js";
import type { HookContext } from "#src/hooks/context.js";
import { Clock, bindService, Every } from "#src/index.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";
import { Module } from "#src/modules/module.js";
import { ModuleConfig } from "#src/modules/tokens.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { FakeClock } from "#src/testing/fake-clock.js";
import { collectGarbage } from "./collect-garbage.js";

const event = new RoomEvent({ room_id: "!room:hs", type: "m.room.message", sender: "@ann:hs", content: {} });

/** How often dispatches begin, in milliseconds. */
const TURN_MS = 5;

/** The revisions of the callbacks that a dispatch asked. */
const asked = new Map<string, number[]>();
let instances: WeakRef<object>[] = [];
let ticks: number[] = [];

@Module()
class Revised {
  static parseConfig(config: { readonly revision: number }) {
    return config;
  }

  constructor(@inject(ModuleConfig) private readonly config: { readonly revision: number }) {
    instances.push(new WeakRef(this));
  }

  @SpamChecker.checkEventForSpam()
  async check(_event: RoomEvent, { requestId }: HookContext) {
    asked.get(requestId!)!.push(this.config.revision);
    await setTimeout(20 + Math.random() * 180);
    return NOT_SPAM;
  }

  @Every("1s")
  tick() {
    ticks.push(this.config.revision);
  }
}

/** What reloads under load came to. */
interface Load {
  readonly dispatches: number;
  /** Dispatches that asked callbacks of several revisions, or not all of them. */
  readonly torn: number;
  /** The revision that runs in the end. */
  readonly revision: number;
  /** How many instances were made, and how many of them are still in memory. */
  readonly instances: number;
  readonly alive: number;
  /** How often `@Every("1s")` of the modules was called, in a second for each reload. */
  readonly ticks: number;
}

/** Expects that each dispatch saw one revision, that replaced instances are collected, and that no call of `@Every` is doubled or left out. */
export async function expectWholeReloads(reloads: number, dispatchesPerSecond: number): Promise<void> {
  const { dispatches, ...others } = await reloadUnderLoad(reloads, dispatchesPerSecond);
  expect(dispatches).to.be.above(reloads);
  expect(others).to.deep.equal({
    torn: 0,
    revision: reloads,
    instances: 3 * reloads,
    alive: 3,
    ticks: 3 * reloads,
  });
}

/** Replaces three modules again and again while a hook is asked. */
async function reloadUnderLoad(reloads: number, dispatchesPerSecond: number): Promise<Load> {
  [instances, ticks] = [[], []];
  asked.clear();
  const clock = new FakeClock();
  const { logger } = captureLogs();
  const modules = (revision: number) => ["a", "b", "c"].map((id) => ({ module: Revised, id, config: { revision } }));
  await using host = await startModules({
    modules: modules(1),
    services: [bindService(Clock, clock)],
    logger,
    pendingLimitMs: 2000,
  });
  const { checkEventForSpam } = host.hooks.spamChecker;
  const pending = new Set<Promise<unknown>>();
  let dispatches = 0;
  const ask = () => {
    const requestId = String(++dispatches);
    asked.set(requestId, []);
    const dispatch: Promise<unknown> = Promise.resolve(checkEventForSpam(event, { requestId })).then(() =>
      pending.delete(dispatch),
    );
    pending.add(dispatch);
  };
  // At most: a machine that's too slow for so many would never catch up.
  const asking = setInterval(() => {
    for (let left = (dispatchesPerSecond * TURN_MS) / 1000; left > 0; left--) ask();
  }, TURN_MS);
  for (let revision = 2; revision <= reloads; revision++) {
    await clock.advance(1000);
    await host.reload({ modules: modules(revision) });
    // Time for the dispatches of a revision.
    await setTimeout(TURN_MS);
  }
  await clock.advance(1000);
  const counted = ticks.length;
  clearInterval(asking);
  await Promise.all(pending);
  const { revision } = await host.reload();
  const torn = [...asked.values()].filter((all) => all.length !== 3 || new Set(all).size !== 1).length;
  const alive = await aliveAtLast();
  return { dispatches, torn, revision, instances: instances.length, alive, ticks: counted };
}

/** How many instances are left once those that nothing asks any more have been collected. */
async function aliveAtLast(): Promise<number> {
  for (let look = 0; ; look++) {
    // The watchdog keeps dispatches that have ended until it looks again.
    await setTimeout(100);
    collectGarbage();
    const alive = instances.filter((instance) => instance.deref()).length;
    if (alive <= 3 || look === 100) return alive;
  }
}
