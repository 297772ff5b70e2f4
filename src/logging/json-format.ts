import type { Logform } from "winston";
import { loadWinston } from "./load-winston.js";
import { ownTimestamp } from "./own-timestamp.js";
import { redactSecrets } from "./redact-secrets.js";

/** A winston format: one JSON object per line, starting with the members that every line has, in a fixed order. */
export function jsonFormat(): Logform.Format {
  const { format } = loadWinston();
  return format.combine(
    format.errors({ stack: true, cause: true }),
    redactSecrets(),
    ownTimestamp(),
    { transform: inReadingOrder },
    format.json({ deterministic: false }),
  );
}

function inReadingOrder(info: Logform.TransformableInfo): Logform.TransformableInfo {
  const { timestamp, level, module, hook, requestId, message, stack, ...rest } = info;
  return { timestamp, level, module, hook, requestId, message, ...rest, stack } as Logform.TransformableInfo;
}
