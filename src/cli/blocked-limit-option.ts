import { InvalidArgumentError } from "commander";
import { parseDuration, type Duration } from "../modules/duration.js";

/** Reads the value of `--blocked-limit`: milliseconds, 0 for never. @throws {InvalidArgumentError} */
export function blockedLimitOption(text: string): number {
  if (text === "off") return 0;
  try {
    return parseDuration(text as Duration);
  } catch {
    throw new InvalidArgumentError("Expected a time with its unit, such as 500ms, 10s or 1m; or off.");
  }
}
