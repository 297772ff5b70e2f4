import { join } from "node:path";
import { expect } from "chai";
import { createInMemoryHomeserver, roomEvent, requester, stateOf } from "ligand/testing";
import { homeserverBindings } from "ligand/homeserver";
import type { DecisionsOptions } from "#src/decisions/decisions-options.js";
import type { StateMap } from "#src/matrix/state-map.js";
import type { RoomEvent } from "#src/matrix/room-event.js";
import { recordFiles, recordKey } from "#src/replay/record-files.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { expectDecisions } from "#src/testing/expect-decisions.js";
import { failureOf } from "../failure-of.js";
import { entry, Folder, replayed } from "./recorded.js";

const MODULES = [
  entry("WordFilter", { words: ["gold"] }),
  entry("UserFilter", { users: ["@eve:example.org"] }),
  entry("AdminsInvite"),
  entry("NamedRooms"),
  entry("RoomNamer"),
  entry("NamePicker"),
  entry("Noting"),
];

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return ((await failureOf(promise)) as Error).message;
}

describe("what was recorded and is replayed", function () {
  this.timeout(20_000);
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  /** Asks some hooks, and records what comes of it. */
  async function record(options: Omit<DecisionsOptions, "file">): Promise<{ file: string; config: string }> {
    const config = await folder.config(MODULES, "modules.yaml", { server_name: "example.org" });
    const file = join(folder.path, "records", "record.jsonl");
    const { logger } = captureLogs();
    const homeserver = createInMemoryHomeserver({ logger });
    const host = await startModules({
      configFile: config,
      services: homeserverBindings(homeserver),
      logger,
      decisions: { file, ...options },
    });
    const { spamChecker, thirdPartyRules, passwordAuth } = host.hooks;
    const admin = await homeserver.user("ann", { admin: true });
    await homeserver.user("bob");
    const named = stateOf(roomEvent({ type: "m.room.name", state_key: "", content: { name: "Tea" } }));
    const message = (sender: `@${string}:${string}`, body: string) => roomEvent({ sender, content: { body } });
    await spamChecker.checkEventForSpam(message("@ann:example.org", "tea"));
    await spamChecker.checkEventForSpam(message("@ann:example.org", "gold"));
    await spamChecker.checkEventForSpam(message("@eve:example.org", "tea"));
    await spamChecker.userMayInvite(admin.userId, "@bob:example.org", "!room:example.org");
    await spamChecker.userMayInvite("@bob:example.org", "@ann:example.org", "!room:example.org");
    await thirdPartyRules.checkEventAllowed(message("@ann:example.org", "tea"), named);
    await thirdPartyRules.checkEventAllowed(message("@ann:example.org", "tea"), stateOf() as StateMap<RoomEvent>);
    await thirdPartyRules.onCreateRoom(requester("@ann:example.org"), { topic: "tea" }, false);
    await passwordAuth.getUsernameForRegistration({}, {});
    await host.stop();
    return { file, config };
  }

  it("is the same with the same configuration, where everything is recorded", async () => {
    const { file, config } = await record({ personal: "whole", bodies: true });
    expect(await expectDecisions(file, { config })).to.deep.equal({ decisions: 9, same: 9, unknown: {} });
    expect(await expectDecisions(file, { config, baseline: config })).to.deep.equal({
      decisions: 9,
      same: 9,
      unknown: {},
    });
  });

  for (const options of [
    { personal: "hashed", bodies: false },
    { personal: "hashed", bodies: true },
    { personal: "none", bodies: false },
    { personal: "whole", bodies: false },
  ] as const) {
    it(`is never another with the same configuration, whatever is withheld: ${JSON.stringify(options)}`, async () => {
      const { file, config } = await record(options);
      const { summary, words } = await replayed({
        files: await recordFiles([file]),
        config: { files: [config] },
        hasher: await recordKey(undefined, file),
      });
      expect(words.filter((each) => !each.startsWith("unknown"))).to.deep.equal([]);
      expect(summary.decisions).to.equal(9);
    });
  }

  it("expectDecisions throws what is another, and why nothing can be said", async () => {
    const { file } = await record({ personal: "whole", bodies: true });
    const config = await folder.config([entry("UserFilter", { users: ["@ann:example.org"] })], "other.yaml");
    const differs = await messageOf(expectDecisions(file, { config, baseline: join(folder.path, "modules.yaml") }));
    expect(differs).to.match(/^\d of 9 decisions are others than recorded in .*record\.jsonl:\n/);
    expect(differs).to.include(
      'then "NOT_SPAM", now {"code":"M_FORBIDDEN","fields":{}}, by UserFilter.mayInvite of UserFilter',
    );
    const empty = await folder.record([]);
    expect(await messageOf(expectDecisions(empty, { config }))).to.equal(
      `nothing can be said of any of the 0 decisions in ${empty}:`,
    );
  });
});
