import type { Logform } from "winston";
import { loadWinston } from "./load-winston.js";

/** A winston format: when a line is written. Winston's own leaves a `timestamp` that is among the data of the line. */
export function ownTimestamp(): Logform.Format {
  return loadWinston().format.timestamp({ format: () => new Date().toISOString() });
}
