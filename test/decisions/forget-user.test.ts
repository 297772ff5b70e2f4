import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { forgetUser } from "#src/decisions/forget-user.js";
import { PersonalHash, readKey } from "#src/decisions/personal-hash.js";
import { RecordWriter } from "#src/decisions/record-writer.js";
import { run } from "../cli/captured-terminal.js";
import { RecordFolder } from "./record-folder.js";

const BOB = "@bob:hs";
const retention = { retainMs: 86_400_000, maxBytes: 1024 ** 2 };
const log = { warn: () => undefined, error: () => undefined };

/** Writes lines as `ligand serve` would, into two files. */
async function recordedTo({ file }: RecordFolder, lines: readonly object[]): Promise<void> {
  mkdirSync(dirname(file), { mode: 0o700 });
  const [first, ...others] = lines.map((line) => `${JSON.stringify(line)}\n`);
  writeFileSync(file.replace(".jsonl", ".20260101T000000.000Z.jsonl"), first!, { mode: 0o600 });
  writeFileSync(file, others.join(""), { mode: 0o600 });
}

function linesOf({ file }: RecordFolder): unknown[] {
  return readdirSync(dirname(file))
    .toSorted()
    .flatMap((name) =>
      readFileSync(join(dirname(file), name), "utf8")
        .split("\n")
        .slice(0, -1),
    )
    .map((line) => JSON.parse(line) as unknown);
}

describe("ligand decisions forget", () => {
  it("removes the records that name a user, whole or hashed, and leaves those of others", async () => {
    using folder = new RecordFolder();
    const { of, keyId } = await readKey(folder.keyFile, folder.file, true);
    const hashed = (name: string) => ({ $: "hashed", of: of(name) });
    const others = [
      { about: { user: "@bobby:hs" } },
      { about: { user: "@bob:hs.example" } },
      { error: { message: "no invites from @bob:hs-2" } },
      { about: { user: hashed("@ann:hs") }, key: keyId },
    ];
    await recordedTo(folder, [
      { about: { user: BOB } },
      others[0]!,
      { args: ["@ann:hs", BOB] },
      others[1]!,
      { about: { user: hashed(BOB) }, key: keyId },
      { args: [hashed("bob")], key: keyId },
      others[2]!,
      { error: { message: `${BOB} has no list` } },
      others[3]!,
    ]);
    const { stdout, code } = await run(["decisions", "forget", BOB, "--record", folder.file]);
    expect({ stdout, code }).to.deep.equal({ stdout: "5 records removed, 4 left\n", code: 0 });
    expect(linesOf(folder)).to.deep.equal(others);
  });

  it("says that records with hashes of another key can't be searched", async () => {
    using folder = new RecordFolder();
    const { of, keyId } = PersonalHash.ephemeral();
    await recordedTo(folder, [{ about: { user: BOB } }, { about: { user: { $: "hashed", of: of(BOB) } }, key: keyId }]);
    const { stdout, code } = await run(["decisions", "forget", BOB, "--record", folder.file]);
    expect({ stdout, code }).to.deep.equal({
      stdout: `1 record removed, 1 left\n1 record can't be searched for a user: the hashes are of another key than ${folder.keyFile}\n`,
      code: 1,
    });
  });

  it("a process that records meanwhile loses nothing", async () => {
    using folder = new RecordFolder();
    const writer = new RecordWriter(folder.file, retention, log);
    await writer.open();
    const write = async (user: string) => {
      writer.add(JSON.stringify({ about: { user } }));
      await writer.flush();
    };
    await write(BOB);
    await write("@ann:hs");
    const forgetting = forgetUser(folder.file, BOB, undefined);
    for (let count = 0; count < 50; count++) await write(`@zoe${count}:hs`);
    expect(await forgetting).to.deep.include({ removed: 1, foreign: 0 });
    await write("@last:hs");
    await writer.close();
    const users = linesOf(folder).map((line) => (line as { about: { user: string } }).about.user);
    expect(users.toSorted()).to.deep.equal(
      ["@ann:hs", "@last:hs", ...Array.from({ length: 50 }, (_, count) => `@zoe${count}:hs`)].toSorted(),
    );
  });

  it("says that there is nothing at a file that decisions weren't recorded to", async () => {
    using folder = new RecordFolder();
    const { stderr, code } = await run(["decisions", "forget", BOB, "--record", folder.file]);
    expect({ stderr, code }).to.deep.equal({
      stderr:
        `error: there are no recorded decisions at ${folder.file} LIGAND_ARGUMENT_INVALID\n` +
        "  → Name the file that decisions are recorded to.\n",
      code: 2,
    });
  });
});
