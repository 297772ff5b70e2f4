import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { FORGETTING, RECORDING, RecordClaim } from "#src/decisions/record-claim.js";
import { Module, NOT_SPAM, SpamChecker, startModules } from "#src/index.js";
import type { LigandError } from "#src/errors/ligand-error.js";
import { captureLogs } from "#src/testing.js";
import { failureOf } from "../failure-of.js";
import { RecordFolder } from "./record-folder.js";

const REMEDY = "Use another file, or wait until that one has ended.";

@Module()
class Passes {
  @SpamChecker.userMayInvite()
  mayInvite() {
    return NOT_SPAM;
  }
}

function namesIn(folder: RecordFolder): string[] {
  return existsSync(dirname(folder.file)) ? readdirSync(dirname(folder.file)).toSorted() : [];
}

const messageOf = (error: unknown) => (error as LigandError).message;

/** A socket of a process that was killed. */
async function leftSocket(path: string): Promise<void> {
  const server = createServer().listen({ path: `${path}.made` });
  await once(server, "listening");
  renameSync(`${path}.made`, path);
  server.close();
  await once(server, "close");
}

describe("who records to a file", () => {
  it("a second host that would record to the same file isn't started, and the first goes on", async () => {
    using folder = new RecordFolder();
    const { logger } = captureLogs();
    const options = { logger, modules: [{ module: Passes }], decisions: { file: folder.file } };
    const first = await startModules(options);
    const error = (await failureOf(startModules(options))) as LigandError;
    expect([error.code, error.message, error.remedy]).to.deep.equal([
      "LIGAND_RECORD_UNUSABLE",
      `another host of this process records decisions to ${folder.file}`,
      REMEDY,
    ]);
    await first.hooks.spamChecker.userMayInvite("@ann:hs", "@bob:hs", "!room:hs");
    await first.stop();
    expect(folder.records).to.have.length(1);
    expect(namesIn(folder)).to.deep.equal(["decisions.jsonl"]);
  });

  it("the next one waits for the one before, which is ending", async () => {
    using folder = new RecordFolder();
    const first = await RecordClaim.take(folder.file);
    let isReleased = false;
    const second = RecordClaim.take(folder.file, RECORDING, 60_000).then((claim) => [claim, isReleased] as const);
    expect(messageOf(await failureOf(RecordClaim.take(folder.file, RECORDING, 0)))).to.equal(
      `another host of this process records decisions to ${folder.file}`,
    );
    isReleased = true;
    await first.release();
    const [claim, wasReleased] = await second;
    expect(wasReleased).to.equal(true);
    await claim.release();
  });

  it("one that ends while it's asked what it does isn't in the way", async () => {
    using folder = new RecordFolder();
    mkdirSync(dirname(folder.file), { mode: 0o700 });
    const ending = createServer((socket) => {
      ending.close();
      socket.destroy();
    });
    ending.listen({ path: join(dirname(folder.file), "decisions.jsonl.000000000000.lock") });
    await once(ending, "listening");
    const claim = await RecordClaim.take(folder.file, RECORDING, 0);
    expect(ending.listening).to.equal(false);
    await claim.release();
  });

  it("of many that begin together, also over what killed processes left, one records at a time", async () => {
    using folder = new RecordFolder();
    mkdirSync(dirname(folder.file), { mode: 0o700 });
    for (const name of ["decisions.jsonl.000000000000.lock", "decisions.jsonl.ffffffffffff.lock"]) {
      await leftSocket(join(dirname(folder.file), name));
    }
    writeFileSync(join(dirname(folder.file), "decisions.jsonl.0123456789ab.lock"), "not a socket");
    let [recording, taken] = [0, 0];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const claim = await RecordClaim.take(folder.file, RECORDING, 60_000);
        expect(++recording).to.equal(1);
        taken++;
        await new Promise((resolve) => setImmediate(resolve));
        recording--;
        await claim.release();
      }),
    );
    expect(taken).to.equal(8);
    expect(namesIn(folder)).to.deep.equal(["decisions.jsonl.0123456789ab.lock"]);
  });

  it("the path of the folder may be longer than that of a socket", async () => {
    using folder = new RecordFolder();
    const file = join(folder.path, "x".repeat(200), "decisions.jsonl");
    const claim = await RecordClaim.take(file);
    expect(messageOf(await failureOf(RecordClaim.take(file, RECORDING, 0)))).to.equal(
      `another host of this process records decisions to ${file}`,
    );
    await claim.release();
  });

  it("where the path of a folder can't be shortened, one that's too long is refused", async () => {
    using folder = new RecordFolder();
    const file = join(folder.path, "x".repeat(200), "decisions.jsonl");
    const platform = Object.getOwnPropertyDescriptor(process, "platform")!;
    Object.defineProperty(process, "platform", { ...platform, value: "darwin" });
    try {
      const error = (await failureOf(RecordClaim.take(file))) as LigandError;
      const bytes = Buffer.byteLength(`${file}.0123456789ab.lock`);
      expect([error.code, error.message, error.remedy]).to.deep.equal([
        "LIGAND_RECORD_UNUSABLE",
        `the path of a socket beside ${file} would have ${bytes} bytes; expected 103 at most`,
        "Name a file in a folder with a shorter path.",
      ]);
    } finally {
      Object.defineProperty(process, "platform", platform);
    }
  });

  it("the name of the file may be as long as that of any, and two long ones aren't taken for one", async () => {
    using folder = new RecordFolder();
    const [file, other] = ["a", "b"].map((end) => join(folder.path, "records", `${"x".repeat(200)}${end}.jsonl`));
    const [claim, forgetting] = [await RecordClaim.take(file!), await RecordClaim.take(file!, FORGETTING, 0)];
    expect(messageOf(await failureOf(RecordClaim.take(file!, RECORDING, 0)))).to.equal(
      `another host of this process records decisions to ${file}`,
    );
    await (await RecordClaim.take(other!, RECORDING, 0)).release();
    await Promise.all([claim.release(), forgetting.release()]);
    expect(readdirSync(join(folder.path, "records"))).to.deep.equal([]);
  });

  it("a process that is stopped while it asks doesn't keep the one that records from ending", async () => {
    using folder = new RecordFolder();
    const claim = await RecordClaim.take(folder.file);
    const path = join(dirname(folder.file), namesIn(folder)[0]!);
    // It doesn't close its end.
    const asking = connect({ path, allowHalfOpen: true });
    await once(asking, "data");
    try {
      await claim.release();
    } finally {
      asking.destroy();
    }
    expect(namesIn(folder)).to.deep.equal([]);
  });

  for (const [claimed, message] of [
    [RECORDING, "decisions can't be recorded to"],
    [FORGETTING, "records can't be removed from"],
  ] as const) {
    it(`a folder that can't be written to is named, with what to do: ${message} it`, async () => {
      const error = (await failureOf(RecordClaim.take("/proc/ligand/decisions.jsonl", claimed))) as LigandError;
      expect([error.code, error.message, error.remedy]).to.deep.equal([
        "LIGAND_RECORD_UNUSABLE",
        `${message} /proc/ligand/decisions.jsonl`,
        "Name a file in a folder that this process may write to.",
      ]);
    });
  }
});
