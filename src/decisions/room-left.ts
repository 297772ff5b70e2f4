/** What a record may still hold, in bytes of JSON, and what has been cut for lack of it. */
export class RoomLeft {
  /** The paths of what was cut. */
  readonly cuts: string[] = [];
  /** Where in the record values are written now. */
  readonly path: (string | number)[] = [];

  constructor(public bytes: number) {}

  get isUsedUp(): boolean {
    return this.bytes < 0;
  }

  take(bytes: number): void {
    this.bytes -= bytes;
  }

  /** What is written now doesn't fit, and takes up no room. What was cut within it is cut with it. */
  cut(bytesBefore: number, cutsBefore: number): void {
    this.bytes = bytesBefore;
    this.cuts.length = cutsBefore;
    this.cuts.push(this.path.join("."));
  }

  /** Writes something at a place below the current one. */
  at<Value>(place: string | number, write: () => Value): Value {
    this.path.push(place);
    const value = write();
    this.path.pop();
    return value;
  }
}

const PLAIN = /^[ !#-[\]-~]*$/;

/** How many bytes a string takes in JSON. */
export function jsonBytes(text: string): number {
  return PLAIN.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
}
