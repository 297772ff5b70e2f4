/** How long values have stayed the same, by looks: time without a look, as when a machine sleeps, isn't counted. */
export class Steadiness {
  #values: readonly number[] = [];
  #ms = 0;

  /** How long the values have been the same, at least, in milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /**
   * @param elapsedMs since the previous look
   * @returns how long the previous values had stayed the same, if these differ; otherwise undefined.
   */
  look(values: readonly number[], elapsedMs: number): number | undefined {
    if (values.every((value, index) => value === this.#values[index])) {
      this.#ms += elapsedMs;
      return undefined;
    }
    const lasted = this.#ms;
    this.#values = values;
    this.#ms = 0;
    return lasted;
  }
}
