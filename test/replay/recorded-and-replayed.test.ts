import { join } from "node:path";
import { expect } from "chai";
import { recordFiles, recordKey } from "#src/replay/record-files.js";
import { expectDecisions } from "#src/testing/expect-decisions.js";
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
        hasher: await recordKey(undefined, file),
      });
      expect(words.filter((each) => !each.startsWith("unknown"))).to.deep.equal([]);
      expect(summary.decisions).to.equal(9);
    });
  }

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
          hasher: await recordKey(undefined, known),
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
