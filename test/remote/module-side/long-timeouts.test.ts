import { expect } from "chai";
import type { Operate } from "#src/config/operate/operate.js";
import { Module, NOT_SPAM, SpamChecker, ThirdPartyRules } from "#src/index.js";
import { longTimeouts } from "#src/remote/module-side/long-timeouts.js";
import { TimeoutWarnings } from "#src/remote/module-side/timeout-warnings.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { settingsOf } from "../../operate/operate-settings-of.js";

@Module()
class Filter {
  @SpamChecker.checkEventForSpam()
  check() {
    return NOT_SPAM;
  }

  @ThirdPartyRules.onNewEvent()
  notified() {}
}

const WARNING =
  "the time-outs of SpamChecker.checkEventForSpam add up to 12000 ms, but the homeserver gives the hook up after 10000 ms: callbacks that haven't answered 200 ms before that count as failed. Lower them, or raise its call_timeout";

async function modulesOf(...all: readonly Operate[]) {
  return Promise.all(
    all.map(async (operate, index) => ({
      info: { id: String(index), name: "Filter" },
      class: Filter,
      operate: await settingsOf(operate),
    })),
  );
}

describe("time-outs of modules beside a homeserver that doesn't wait forever", () => {
  it("a hook whose time-outs add up to more than the homeserver waits has a warning", async () => {
    const spam = (timeout: "4s" | "8s"): Operate => ({ timeout: "1s", hooks: { checkEventForSpam: { timeout } } });
    const modules = await modulesOf(spam("4s"), spam("8s"));
    expect(longTimeouts(modules, 10_000)).to.deep.equal([WARNING]);
    expect(longTimeouts(modules, 12_000)).to.deep.equal([]);
  });

  it("callbacks that wait forever, are in shadow or disabled add nothing", async () => {
    const modules = await modulesOf({ required: true }, { timeout: "9s" }, { mode: "shadow", timeout: "9s" });
    expect(longTimeouts(modules, 10_000)).to.deep.equal([]);
  });

  it("a warning is logged once, and again when it has gone and comes back", async () => {
    const { logger, records } = captureLogs({ all: true });
    const modules = await modulesOf({ timeout: "12s", hooks: { onNewEvent: { mode: "disabled" } } });
    const warnings = new TimeoutWarnings(logger);
    warnings.check(modules, []);
    warnings.check(modules, [20_000, 10_000]);
    warnings.check(modules, [10_000]);
    expect(records.map(({ level, message }) => [level, message])).to.deep.equal([["warn", WARNING]]);
    warnings.check([], [10_000]);
    warnings.check(modules, [10_000]);
    expect(records).to.have.length(2);
  });
});
