import { randomBytes } from "node:crypto";

/**
 * Makes ids that are unique and that, as strings, are in the order in which they were made: also if the clock goes back.
 */
export class DecisionIds {
  #ms = 0;
  #count = 0;
  /** Two processes may make ids in the same millisecond. */
  readonly #own = randomBytes(3).toString("hex");

  /** @param now in milliseconds since the epoch */
  next(now: number): string {
    if (now > this.#ms) {
      this.#ms = now;
      this.#count = 0;
    } else this.#count++;
    return `${this.#ms.toString(36).padStart(9, "0")}${this.#count.toString(36).padStart(5, "0")}${this.#own}`;
  }
}
