import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { CallbackRecord, DecisionRecord, Recorded } from "#src/decisions/decision-record.js";
import { Replay, type ReplayedDecision, type ReplayOptions } from "#src/replay/replay.js";
import type { ReplaySummary } from "#src/replay/replay-summary.js";
import type { UnreadLine } from "#src/replay/read-decisions.js";
import { describeUnknown } from "#src/replay/unknown.js";

let made = 0;

/** A record of a message that was allowed, changed as a test needs it. */
export function decision(changes: Partial<DecisionRecord> = {}): DecisionRecord {
  const id = `decision-${++made}`;
  return {
    version: 1,
    id,
    time: "2026-03-02T12:00:00.000Z",
    hook: "SpamChecker.checkEventForSpam",
    about: { room: "!room:hs", user: "@eve:hs", event: "$event" },
    args: [message()],
    callbacks: [],
    result: "NOT_SPAM",
    revision: 1,
    ...changes,
  };
}

/** An event as it's recorded. */
export function message(changes: { [member: string]: Recorded } = {}): Recorded {
  return {
    event_id: "$event",
    room_id: "!room:hs",
    type: "m.room.message",
    sender: "@eve:hs",
    content: { body: "buy gold" },
    ...changes,
  };
}

/** What a callback of a record came to. */
export function called(module: string, callback: string, changes: Partial<CallbackRecord> = {}): CallbackRecord {
  return { module, callback, mode: "enforce", answer: "NOT_SPAM", ...changes };
}

/** An entry of a configuration that lists a module of these tests. */
export function entry(name: string, config?: object, operate?: object): object {
  return {
    module: `${resolve("build/test/replay/modules.js")}#${name}`,
    id: name,
    ...(config && { config }),
    ...(operate && { operate }),
  };
}

/** Files of one test. */
export class Folder {
  private constructor(readonly path: string) {}

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "ligand-replay-")));
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  /** A record with these lines. */
  record(lines: readonly (DecisionRecord | string)[], name = "record.jsonl"): Promise<string> {
    const texts = lines.map((line) => (typeof line === "string" ? line : `${JSON.stringify(line)}\n`));
    return this.write(name, texts.join(""));
  }

  /** A configuration with these entries. */
  config(modules: readonly object[], name = "new.yaml", others: object = { server_name: "hs" }): Promise<string> {
    return this.write(name, JSON.stringify({ ...others, modules }));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}

/** What a replay came to. */
export interface Replayed {
  readonly decisions: readonly (ReplayedDecision | UnreadLine)[];
  readonly summary: ReplaySummary;
  /** How each decision that isn't the same is: what changed, or why that's unknown. */
  readonly words: readonly string[];
}

export async function replayed(options: ReplayOptions): Promise<Replayed> {
  const replay = new Replay(options);
  const decisions = [];
  for await (const found of replay.run()) decisions.push(found);
  const words = decisions.map((found) =>
    "change" in found && found.change ? found.change : `unknown: ${describeUnknown(found.unknown!)}`,
  );
  return { decisions, summary: replay.summary, words };
}
