import { Writable } from "node:stream";
import type { Logger } from "winston";
import { createLogger } from "#src/logging/create-logger.js";

/** A line of the log, as `createLogger` writes it in JSON. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly module?: string;
  readonly hook?: string;
  readonly requestId?: string;
  readonly stack?: string;
}

/** A logger of Ligand that keeps what it writes. */
export function capturedLog(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split("\n")) lines.push(JSON.parse(line) as LogLine);
      done();
    },
  });
  return { logger: createLogger({ format: "json", level: "debug", stream }), lines };
}
