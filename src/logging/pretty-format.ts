import type { Logform } from "winston";
import { loadWinston } from "./load-winston.js";
import { ownTimestamp } from "./own-timestamp.js";
import { prettyText } from "./pretty-text.js";
import { redactSecrets } from "./redact-secrets.js";

/** Whether a stream is a terminal that wants colours: see the `NO_COLOR` convention. */
export function isColourTerminal(stream: NodeJS.WritableStream, environment = process.env): boolean {
  return "isTTY" in stream && stream.isTTY === true && !environment.NO_COLOR;
}

/**
 * A winston format for people: `time level [module] message key=value …`, then the stacks of errors and their causes.
 * Text that a client chose can't forge a line or move the cursor: further lines are indented, and control characters
 * are escaped.
 */
export function prettyFormat({ colour }: { colour: boolean }): Logform.Format {
  const { format } = loadWinston();
  return format.combine(
    format.errors({ stack: true, cause: true }),
    redactSecrets(),
    ownTimestamp(),
    ...(colour ? [format.colorize()] : []),
    format.printf(prettyText),
  );
}
