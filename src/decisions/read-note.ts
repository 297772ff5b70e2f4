import { snapshot } from "../dispatch/snapshot.js";
import type { Privacy } from "../matrix/privacy.js";
import type { ReadRecord } from "./decision-record.js";
import { errorRecord, withheldTexts } from "./error-writer.js";
import { ReadResponse } from "./read-response.js";
import type { ValueWriter } from "./value-writer.js";

/** How a question is recorded. */
export interface ReadKind {
  /** `Service.method`, or `state`. */
  readonly service: string;
  readonly takes: readonly Privacy[];
  readonly returns: Privacy | "nothing";
  readonly acts: boolean;
}

/** A question of a callback to a service or to the state of the room, and what it was answered: as it was then. */
export class ReadNote {
  readonly #args: readonly unknown[];
  #answer: { readonly value: unknown } | undefined;
  #thrown: { readonly error: unknown } | undefined;

  constructor(
    readonly kind: ReadKind,
    args: readonly unknown[],
    /** Other strings that a record lacks of it. */
    private readonly lacking: readonly string[] = [],
  ) {
    this.#args = snapshot(args) as readonly unknown[];
  }

  answered(value: unknown): void {
    this.#answer = { value: snapshot(value) };
  }

  failed(error: unknown): void {
    this.#thrown = { error };
  }

  get thrown(): { readonly error: unknown } | undefined {
    return this.#thrown;
  }

  /** The strings that the record withholds of it: an error of the callback may quote them. */
  withheld(writer: ValueWriter): string[] {
    return this.lacks(this.record(writer.alone()));
  }

  /** The strings that aren't in what was written of it. */
  lacks({ args, answer }: Pick<ReadRecord, "args" | "answer">): string[] {
    const value = this.#answer?.value;
    return [
      ...this.lacking,
      ...this.#args.flatMap((arg, place) => withheldTexts(arg, args[place] ?? null)),
      ...withheldTexts(value instanceof ReadResponse ? value.lacking(answer) : value, answer ?? null),
    ];
  }

  record(writer: ValueWriter): ReadRecord {
    const { service, takes, returns, acts } = this.kind;
    const { room } = writer;
    room.take(40 + service.length);
    const args = room.at("args", () =>
      this.#args.map((arg, place) => room.at(place, () => writer.write(arg, takes[place] ?? "body"))),
    );
    const record = { service, args, ...(acts && { acts: true as const }) };
    if (this.#thrown) {
      const quotable = this.#args.flatMap((arg, place) => withheldTexts(arg, args[place] ?? null));
      const withheld = [...this.lacking, ...quotable];
      const error = errorRecord(this.#thrown.error, withheld);
      room.take(error.message.length + 100);
      return { ...record, error };
    }
    if (!this.#answer) return record;
    const { value: given } = this.#answer;
    const value = given instanceof ReadResponse ? given.recorded : given;
    return {
      ...record,
      answer: room.at("answer", () => writer.write(value, returns === "nothing" ? "public" : returns)),
    };
  }
}
