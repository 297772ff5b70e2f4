import { expect } from "chai";
import { inject, postConstruct } from "inversify";
import { SpamChecker } from "#src/catalogue/index.js";
import type { Health } from "#src/container/health.js";
import type { UserId } from "#src/matrix/identifiers.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";
import { Module } from "#src/modules/module.js";
import { ModuleConfig } from "#src/modules/tokens.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { RUNNING } from "./running-module.js";
import { until } from "./until.js";

const event = (sender: UserId = "@ann:hs") =>
  new RoomEvent({ room_id: "!room:hs", type: "m.room.message", sender, content: {} });
const { logger } = captureLogs();
let opened: (() => void) | undefined;

@Module()
class Wavering {
  static parseConfig(config: { fails?: boolean; waits?: boolean }) {
    return config;
  }

  constructor(@inject(ModuleConfig) readonly config: { fails?: boolean; waits?: boolean }) {}

  @postConstruct()
  async start() {
    if (this.config.fails) throw new RangeError("no port");
    if (this.config.waits) await new Promise<void>((resolve) => (opened = resolve));
  }

  @SpamChecker.checkEventForSpam()
  check({ sender }: RoomEvent) {
    if (sender.startsWith("@bad")) throw new RangeError("bad");
    return NOT_SPAM;
  }
}

/** What depends neither on the time nor on where this file is. */
const shown = ({ state, revision, lastReload, modules }: Health) => ({
  state,
  revision,
  lastReload: lastReload && { ...lastReload, at: typeof lastReload.at },
  modules: modules.map(({ since, slowest, problems, ...rest }) => ({
    ...rest,
    since: typeof since,
    slowest: slowest?.callback,
    problems: problems.map((problem) => problem.replace(/ \(at .*\)$/, " (at …)")),
  })),
});
const module = (id: string, rest: object = {}) => ({
  id,
  ...RUNNING,
  since: "number",
  slowest: undefined,
  ...rest,
});

