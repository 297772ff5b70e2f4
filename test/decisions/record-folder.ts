import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DecisionRecord } from "#src/decisions/decision-record.js";

/** A folder for records, removed in the end. */
export class RecordFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "ligand-decisions-"));
  readonly file = join(this.path, "records", "decisions.jsonl");
  readonly keyFile = join(this.path, "records.key");

  /** The records of the file. */
  get records(): DecisionRecord[] {
    return readFileSync(this.file, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as DecisionRecord);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A record without what is different each time. */
export function lasting({ id, time, ms, callbacks, ...record }: DecisionRecord): object {
  return { ...record, callbacks: callbacks.map(({ ms: _, ...callback }) => callback) };
}
