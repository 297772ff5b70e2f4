import type { Logger } from "winston";
import { caught, shownStack } from "../../errors/caught.js";
import { causesOf, messageWithCauses } from "../../errors/problem.js";
import { StartError } from "../../errors/start-error.js";

/** Logs repeated identical failures only once, as when a homeserver retries every few seconds. */
export class FailureLog {
  #last: string | undefined;

  /** @param what the kind of failure; each line begins with it */
  constructor(
    private readonly logger: Logger,
    private readonly what: string,
  ) {}

  failed(error: unknown): void {
    const text = `${this.what}: ${messageWithCauses(error)}`;
    const level = text === this.#last ? "debug" : "error";
    this.#last = text;
    this.logger.log(level, text, { stack: stacksOfModules(error) });
  }

  /** It succeeded: the same failure is news again. */
  succeeded(): void {
    this.#last = undefined;
  }
}

/** Where the modules' code threw what kept them from starting; for anything else the problem itself says enough. */
function stacksOfModules(error: unknown): string | undefined {
  const problems = error instanceof StartError ? error.problems : [];
  const innermost = problems.map(({ cause }) => causesOf(cause).at(-1));
  return innermost.flatMap((inner) => (inner && shownStack(caught(inner))) ?? []).join("\n") || undefined;
}
