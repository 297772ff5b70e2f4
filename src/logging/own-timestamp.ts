import type { Logform } from "winston";
import { loadWinston } from "./load-winston.js";

/** A winston format: the time a line is written. Winston's own keeps a `timestamp` found in the line's data. */
export function ownTimestamp(): Logform.Format {
  return loadWinston().format.timestamp({ format: () => new Date().toISOString() });
}
