import { join } from "node:path";
import { expect } from "chai";
import { keyOfRecord } from "#src/decisions/personal-hash.js";
import { recordFiles } from "#src/replay/record-files.js";
import { expectDecisions } from "#src/testing/expect-decisions.js";
import { homeserverBindings } from "ligand/homeserver";
import { createInMemoryHomeserver, roomEvent } from "ligand/testing";
import type { UserId } from "#src/matrix/identifiers.js";
import type { OutgoingRequest } from "#src/services/http-client.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { failureOf } from "../failure-of.js";
import { recordSome } from "./record-some.js";
import { entry, Folder, replayed } from "./recorded.js";

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return ((await failureOf(promise)) as Error).message;
}

describe("what was recorded and is replayed", () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  it("is the same with the same configuration, where everything is recorded", async () => {
    const { file, config } = await recordSome(folder, { personal: "whole", bodies: true });
    expect(await expectDecisions(file, { config })).to.deep.equal({ decisions: 9, same: 9, unknown: {} });
    expect(await expectDecisions(file, { config, baseline: config })).to.deep.equal({
      decisions: 9,
      same: 9,
      unknown: {},
    });
  });

  it("what a service was asked about users is recorded without bodies, and answered again", async () => {
    const { file } = await recordSome(folder, { personal: "whole", bodies: false });
    const config = await folder.config([entry("AdminsInvite")], "one.yaml");
    const { decisions, same } = await expectDecisions(file, { config });
    const { summary } = await replayed({ files: await recordFiles([file]), config: { files: [config] } });
    expect([decisions, same, summary.unknown.map(({ reason }) => reason)]).to.deep.equal([9, 4, ["module gone"]]);
  });

  for (const options of [
    { personal: "hashed", bodies: false },
    { personal: "hashed", bodies: true },
    { personal: "none", bodies: false },
    { personal: "whole", bodies: false },
  ] as const) {
    it(`is never another with the same configuration, whatever is withheld: ${JSON.stringify(options)}`, async () => {
      const { file, config } = await recordSome(folder, options);
      const { summary, words } = await replayed({
        files: await recordFiles([file]),
        config: { files: [config] },
        hasher: await keyOfRecord(file),
      });
      expect(words.filter((each) => !each.startsWith("unknown"))).to.deep.equal([]);
      expect(summary.decisions).to.equal(9);
    });
  }

  describe("what a server answered over HTTP", () => {
    const answers: Readonly<Record<string, object>> = {
      "@tea:example.org": { score: 1 },
      "@gold:example.org": { score: 9 },
      "@secret:example.org": { score: 9, access_token: "syt_YW5u_kQwErTyUiOpAsDfGhJkL_0abcde" },
    };

    /** Records what is decided of some messages, and decides anew. */
    async function judged(options: { readonly bodies: boolean }, ...replays: readonly object[]) {
      const config = await folder.config([entry("Judged")], "modules.yaml", { server_name: "example.org" });
      const file = join(folder.path, "records", "record.jsonl");
      const { logger } = captureLogs();
      const homeserver = createInMemoryHomeserver({ logger });
      homeserver.http.on("POST", "https://judge.example/check", ({ body }: OutgoingRequest) => {
        const found = answers[String(body)];
        return found ? Response.json(found) : new Response("no", { status: 503 });
      });
      const decisions = { file, personal: "whole", ...options } as const;
      const host = await startModules({
        configFile: config,
        services: homeserverBindings(homeserver),
        logger,
        decisions,
      });
      for (const sender of [...Object.keys(answers), "@broken:example.org"] as UserId[]) {
        await host.hooks.spamChecker.checkEventForSpam(roomEvent({ sender }));
      }
      await host.stop();
      const found: (readonly string[])[] = [];
      for (const [index, modules] of replays.entries()) {
        const files = [await folder.config([modules], `${index}.yaml`)];
        const { summary, words } = await replayed({ files: await recordFiles([file]), config: { files } });
        found.push([`${summary.same} of ${summary.decisions}`, ...words]);
      }
      return found;
    }

    it("is answered again if bodies are recorded, and another rule decides otherwise by it", async () => {
      const replays = [
        entry("Judged"),
        entry("Judged", { least: 1 }),
        entry("Judged", { url: "https://other.example/" }),
      ];
      expect(await judged({ bodies: true }, ...replays)).to.deep.equal([
        ["4 of 4"],
        ["3 of 4", "refuses"],
        [
          "0 of 4",
          ...Array.from(
            { length: 4 },
            () =>
              "unknown: Judged.check of Judged reads HttpClient.request, which wasn't asked then, or not with these arguments",
          ),
        ],
      ]);
    });

    it("is unknown if bodies aren't recorded", async () => {
      const [found] = await judged({ bodies: false }, entry("Judged"));
      expect(found).to.deep.equal([
        "0 of 4",
        ...Array.from(
          { length: 4 },
          () => "unknown: Judged.check of Judged reads HttpClient.request, which isn't recorded",
        ),
      ]);
    });
  });

  it("of records with different keys, hashes are compared where the key is the given one, and unknown elsewhere", async () => {
    const other = await Folder.make();
    try {
      const hashed = { personal: "hashed", bodies: true } as const;
      const { file, config } = await recordSome(folder, hashed);
      const { file: otherFile } = await recordSome(other, hashed);
      for (const [known, foreign] of [
        [file, otherFile],
        [otherFile, file],
      ] as const) {
        const { decisions, summary } = await replayed({
          files: await recordFiles([file, otherFile]),
          config: { files: [config] },
          hasher: await keyOfRecord(known),
        });
        const ofAnotherKey = decisions.filter(({ unknown }) => unknown?.reason === "another key");
        expect(ofAnotherKey.map((found) => [found.file, "record" in found && found.record.hook])).to.deep.equal([
          [foreign, "PasswordAuth.getUsernameForRegistration"],
        ]);
        expect([summary.decisions, summary.same, summary.differences]).to.deep.equal([18, 7, 0]);
      }
    } finally {
      await other.remove();
    }
  });

  it("expectDecisions throws what is another, and why nothing can be said", async () => {
    const { file } = await recordSome(folder, { personal: "whole", bodies: true });
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
