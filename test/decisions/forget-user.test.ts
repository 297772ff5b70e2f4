import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import { forgetUser } from "#src/decisions/forget-user.js";
import { PersonalHash, readKey } from "#src/decisions/personal-hash.js";
import { FORGETTING, RecordClaim } from "#src/decisions/record-claim.js";
import { linesOf } from "#src/decisions/record-lines.js";
import { recordFiles } from "#src/replay/record-files.js";
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

function recordsIn({ file }: RecordFolder): unknown[] {
  return readdirSync(dirname(file))
    .toSorted()
    .flatMap((name) =>
      readFileSync(join(dirname(file), name), "utf8")
        .split("\n")
        .slice(0, -1),
    )
    .map((line) => JSON.parse(line) as unknown);
}

/** What a reader of the record finds. */
async function findDecisionsIn({ file }: RecordFolder): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const lines of linesOf(await recordFiles([file]))) {
    for (const { text } of lines) found.push(JSON.parse(text!));
  }
  return found;
}

/** Starts to record, and ends. */
async function writerTo(file: string): Promise<void> {
  const writer = new RecordWriter(file, { ...retention, retainMs: Number.POSITIVE_INFINITY }, log);
  await writer.open();
  await writer.close();
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
    expect(recordsIn(folder)).to.deep.equal(others);
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
    const users = recordsIn(folder).map((line) => (line as { about: { user: string } }).about.user);
    expect(users.toSorted()).to.deep.equal(
      ["@ann:hs", "@last:hs", ...Array.from({ length: 50 }, (_, count) => `@zoe${count}:hs`)].toSorted(),
    );
  });

  /** What stands in the folder, by name. */
  const contents = ({ file }: RecordFolder) =>
    Object.fromEntries(
      readdirSync(dirname(file))
        .toSorted()
        .map((name) => [name, readFileSync(join(dirname(file), name), "utf8")]),
    );
  const about = (user: string) => ({ about: { user } });
  const lines = (...users: string[]) => users.map((user) => `${JSON.stringify(about(user))}\n`).join("");

  it("if one of the files can't be rewritten, all are as they were", async () => {
    using folder = new RecordFolder();
    await recordedTo(folder, [about(BOB), about(BOB), about("@ann:hs")]);
    const [second] = ["20260102T000000.000Z"].map((time) => folder.file.replace(".jsonl", `.${time}.jsonl`));
    writeFileSync(second!, lines(BOB), { mode: 0o644 });
    const { stderr, code } = await run(["decisions", "forget", BOB, "--record", folder.file]);
    expect({ stderr, code }).to.deep.equal({
      stderr: `error: other users may read the record ${second} LIGAND_RECORD_UNUSABLE\n  → Run \`chmod 600 ${second}\`.\n`,
      code: 2,
    });
    expect(recordsIn(folder).filter((line) => isDeepStrictEqual(line, about(BOB)))).to.have.length(3);
    expect(Object.keys(contents(folder)).filter((name) => !name.endsWith("Z.jsonl"))).to.deep.equal([]);
    chmodSync(second!, 0o600);
    expect((await run(["decisions", "forget", BOB, "--record", folder.file])).stdout).to.equal(
      "3 records removed, 1 left\n",
    );
    expect(Object.values(contents(folder))).to.deep.equal([lines("@ann:hs")]);
  });

  it("if it's killed before all files are rewritten, all are as they were, and the next time removes from all", async () => {
    using folder = new RecordFolder();
    await recordedTo(folder, [about(BOB), about(BOB), about("@ann:hs")]);
    writeFileSync(folder.file.replace(".jsonl", ".20260101T000000.000Z.jsonl.new"), "", { mode: 0o600 });
    expect((await findDecisionsIn(folder)).length).to.equal(3);
    expect(await forgetUser(folder.file, BOB, undefined)).to.deep.equal({ removed: 2, kept: 1, foreign: 0 });
    expect(Object.values(contents(folder))).to.deep.equal([lines("@ann:hs")]);
  });

  for (const [title, goOn] of [
    ["recording", (file: string) => writerTo(file)],
    ["removing another user", (file: string) => forgetUser(file, "@nobody:hs", undefined)],
  ] as const) {
    it(`if it's killed while the files are replaced, no reader finds the user, and ${title} goes on with it`, async () => {
      using folder = new RecordFolder();
      await recordedTo(folder, [about(BOB)]);
      rmSync(folder.file);
      const named = (time: string) => folder.file.replace(".jsonl", `.${time}.jsonl`);
      // The first was replaced; the second and the third weren't yet.
      writeFileSync(named("20260101T000000.000Z"), lines("@ann:hs"), { mode: 0o600 });
      writeFileSync(named("20260102T000000.000Z"), lines(BOB, "@zoe:hs"), { mode: 0o600 });
      writeFileSync(`${named("20260102T000000.000Z")}.new`, lines("@zoe:hs"), { mode: 0o600 });
      writeFileSync(named("20260103T000000.000Z"), lines(BOB), { mode: 0o600 });
      writeFileSync(`${named("20260103T000000.000Z")}.new`, "", { mode: 0o600 });
      // Was deleted for its age meanwhile.
      writeFileSync(`${named("20251201T000000.000Z")}.new`, lines("@old:hs"), { mode: 0o600 });
      writeFileSync(`${folder.file}.rewritten`, "", { mode: 0o600 });
      expect(await findDecisionsIn(folder)).to.deep.equal([about("@ann:hs"), about("@zoe:hs")]);
      await goOn(folder.file);
      const { ["decisions.jsonl"]: current = "", ...full } = contents(folder);
      expect([current, full]).to.deep.equal([
        "",
        {
          "decisions.20260101T000000.000Z.jsonl": lines("@ann:hs"),
          "decisions.20260102T000000.000Z.jsonl": lines("@zoe:hs"),
        },
      ]);
    });
  }

  it("a file that is deleted for its age meanwhile is left out", async () => {
    using folder = new RecordFolder();
    mkdirSync(dirname(folder.file), { mode: 0o700 });
    const [first, second] = ["20260101", "20260102"].map((day) =>
      folder.file.replace(".jsonl", `.${day}T000000.000Z.jsonl`),
    );
    writeFileSync(first!, lines(BOB) + lines("@ann:hs").repeat(500_000), { mode: 0o600 });
    writeFileSync(second!, lines(BOB), { mode: 0o600 });
    let isDone = false;
    const forgetting = forgetUser(folder.file, BOB, undefined).finally(() => (isDone = true));
    // By then it's known which files there are.
    while (!existsSync(`${first}.new`) && !isDone) await new Promise((resolve) => setImmediate(resolve));
    rmSync(second!);
    await forgetting;
    expect(readFileSync(first!, "utf8").includes(BOB)).to.equal(false);
    expect(readdirSync(dirname(folder.file))).to.deep.equal(["decisions.20260101T000000.000Z.jsonl"]);
  });

  it("two can't remove records of one file together", async () => {
    using folder = new RecordFolder();
    await recordedTo(folder, [about(BOB), about(BOB), about("@ann:hs")]);
    const claim = await RecordClaim.take(folder.file, FORGETTING);
    try {
      const { stderr, code } = await run(["decisions", "forget", BOB, "--record", folder.file]);
      expect({ stderr, code }).to.deep.equal({
        stderr:
          `error: another host of this process removes records from ${folder.file} LIGAND_RECORD_UNUSABLE\n` +
          "  → Use another file, or wait until that one has ended.\n",
        code: 2,
      });
    } finally {
      await claim.release();
    }
  });

  it("removes what isn't a whole record: no user can be found in it", async () => {
    using folder = new RecordFolder();
    mkdirSync(dirname(folder.file), { mode: 0o700 });
    writeFileSync(folder.file, `${lines("@ann:hs")}"${"x".repeat(2 * 1024 * 1024)}"\n{"about":{"user":"@bo`, {
      mode: 0o600,
    });
    expect(await forgetUser(folder.file, BOB, undefined)).to.deep.equal({ removed: 2, kept: 1, foreign: 0 });
    expect(Object.values(contents(folder))).to.deep.equal([lines("@ann:hs")]);
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
