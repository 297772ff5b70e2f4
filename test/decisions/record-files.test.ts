import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { claimRecord } from "#src/decisions/claim-record.js";
import { PersonalHash, readKey } from "#src/decisions/personal-hash.js";
import { RecordWriter } from "#src/decisions/record-writer.js";
import { messageWithCauses } from "#src/errors/problem.js";
import type { LigandError } from "#src/errors/ligand-error.js";
import { failureOf } from "../failure-of.js";
import { RecordFolder } from "./record-folder.js";

const MINUTE = 60_000;
const DAY = 86_400_000;
const retention = { retainMs: 7 * DAY, maxBytes: 1024 ** 2 };

/** A clock that a test sets. */
class SetClock {
  date = Date.UTC(2026, 0, 1);
  now = 0;

  get clock() {
    return { date: () => this.date, now: () => this.now };
  }

  pass(ms: number): void {
    this.date += ms;
    this.now += ms;
  }
}

/** What a writer logged. */
class Logged {
  readonly lines: string[] = [];

  warn(line: string): void {
    this.lines.push(`warn ${line}`);
  }

  error(line: string): void {
    this.lines.push(`error ${line}`);
  }
}

async function writerOf(folder: RecordFolder, { clock } = new SetClock(), log = new Logged()): Promise<RecordWriter> {
  const writer = new RecordWriter(folder.file, retention, log, clock);
  await writer.open();
  return writer;
}

