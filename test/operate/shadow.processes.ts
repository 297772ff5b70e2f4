import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { bindService, Rooms, startModules } from "#src/index.js";
import { createLogger } from "#src/logging/create-logger.js";
import { CapturedStream } from "../logging/captured-stream.js";
import { until } from "../until.js";

/** A module that ends each inviter's membership, as a compiler would write it. */
const KICKER = `
import { Codes, deny, inject, Module, Rooms, SpamChecker } from ${JSON.stringify(pathToFileURL("dist/index.js").href)};

export class Kicker {
  async kick(inviter) {
    await this.rooms.deleteRoom("!room:example.org");
    return deny(Codes.FORBIDDEN);
  }
}
inject(Rooms)(Kicker.prototype, "rooms");
SpamChecker.userMayInvite()(Kicker.prototype, "kick", Object.getOwnPropertyDescriptor(Kicker.prototype, "kick"));
Module()(Kicker);
`;

describe("a module in shadow, in a process of its own", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-shadow-"));
    await writeFile(join(folder, "kicker.mjs"), KICKER);
  });
  after(() => rm(folder, { recursive: true }));

  for (const [mode, deleted, verdict] of [
    ["enforce", ["!room:example.org"], "M_FORBIDDEN"],
    ["shadow", [], undefined],
  ] as const) {
    it(`a module with a process of its own and mode: ${mode} ${mode === "shadow" ? "only pretends to act" : "acts"}`, async () => {
      const file = join(folder, `${mode}.yaml`);
      const entry = `{ module: ./kicker.mjs#Kicker, operate: { process: own, mode: ${mode} } }`;
      await writeFile(file, `modules:\n  - ${entry}\n`);
      const stream = new CapturedStream();
      const acted: string[] = [];
      const rooms = { deleteRoom: async (room: string) => void acted.push(room) } as unknown as Rooms;
      await using host = await startModules({
        configFile: file,
        services: [bindService(Rooms, rooms)],
        logger: createLogger({ format: "json", stream }),
      });
      const answer = await host.hooks.spamChecker.userMayInvite(
        "@ann:example.org",
        "@bob:example.org",
        "!a:example.org",
      );
      expect(answer === "NOT_SPAM" ? undefined : answer.code).to.equal(verdict);
      await until(() => acted.length > 0 || stream.text.includes("in shadow: Rooms.deleteRoom would have been called"));
      expect(acted).to.deep.equal(deleted);
    });
  }
});
