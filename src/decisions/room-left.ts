const MOST_VALUES = 20_000;

/** What a record may still hold, in characters of JSON, and what has been cut for lack of it. */
export class RoomLeft {
  /** The paths of what was cut: of each value below the place where it's written now. */
  readonly cuts: string[] = [];

  /** How many more values are looked at: a value may be small, and without end when it's followed. */
  #values = MOST_VALUES;

  constructor(public characters: number) {}

  /** Whether one more value is looked at. */
  hasValue(): boolean {
    return this.#values-- > 0;
  }

  take(characters: number): void {
    this.characters -= characters;
  }

  /** What is written now doesn't fit, and takes up no room. What was cut within it is cut with it. */
  cut(charactersBefore: number, cutsBefore: number): void {
    this.characters = charactersBefore;
    this.cuts.length = cutsBefore;
    this.cuts.push("");
  }

  /** Writes something at a place below the current one. */
  at<Value>(place: string | number, write: () => Value): Value {
    const before = this.cuts.length;
    const value = write();
    if (this.cuts.length > before) this.below(place, before);
    return value;
  }

  /** What was cut since then lies at a place below the current one. */
  below(place: string | number, cutsBefore: number): void {
    for (let index = cutsBefore; index < this.cuts.length; index++) {
      const path = this.cuts[index]!;
      this.cuts[index] = path === "" ? String(place) : `${place}.${path}`;
    }
  }
}
