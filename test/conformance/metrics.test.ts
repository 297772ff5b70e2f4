import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { bindService, ConfiguredServer, Server } from "#src/index.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";

const configFile = fileURLToPath(new URL("../../../test/fixtures/metrics/homeserver.yaml", import.meta.url));

describe("conformance: metrics", () => {
  it("case 41: a call of a callback counts under the name of its source and method, with the name of the server (differs: callbacks of all categories count, and the time is taken of each hook's first 1000 dispatches, then of one in 256)", async () => {
    await using host = await startModules({
      configFile,
      services: [bindService(Server, new ConfiguredServer({ serverName: "example.org" }))],
      logger: captureLogs().logger,
    });
    for (let call = 0; call < 16; call++) {
      await host.hooks.spamChecker.userMayPublishRoom("@alice:example.org", "!room:example.org");
      await host.hooks.mediaRepository.getMediaConfigForUser("@alice:example.org");
      expect(() =>
        host.hooks.ratelimit.getRatelimitOverrideForUser("@alice:example.org", "rc_invites.per_user"),
      ).to.throw("boom");
    }
    const samples = host.metrics().split("\n");
    await host.stop();

    const countsOf = (family: string) =>
      samples.filter((line) => line.startsWith(`${family}{`)).map((line) => line.slice(family.length));
    const label = (id: string, hook: string, method: string) =>
      `{server_name="example.org",module="${id}",hook="${hook}",block_name="./metered.mjs#Metered.Metered.${method}"}`;
    const counts = (publish: number, config: number, rateOne: number, rateTwo: number) => [
      `${label("one", "SpamChecker.userMayPublishRoom", "mayPublish")} ${publish}`,
      `${label("two", "SpamChecker.userMayPublishRoom", "mayPublish")} ${publish}`,
      `${label("one", "MediaRepository.getMediaConfigForUser", "config")} ${config}`,
      `${label("two", "MediaRepository.getMediaConfigForUser", "config")} ${config}`,
      `${label("one", "Ratelimit.getRatelimitOverrideForUser", "rate")} ${rateOne}`,
      `${label("two", "Ratelimit.getRatelimitOverrideForUser", "rate")} ${rateTwo}`,
    ];
    expect(countsOf("ligand_callback_calls_total")).to.deep.equal(counts(16, 16, 16, 0));
    expect(countsOf("ligand_callback_failures_total")).to.deep.equal(counts(0, 0, 16, 0));
    // A callback that nothing has called has counters and no histogram.
    expect(countsOf("ligand_callback_duration_seconds_count")).to.deep.equal(counts(16, 16, 16, 0).slice(0, -1));
  });
});
