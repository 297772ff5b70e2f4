import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { moduleOf } from "../module-of-functions.js";
import { serveModules } from "../served.js";
import { CORPUS, mutated } from "../simulation/corpus.js";
import { randomOf } from "../simulation/world.js";
import { until } from "../../until.js";

/** How long sockets are fuzzed, at most. */
const FUZZED_MS = 3000;
const MOST_ROUNDS = 40;
const SOCKETS_IN_A_ROUND = 10;

describe("fuzzed sockets", () => {
  it("whatever strangers send, half or whole, quickly or slowly, the modules answer the next homeserver", async () => {
    const seed = Date.now() % 2 ** 31;
    const random = randomOf(seed);
    const below = (end: number) => Math.floor(random() * end);
    const module = moduleOf({ accountValidity: { isUserExpired: () => true } });
    await using served = await serveModules([{ module }], { limits: { introductionMs: 2000, messageTimeMs: 500 } });
    const stranger = async (bytes: Buffer) => {
      const socket = await served.raw();
      socket.on("error", () => undefined).resume();
      for (let at = 0; at < bytes.length && !socket.destroyed;) {
        const end = at + 1 + below(bytes.length);
        socket.write(bytes.subarray(at, end));
        at = end;
        await pause(below(20));
      }
      if (random() < 0.5) await pause(below(100));
      socket.destroy();
    };
    const deadline = Date.now() + FUZZED_MS;
    for (let round = 0; round < MOST_ROUNDS && Date.now() < deadline; round++) {
      const all: Buffer[] = round === 0 ? CORPUS.map((one) => Buffer.from(one, "latin1")) : [];
      while (all.length < SOCKETS_IN_A_ROUND) all.push(mutated(random));
      await Promise.all(all.map(stranger));
      await until(() => served.server.connections === 0);
      await using host = await served.connect();
      expect(await host.hooks.accountValidity.isUserExpired("@a:x"), `seed ${seed}, round ${round}`).to.equal(true);
      await host.stop();
      await until(() => served.server.connections === 0);
    }
  });
});
