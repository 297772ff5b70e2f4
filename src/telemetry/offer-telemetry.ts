import type { Logger } from "winston";
import type { Metered } from "./collect-into.js";
import { observeMetrics } from "./observe-metrics.js";
import { isRegistered } from "./registered-api.js";

/** When to look for an SDK that's registered after the start, in milliseconds. Dispatches don't look for it: that would cost. */
const LOOK_AFTER_MS: readonly number[] = [1000, 10_000, 60_000];

export interface TelemetryFrame {
  /** Whether its hooks are traced. That is decided when they are made. */
  readonly isTraced: boolean;
  readonly logger: Logger;
  readonly lookAfterMs?: readonly number[];
}

/**
 * Offers the metrics of a host to OpenTelemetry, as soon as an SDK has registered a meter. Warns once if one has registered
 * a tracer too late for spans.
 *
 * @returns what ends that
 */
export function offerTelemetry(
  metered: Metered,
  { isTraced, logger, lookAfterMs = LOOK_AFTER_MS }: TelemetryFrame,
): () => void {
  let endMetrics: (() => void) | undefined;
  let isSettled = isTraced;
  const look = () => {
    endMetrics ??= observeMetrics(metered);
    if (isSettled || !isRegistered("trace")) return;
    isSettled = true;
    logger.warn(
      "Hooks aren't traced: OpenTelemetry's tracer was registered after they were made. Register the SDK before " +
        "`prepareModules` or `startModules`, such as by `node --import ./instrumentation.js main.js`.",
    );
  };
  look();
  const timers = lookAfterMs.map((ms) => setTimeout(look, ms).unref());
  return () => {
    for (const timer of timers) clearTimeout(timer);
    endMetrics?.();
  };
}
