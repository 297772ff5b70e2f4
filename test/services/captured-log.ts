import { Writable } from "node:stream";
import winston from "winston";

/** A logger whose lines a test can read, as `level: message`, with the message of an error after an arrow. */
export function capturedLog(): { logger: winston.Logger; lines: string[] } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString().trimEnd());
      done();
    },
  });
  const format = winston.format.printf(({ level, message, error }) =>
    error instanceof Error ? `${level}: ${String(message)} <- ${error.message}` : `${level}: ${String(message)}`,
  );
  const logger = winston.createLogger({ format, transports: [new winston.transports.Stream({ stream, eol: "\n" })] });
  return { logger, lines };
}
