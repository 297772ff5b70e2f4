import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { NOT_ASKED } from "#src/hooks/narrowing.js";
import { renderMetrics } from "#src/dispatch/render-metrics.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";
import { SimulatedTime } from "./simulated-time.js";
import { startCategory } from "./start-category.js";

const ALICE = "@alice:example.org";
const ROOM = "!room:example.org";

describe("renderMetrics", () => {
  it("the metrics have time-outs where there is a timeout, and calls that were left out and results in shadow where there are some", async () => {
    const time = new SimulatedTime();
    const { hooks, setModules, chains, watchdog } = startCategory(CATALOGUE.spamChecker, {}, { time });
    setModules(
      {
        slow: { userMayPublishRoom: () => new Promise(() => undefined) },
        skips: { userMayPublishRoom: () => NOT_ASKED },
        tried: { userMayPublishRoom: () => NOT_SPAM },
        plain: { userMayPublishRoom: () => NOT_SPAM },
      },
      {
        arrange: (callback) => {
          const { id } = callback.module;
          const failure = { name: "go on", outcome: () => ({ kind: "skip" }) as const, level: () => "warn" as const };
          if (id === "slow") return { ...callback, timeoutMs: 10, failure };
          return id === "tried" ? { ...callback, shadow: true } : callback;
        },
        shadows: { enter: ({ calls }) => calls.forEach((call) => call.count("unchanged")) },
      },
    );
    const result = hooks.userMayPublishRoom(ALICE, ROOM);
    await time.pass(10);
    await time.pass(10);
    expect(await result).to.equal(NOT_SPAM);
    const lines = renderMetrics(chains, watchdog, "example.org").split("\n");
    const samples = lines.filter((line) => /^ligand_(callback_[cftn].*_total|shadow.*)\{/.test(line));
    const labels = (id: string) =>
      `server_name="example.org",module="${id}",hook="SpamChecker.userMayPublishRoom",block_name="${id}.userMayPublishRoom"`;
    expect(samples).to.deep.equal([
      `ligand_callback_calls_total{${labels("slow")}} 1`,
      `ligand_callback_calls_total{${labels("skips")}} 0`,
      `ligand_callback_calls_total{${labels("plain")}} 1`,
      `ligand_callback_failures_total{${labels("slow")}} 1`,
      `ligand_callback_failures_total{${labels("skips")}} 0`,
      `ligand_callback_failures_total{${labels("plain")}} 0`,
      `ligand_callback_timeouts_total{${labels("slow")}} 1`,
      `ligand_callback_not_asked_total{${labels("skips")}} 1`,
      `ligand_shadow_results_total{${labels("tried")},result="unchanged"} 1`,
    ]);
  });
});
