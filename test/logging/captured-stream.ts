import { Writable } from "node:stream";

/** A stream that keeps what is written to it. */
export class CapturedStream extends Writable {
  text = "";

  /** @param isTTY whether the stream says that it is a terminal. */
  constructor(readonly isTTY = false) {
    super();
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
