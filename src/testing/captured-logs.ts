import { Writable } from "node:stream";
import type { Logger } from "winston";
import { createLogger, type LogLevel } from "../logging/create-logger.js";

/** One line of the log. Errors in its data are objects with `name`, `message` and `stack`. @public */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  /** The id of the module that logs, or that the line is about. */
  readonly module?: string;
  readonly hook?: string;
  readonly requestId?: string;
  readonly [key: string]: unknown;
}

/**
 * A logger whose lines a test can read; secrets are redacted as in any log.
 *
 * @param options.all keeps the lines that say how Ligand starts and stops: those below `warn` that aren't about a module
 *
 * @public
 */
export function captureLogs({ all = false }: { readonly all?: boolean } = {}): {
  readonly logger: Logger;
  readonly records: LogRecord[];
} {
  const records: LogRecord[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      const record = JSON.parse(line.toString()) as LogRecord;
      if (all || record.module !== undefined || IMPORTANT.includes(record.level)) records.push(record);
      done();
    },
  });
  return { logger: createLogger({ format: "json", level: "debug", stream }), records };
}

const IMPORTANT: readonly LogLevel[] = ["error", "warn"];
