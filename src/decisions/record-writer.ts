import { messageWithCauses } from "../errors/problem.js";
import { outsideRequests } from "../services/outside-requests.js";
import { deleteOld, fullFiles, isFull, setAside, type Retention } from "./kept-records.js";
import { finishReplacing } from "./rewriting.js";
import { RecordFile } from "./record-file.js";

/** Where a writer says that something is wrong. */
export interface WriterLog {
  warn(message: string): unknown;
  error(message: string): unknown;
}

/** Lines wait for so long at most, in milliseconds: what is older is in the file, however the process ends. */
const WAIT_MS = 100;
/** So many characters are written without waiting. */
const BLOCK = 256 * 1024;
/** So many characters wait at most while the disk is slow; what comes then is dropped. */
const MOST_WAITING = 16 * 1024 * 1024;
/** How often it's checked what is too old, in milliseconds. */
const TIDY_MS = 60_000;
/** A clock that differs from its own past by more than this has jumped, in milliseconds. */
const JUMP_MS = 60_000;
/** For so long ages are counted to the earlier of two times, after they differed: the clock may be set back. */
const DISTRUST_MS = 3_600_000;

const DISTRUSTED = "for an hour no recorded decision is deleted because of that";

/** What a writer's time is. */
export interface WriterClock {
  /** Milliseconds since the epoch. */
  date(): number;
  /** Milliseconds that only grow. */
  now(): number;
}

const MACHINE: WriterClock = { date: () => Date.now(), now: () => performance.now() };

/** Writes lines to a file in blocks, and deletes what is too old or too much. What fails is logged, and the lines are dropped. */
export class RecordWriter {
  /** Lines that were written. */
  written = 0;
  /** Lines that weren't written. */
  dropped = 0;
  /** Why the last block wasn't written; undefined once one was. */
  problem: string | undefined;
  readonly #file: RecordFile;
  #waiting: string[] = [];
  #waitingSize = 0;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tidying: NodeJS.Timeout | undefined;
  #isTidy = false;
  #offset: number;
  /** What time it may also be, beside what the clock says: so much more than `now()`. */
  #otherOffset = Number.POSITIVE_INFINITY;
  #distrustedUntil = -Infinity;

  constructor(
    private readonly path: string,
    private readonly retention: Retention,
    private readonly log: WriterLog,
    private readonly clock: WriterClock = MACHINE,
  ) {
    this.#file = new RecordFile(path);
    this.#offset = clock.date() - clock.now();
  }

  /** @throws {LigandError} `LIGAND_RECORD_UNUSABLE` */
  async open(): Promise<void> {
    await this.#file.open();
    await finishReplacing(this.path);
    await this.#compareWithRecords();
    await this.#tidy();
    // unref'd: what is kept must not keep a process alive.
    this.#tidying = outsideRequests(() => setInterval(() => this.#check(), TIDY_MS).unref());
  }

  /** Adds a line. It's in the file within a fraction of a second. */
  add(line: string): void {
    if (this.#waitingSize > MOST_WAITING) {
      this.dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingSize += line.length + 1;
    if (this.#waitingSize >= BLOCK) this.#begin();
    else this.#timer ??= outsideRequests(() => setTimeout(() => this.#begin(), WAIT_MS));
  }

  /** Resolves once everything that was added is in the file. */
  async flush(): Promise<void> {
    while (this.#writing || this.#waiting.length > 0) {
      this.#begin();
      await this.#writing;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#tidying);
    await this.flush();
    await this.#file.close();
  }

  #check(): void {
    this.#isTidy = false;
    this.#begin();
  }

  #begin(): void {
    if (this.#writing) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#waitingSize >= BLOCK) this.#begin();
      else if (this.#waiting.length > 0)
        this.#timer ??= outsideRequests(() => setTimeout(() => this.#begin(), WAIT_MS));
    });
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingSize = 0;
    let unwritten = lines.length;
    try {
      if (lines.length > 0) await this.#file.add(`${lines.join("\n")}\n`, this.clock.date());
      this.written += unwritten;
      unwritten = 0;
      if (!this.#isTidy || isFull(this.#file, this.retention, this.clock.date())) await this.#tidy();
      this.problem = undefined;
    } catch (error) {
      this.dropped += unwritten;
      const problem = messageWithCauses(error);
      // One line for a disk that is full, and not one for each block.
      if (this.problem !== problem)
        this.log.error(
          unwritten > 0
            ? `Can't record decisions to ${this.path}, and drops them: ${problem}`
            : `Can't set aside or delete full files of decisions beside ${this.path}: ${problem}`,
        );
      this.problem = problem;
    }
  }

  /** Sets the file aside if it's full, and deletes files that are too old or too much. */
  async #tidy(): Promise<void> {
    this.#isTidy = true;
    const now = this.clock.date();
    this.#noticeJump(now);
    if (isFull(this.#file, this.retention, now)) await setAside(this.path, this.#file);
    const isTrusted = this.clock.now() >= this.#distrustedUntil;
    if (isTrusted) this.#otherOffset = Number.POSITIVE_INFINITY;
    await deleteOld(this.path, this.#file.size, this.retention, Math.min(now, this.#otherOffset + this.clock.now()));
  }

  /**
   * The clock may have jumped before this process started, and all would be too old. So at first nothing is older than it is
   * beside the latest record. What was begun within the last hour doesn't count: the process may have been restarted since.
   */
  async #compareWithRecords(): Promise<void> {
    const { since, writtenAt } = this.#file;
    const current = since === undefined || writtenAt === undefined ? [] : [{ since, writtenAt }];
    const files = [...current, ...(await fullFiles(this.path))];
    const now = this.clock.date();
    const before = files.filter((file) => now - file.since >= DISTRUST_MS);
    const isBefore = before.length > 0 && before.length < files.length;
    const latest = Math.max(...(isBefore ? before : files).map((file) => file.writtenAt));
    const ahead = now - latest;
    if (!Number.isFinite(latest) || ahead < JUMP_MS) return;
    this.#distrust(latest - this.clock.now());
    if (ahead < this.retention.retainMs) return;
    const what = isBefore ? "The last decision before this hour" : "The last decision";
    this.log.warn(`${what} was recorded ${Math.round(ahead / 1000)} s ago, if the clock is right; ${DISTRUSTED}`);
  }

  /** @param offset what time it may also be */
  #distrust(offset: number): void {
    this.#otherOffset = Math.min(this.#otherOffset, offset);
    this.#distrustedUntil = this.clock.now() + DISTRUST_MS;
  }

  #noticeJump(now: number): void {
    const offset = now - this.clock.now();
    const before = this.#offset;
    const jump = offset - before;
    this.#offset = offset;
    if (Math.abs(jump) < JUMP_MS) return;
    this.#distrust(before);
    this.log.warn(`The clock jumped by ${Math.round(jump / 1000)} s; ${DISTRUSTED}`);
  }
}