describe("host.health", () => {
  it("health says the mode and state of each module, what its callbacks have done, and how the last reload ended", async () => {
    const breaking = { circuit_breaker: { failure_rate: "50%", min_calls: 2, window: "1m", open_for: "1m" } } as const;
    await using host = await startModules({
      logger,
      modules: [
        { module: Wavering, id: "well", operate: { except: { sender: "@bad*" } } },
        { module: Wavering, id: "bad", operate: { on_failure: "allow", ...breaking } },
        { module: Wavering, id: "down", config: { fails: true }, operate: { required: false } },
        { module: Wavering, id: "off", operate: { mode: "disabled" } },
      ],
    });
    const { checkEventForSpam } = host.hooks.spamChecker;
    await checkEventForSpam(event());
    for (let call = 0; call < 3; call++) await checkEventForSpam(event("@bad:hs"));
    const name = "Wavering.check";
    expect(shown(host.health())).to.deep.equal({
      state: "running",
      revision: 1,
      lastReload: null,
      modules: [
        module("well", { calls: 1, notAsked: 3, slowest: name }),
        module("bad", { state: "degraded", openBreakers: 1, calls: 2, failures: 1, notAsked: 2, slowest: name }),
        module("down", {
          state: "failed",
          problems: [
            "module down failed in its @postConstruct method [LIGAND_MODULE_START_FAILED] Read the cause: it's an error in the module's code. Caused by: no port (at …)",
          ],
        }),
        module("off", { mode: "disabled", state: "stopped" }),
      ],
    });
    await host.reload({ modules: [{ module: Wavering, id: "well", config: { fails: true } }] }).catch(() => undefined);
    expect(shown(host.health()).lastReload).to.deep.equal({ at: "number", outcome: "refused", problems: 1 });
    await host.reload({ modules: [{ module: Wavering, id: "well", config: { waits: false } }] });
    const after = shown(host.health());
    expect([after.revision, after.lastReload]).to.deep.equal([2, { at: "number", outcome: "done", problems: 0 }]);
    expect(after.modules).to.deep.equal([module("well", { restarts: 1, calls: 1, notAsked: 3, slowest: name })]);
  });

  it("a module that's being started is starting, one that's being replaced goes on running, and all are stopped in the end", async () => {
    await using host = await startModules({ logger, modules: [{ module: Wavering, id: "a" }] });
    const states = () => host.health().modules.map(({ id, state }) => `${id} ${state}`);
    const reloading = host.reload({
      modules: [
        { module: Wavering, id: "a", config: { waits: false } },
        { module: Wavering, id: "b", config: { waits: true } },
      ],
    });
    await until(() => opened !== undefined);
    expect(states()).to.deep.equal(["a running", "b starting"]);
    opened!();
    await reloading;
    expect(states()).to.deep.equal(["a running", "b running"]);
    await host.stop();
    expect(states()).to.deep.equal(["a stopped", "b stopped"]);
    expect(host.health().state).to.equal("stopped");
  });

  it("health says since when a module's circuit breakers are open, are closed again, and since when it runs after a reload", async () => {
    const breaking = { on_failure: "allow", circuit_breaker: { min_calls: 1, open_for: "1ms" } } as const;
    await using host = await startModules({ logger, modules: [{ module: Wavering, operate: breaking }] });
    const { checkEventForSpam } = host.hooks.spamChecker;
    const later = async () => {
      const { state, since } = host.health().modules[0]!;
      await until(() => Date.now() > since);
      return [state, since] as const;
    };
    const [, started] = await later();
    await checkEventForSpam(event("@bad:hs"));
    const [open, opened] = await later();
    await until(async () => {
      await checkEventForSpam(event());
      return host.health().modules[0]?.state === "running";
    });
    const [closed, since] = await later();
    expect([open, opened > started, closed, since > opened]).to.deep.equal(["degraded", true, "running", true]);
    await host.reload({ modules: [{ module: Wavering, config: { waits: false }, operate: breaking }] });
    const [, again] = await later();
    expect(again > since).to.equal(true);
  });

  it("the slowest call may be one that never settled: it counts with the time that it had until it was given up", async () => {
    @Module()
    class Hanging {
      @SpamChecker.checkEventForSpam()
      check({ sender }: RoomEvent) {
        return sender.startsWith("@bad") ? new Promise<typeof NOT_SPAM>(() => undefined) : NOT_SPAM;
      }
    }
    const host = await startModules({
      logger,
      modules: [{ module: Hanging, operate: { timeout: "200ms", on_failure: "allow" } }],
    });
    const alive = setInterval(() => undefined, 1000);
    try {
      await host.hooks.spamChecker.checkEventForSpam(event());
      await host.hooks.spamChecker.checkEventForSpam(event("@bad:hs"));
      expect(host.health().modules.map(({ timeouts, slowest }) => ({ timeouts, slowest }))).to.deep.equal([
        { timeouts: 1, slowest: { hook: "SpamChecker.checkEventForSpam", callback: "Hanging.check", ms: 200 } },
      ]);
    } finally {
      clearInterval(alive);
      await host.stop();
    }
  });

  it("the metrics have a line for each state, restart and reload", async () => {
    await using host = await startModules({ logger, modules: [{ module: Wavering, id: "a" }] });
    await host.reload({ modules: [{ module: Wavering, id: "a", config: { waits: false } }] });
    const lines = host.metrics().split("\n");
    for (const line of [
      'ligand_module_state{server_name="",module="a",mode="enforce",state="running"} 1',
      'ligand_module_restarts_total{server_name="",module="a"} 1',
      'ligand_reloads_total{server_name="",outcome="done"} 1',
      'ligand_reload_refused{server_name=""} 0',
      'ligand_configuration_revision{server_name=""} 2',
      'ligand_configuration_last_good{server_name=""} 0',
    ]) {
      expect(lines).to.include(line);
    }
  });
});