async function write(writer: RecordWriter, ...lines: string[]): Promise<void> {
  for (const line of lines) writer.add(line);
  await writer.flush();
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const filesOf = (folder: RecordFolder) => readdirSync(dirname(folder.file)).toSorted();
const textOf = (folder: RecordFolder) => readFileSync(folder.file, "utf8");

async function refusal(file: string, keyFile?: string): Promise<string> {
  const error = (await failureOf(claimRecord({ file, ...(keyFile !== undefined && { keyFile }) }))) as LigandError;
  expect(error.code).to.equal("LIGAND_RECORD_UNUSABLE");
  return `${messageWithCauses(error)} → ${error.remedy}`;
}

describe("the files of recorded decisions", () => {
  it("the file, its folder and the key can be read by their owner alone, whatever the umask", async () => {
    using folder = new RecordFolder();
    const umask = process.umask(0);
    try {
      await (await claimRecord({ file: folder.file }))?.release();
    } finally {
      process.umask(umask);
    }
    expect([folder.file, dirname(folder.file), folder.keyFile].map(modeOf)).to.deep.equal(["600", "700", "600"]);
  });

  it("a folder that others may look into is refused", async () => {
    using folder = new RecordFolder();
    mkdirSync(dirname(folder.file));
    chmodSync(dirname(folder.file), 0o750);
    const path = dirname(folder.file);
    expect(await refusal(folder.file)).to.equal(
      `other users may look into ${path}, where decisions would be recorded → ` +
        `Record into a folder of its own, or run \`chmod 700 ${path}\`.`,
    );
  });

  it("a folder that holds other things, as /tmp does, isn't to be closed to others", async () => {
    using folder = new RecordFolder();
    const path = dirname(folder.file);
    mkdirSync(path);
    chmodSync(path, 0o755);
    writeFileSync(join(path, "other"), "");
    expect(await refusal(folder.file)).to.equal(
      `other users may look into ${path}, where decisions would be recorded → ` +
        `Record into a folder of its own, such as ${join(path, "decisions")}.`,
    );
  });

  it("a record that is a link, a FIFO or a folder is refused, and so is one that others may read", async () => {
    using folder = new RecordFolder();
    const { file } = folder;
    mkdirSync(dirname(file), { mode: 0o700 });
    const remedy = "Name another file, or remove this one.";
    const elsewhere = join(folder.path, "elsewhere");
    writeFileSync(elsewhere, "", { mode: 0o600 });
    symlinkSync(elsewhere, file);
    expect(await refusal(file)).to.equal(`the record ${file} is a symbolic link; expected a regular file → ${remedy}`);
    rmSync(file);
    execFileSync("mkfifo", ["-m", "600", file]);
    expect(await refusal(file)).to.equal(`the record ${file} is a FIFO; expected a regular file → ${remedy}`);
    rmSync(file);
    mkdirSync(file);
    expect(await refusal(file)).to.equal(
      `the record ${file} is a folder; expected a regular file → Name another file.`,
    );
    rmSync(file, { recursive: true });
    writeFileSync(file, "", { mode: 0o644 });
    expect(await refusal(file)).to.equal(`other users may read the record ${file} → Run \`chmod 600 ${file}\`.`);
  });

  it("a folder that is a link is refused", async () => {
    using folder = new RecordFolder();
    mkdirSync(join(folder.path, "elsewhere"), { mode: 0o700 });
    symlinkSync(join(folder.path, "elsewhere"), dirname(folder.file));
    expect(await refusal(folder.file)).to.equal(
      `${dirname(folder.file)} is a symbolic link, and no folder for decisions → Name a file in a folder of its own.`,
    );
  });

  it("a key that others may read, that is none, or that is with the records is refused", async () => {
    using folder = new RecordFolder();
    const { file, keyFile } = folder;
    writeFileSync(keyFile, "x", { mode: 0o640 });
    expect(await refusal(file)).to.equal(
      `other users may read the key ${keyFile} → Run \`chmod 600 ${keyFile}\`, or remove it: a user who has read it can tell whom the records are about.`,
    );
    chmodSync(keyFile, 0o600);
    expect(await refusal(file)).to.equal(
      `${keyFile} isn't a key that Ligand made → Name another file: Ligand makes one. A new key can't find users in older records.`,
    );
    const inside = join(dirname(file), "key");
    expect(await refusal(file, inside)).to.equal(
      `the key ${inside} is in the folder of the records → Keep it elsewhere: a copy of the records must not have the key with it.`,
    );
  });

  it("the key is made once: later hashes are those of before", async () => {
    using folder = new RecordFolder();
    const made = await Promise.all([1, 2, 3].map(() => readKey(folder.keyFile, folder.file, true)));
    const [hash] = made.map((key) => key.of("@ann:hs"));
    expect(made.map((key) => key.of("@ann:hs"))).to.deep.equal([hash, hash, hash]);
    expect(new Set(made.map(({ keyId }) => keyId)).size).to.equal(1);
    expect(readdirSync(folder.path)).to.deep.equal(["records.key"]);
    expect(PersonalHash.ephemeral().of("@ann:hs")).not.to.equal(hash);
  });

  it("what was cut in the middle of a line is removed before the next line", async () => {
    using folder = new RecordFolder();
    const before = await writerOf(folder);
    await write(before, "one", "two");
    await before.close();
    appendFileSync(folder.file, '{"cut');
    const writer = await writerOf(folder);
    await write(writer, "three");
    await writer.close();
    expect(textOf(folder)).to.equal("one\ntwo\nthree\n");
  });

  it("full files are set aside, and the oldest are deleted when all are more than they may be", async () => {
    using folder = new RecordFolder();
    const time = new SetClock();
    const writer = await writerOf(folder, time);
    const line = "x".repeat(60_000);
    for (let count = 0; count < 40; count++) {
      await write(writer, `${count} ${line}`);
      time.pass(MINUTE);
    }
    await writer.close();
    const files = filesOf(folder);
    const sizes = files.map((name) => statSync(join(dirname(folder.file), name)).size);
    expect(sizes.reduce((sum, size) => sum + size)).to.be.at.most(retention.maxBytes + 3 * line.length);
    expect(Math.max(...sizes)).to.be.at.most(retention.maxBytes / 8 + line.length + 10);
    expect(files[0]).to.match(/^decisions\.2026\d{4}T\d{6}\.\d{3}Z\.jsonl$/);
    const lines = files.flatMap((name) =>
      readFileSync(join(dirname(folder.file), name), "utf8")
        .split("\n")
        .slice(0, -1),
    );
    const numbers = lines.map((each) => Number(each.split(" ")[0]));
    // Those that are left are the last ones, in order.
    expect(numbers).to.deep.equal(Array.from(numbers, (_, index) => 40 - numbers.length + index));
    expect(files.map((name) => modeOf(join(dirname(folder.file), name)))).to.deep.equal(files.map(() => "600"));
  });

  it("records are deleted once they are older than they may be, also while nothing is recorded", async () => {
    using folder = new RecordFolder();
    const time = new SetClock();
    const first = await writerOf(folder, time);
    await write(first, "old");
    time.pass(DAY);
    await write(first, "newer");
    await first.close();
    time.pass(6.5 * DAY);
    const files = filesOf(folder);
    expect(files).to.have.length(1);
    const second = await writerOf(folder, time);
    await second.close();
    expect(filesOf(folder)).to.deep.equal(["decisions.jsonl"]);
    expect(textOf(folder)).to.equal("");
  });

  it("what is left of a rewriting whose process was killed is deleted once it is as old as that, and nothing else", async () => {
    using folder = new RecordFolder();
    const time = new SetClock();
    const writer = await writerOf(folder, time);
    await writer.close();
    const old = ["decisions.20251201T000000.000Z.jsonl.new", "decisions.20251201T000000.000Z.jsonl"];
    const others = ["decisions.20251231T000000.000Z.jsonl.new", "decisions.20251201T000000.000Z.txt", "notes.new"];
    for (const name of [...old, ...others]) writeFileSync(join(dirname(folder.file), name), "a\n", { mode: 0o600 });
    await (await writerOf(folder, time)).close();
    expect(filesOf(folder)).to.deep.equal(["decisions.jsonl", ...others].toSorted());
  });

  it("what is written anew while a user is forgotten isn't counted beside what it replaces, and goes with it", async () => {
    using folder = new RecordFolder();
    const time = new SetClock();
    await (await writerOf(folder, time)).close();
    const names = [1, 2, 3].map((day) => `decisions.2025122${day}T000000.000Z.jsonl`);
    const put = (name: string, size: number) =>
      writeFileSync(join(dirname(folder.file), name), `${"x".repeat(size - 1)}\n`, { mode: 0o600 });
    time.date = Date.UTC(2025, 11, 24);
    const part = retention.maxBytes / 4;
    for (const name of names) {
      put(name, part);
      put(`${name}.new`, part - 100);
    }
    await (await writerOf(folder, time)).close();
    expect(filesOf(folder)).to.deep.equal(
      ["decisions.jsonl", ...names, ...names.map((name) => `${name}.new`)].toSorted(),
    );
    put(names[2]!, 3 * part);
    await (await writerOf(folder, time)).close();
    const left = names.slice(1);
    expect(filesOf(folder)).to.deep.equal(
      ["decisions.jsonl", ...left, ...left.map((name) => `${name}.new`)].toSorted(),
    );
  });

  it("a clock that jumps is logged, and deletes nothing for an hour", async () => {
    using folder = new RecordFolder();
    const [time, log] = [new SetClock(), new Logged()];
    const writer = await writerOf(folder, time, log);
    await write(writer, "one");
    time.date += 400 * DAY;
    await write(writer, "two");
    expect(log.lines).to.deep.equal([
      `warn The clock jumped by ${400 * 86_400} s; for an hour no recorded decision is deleted because of that`,
    ]);
    expect(filesOf(folder)).to.have.length(1);
    time.date -= 400 * DAY;
    time.pass(2 * 60 * MINUTE);
    await write(writer, "three");
    await writer.close();
    const all = filesOf(folder).map((name) => readFileSync(join(dirname(folder.file), name), "utf8"));
    expect(all.join("")).to.equal("one\ntwo\nthree\n");
  });

  it("a clock that is far ahead when a process starts deletes nothing for an hour, and what's too old beside the latest record", async () => {
    using folder = new RecordFolder();
    mkdirSync(dirname(folder.file), { mode: 0o700 });
    const [time, log] = [new SetClock(), new Logged()];
    const put = (name: string, text: string) => {
      const path = join(dirname(folder.file), name);
      writeFileSync(path, text, { mode: 0o600 });
      utimesSync(path, time.date / 1000, time.date / 1000);
    };
    put("decisions.20251220T000000.000Z.jsonl", "too old\n");
    put("decisions.20251228T000000.000Z.jsonl", "old\n");
    put("decisions.jsonl", "latest\n");
    time.date += 400 * DAY;
    const left = () => filesOf(folder).map((name) => readFileSync(join(dirname(folder.file), name), "utf8"));
    const writer = await writerOf(folder, time, log);
    expect(log.lines).to.deep.equal([
      `warn The last decision was recorded ${400 * 86_400} s ago, if the clock is right; for an hour no recorded decision is deleted because of that`,
    ]);
    expect(left()).to.deep.equal(["old\n", "latest\n"]);
    await write(writer, "new");
    time.pass(59 * MINUTE);
    await write(writer, "newer");
    expect(left().join("")).to.equal("old\nlatest\nnew\nnewer\n");
    // A clock that stays is right.
    time.pass(DAY);
    await write(writer, "newest");
    await writer.close();
    expect(left().join("")).to.equal("new\nnewer\nnewest\n");
  });

  it("a process that starts again under a clock that is far ahead deletes nothing for an hour, either", async () => {
    using folder = new RecordFolder();
    mkdirSync(dirname(folder.file), { mode: 0o700 });
    const [time, log] = [new SetClock(), new Logged()];
    const put = (name: string) => {
      const path = join(dirname(folder.file), name);
      writeFileSync(path, "x\n", { mode: 0o600 });
      utimesSync(path, time.date / 1000, time.date / 1000);
    };
    const [old, recent] = ["decisions.20251228T000000.000Z.jsonl", "decisions.20270205T000000.000Z.jsonl"] as const;
    put(old);
    time.date += 400 * DAY;
    put(recent);
    time.pass(59 * MINUTE);
    await (await writerOf(folder, time, log)).close();
    expect(log.lines).to.deep.equal([
      `warn The last decision before this hour was recorded ${400 * 86_400 + 59 * 60} s ago, if the clock is right; for an hour no recorded decision is deleted because of that`,
    ]);
    expect(filesOf(folder)).to.deep.equal([old, recent, "decisions.jsonl"]);
    // Then it's right.
    time.pass(MINUTE);
    await (await writerOf(folder, time)).close();
    expect(filesOf(folder)).to.deep.equal([recent, "decisions.jsonl"]);
  });

  it("while the file can't be written lines are dropped and counted, with one line in the log, and later ones are written", async () => {
    using folder = new RecordFolder();
    const log = new Logged();
    const writer = await writerOf(folder, new SetClock(), log);
    rmSync(folder.file);
    mkdirSync(folder.file);
    await write(writer, "one", "two");
    await write(writer, "three");
    expect({ written: writer.written, dropped: writer.dropped, problem: writer.problem }).to.deep.equal({
      written: 0,
      dropped: 3,
      problem: `the record ${folder.file} is a folder; expected a regular file`,
    });
    expect(log.lines).to.deep.equal([
      `error Can't record decisions to ${folder.file}, and drops them: the record ${folder.file} is a folder; expected a regular file`,
    ]);
    rmSync(folder.file, { recursive: true });
    await write(writer, "four");
    await writer.close();
    expect(textOf(folder)).to.equal("four\n");
    expect({ written: writer.written, dropped: writer.dropped, problem: writer.problem }).to.deep.equal({
      written: 1,
      dropped: 3,
      problem: undefined,
    });
  });

  it("a full file that `ligand decisions forget` sets aside before the writer does is no problem, and the next line begins a new one", async () => {
    using folder = new RecordFolder();
    const log = new Logged();
    const aside = `${folder.file}.aside`;
    const time = new SetClock();
    // The writer looks at the clock between the last line and the new name.
    const date = () => {
      if (existsSync(folder.file) && textOf(folder) !== "") renameSync(folder.file, aside);
      return time.date;
    };
    const writer = new RecordWriter(folder.file, { ...retention, maxBytes: 8 }, log, { ...time.clock, date });
    await writer.open();
    await write(writer, "a full file");
    expect({
      lines: log.lines,
      written: writer.written,
      dropped: writer.dropped,
      problem: writer.problem,
    }).to.deep.equal({ lines: [], written: 1, dropped: 0, problem: undefined });
    await write(writer, "two");
    await writer.close();
    expect(readFileSync(aside, "utf8")).to.equal("two\n");
  });

  it("a full file that can't be set aside has lost no line, and the log says what can't be done", async () => {
    using folder = new RecordFolder();
    const log = new Logged();
    const time = new SetClock();
    const writer = new RecordWriter(folder.file, { ...retention, maxBytes: 8 }, log, time.clock);
    await writer.open();
    const next = folder.file.replace(".jsonl", ".20260101T000000.000Z.jsonl");
    mkdirSync(next);
    await write(writer, "a full file");
    const problem = `EISDIR: illegal operation on a directory, rename '${folder.file}' -> '${next}'`;
    expect({ written: writer.written, dropped: writer.dropped, problem: writer.problem }).to.deep.equal({
      written: 1,
      dropped: 0,
      problem,
    });
    expect(log.lines).to.deep.equal([
      `error Can't set aside or delete full files of decisions beside ${folder.file}: ${problem}`,
    ]);
    await writer.close();
    expect(textOf(folder)).to.equal("a full file\n");
  });
});
