import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import { secretsOf } from "../hooks/secrets-of.js";
import { isCode } from "../matrix/codes.js";
import { AnswerIssue, type Strategy } from "../hooks/strategy.js";
import { NOT_SPAM } from "../matrix/verdict.js";
import type { ErrorRecord, Recorded } from "./decision-record.js";
import { errorRecord, withheldTexts } from "./error-writer.js";
import { ReadNote } from "./read-note.js";
import type { ValueWriter } from "./value-writer.js";
import { uncarried } from "./withheld.js";

const STATE = uncarried("the state of the room");
const LENT = uncarried("something that was lent for the call");

/** Writes the values of a dispatch as its hook declares them. */
export class ValuesOfHook {
  /** The arguments, as they were when the hook was called. */
  readonly args: readonly Recorded[];
  readonly #parameters: readonly Parameter[];
  #withheld: readonly string[] | undefined;

  constructor(
    private readonly hook: AnyHook,
    readonly writer: ValueWriter,
    private readonly given: readonly unknown[],
    /** What callbacks asked, and may quote in an error. */
    private readonly reads: Iterable<readonly unknown[]> = [],
  ) {
    this.#parameters = hook.parameters as readonly Parameter[];
    const { room } = writer;
    this.args = room.at("args", () =>
      this.#parameters.map((_, position) => room.at(position, () => this.argument(position, given[position], false))),
    );
  }

  /** @param isOfModule whether code of a module made the value */
  argument(position: number, value: unknown, isOfModule: boolean): Recorded {
    const { kind, lent, privacy = "body" } = this.#parameters[position]!;
    if (kind === "state") return STATE;
    return lent ? LENT : this.writer.write(value, privacy, isOfModule);
  }

  /** What the homeserver received. */
  result(result: unknown): Recorded {
    return result === NOT_SPAM ? result : this.writer.write(result, this.hook.answers.privacy);
  }

  /** What a callback answered. One that the hook doesn't accept may be anything, as may one that it ignores. */
  answer(answer: unknown): Recorded {
    if (answer === null || typeof answer === "boolean") return answer;
    const { kind, privacy } = this.hook.answers;
    // Beside a `Denial`, a verdict may be a string for the client, which is what users wrote.
    if (kind === "verdict" && (answer === NOT_SPAM || isCode(answer))) return answer;
    return this.writer.write(answer, kind !== "nothing" && isAccepted(this.hook, answer) ? privacy : "body");
  }

  error(thrown: unknown): ErrorRecord {
    this.#withheld ??= [
      ...secretsOf(this.#parameters, this.given),
      ...this.args.flatMap((written, position) => withheldTexts(this.given[position], written)),
      ...[...this.reads].flat().flatMap((note) => (note instanceof ReadNote ? note.withheld(this.writer) : [])),
    ];
    const error = errorRecord(thrown, this.#withheld);
    this.writer.room.take(error.message.length + 100);
    return error;
  }
}

/** Whether an answer is one that a hook's declaration speaks of. */
function isAccepted(hook: AnyHook, answer: unknown): boolean {
  const strategy = hook.strategy as Strategy<unknown, unknown>;
  try {
    const outcome = strategy.step(strategy.start(), answer);
    return !(outcome instanceof AnswerIssue && outcome.kind === "illegal");
  } catch {
    // It counts as a failure of the callback, which the record says.
    return false;
  }
}
