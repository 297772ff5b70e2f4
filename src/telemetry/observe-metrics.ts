import type { BatchObservableCallback, Observable } from "@opentelemetry/api";
import { VERSION } from "../package.js";
import type { Metered } from "./collect-into.js";
import { metricFamilies } from "./metric-families.js";
import { apiWith } from "./registered-api.js";

/**
 * Offers the metrics of a host to OpenTelemetry, if an SDK has registered a meter by now: counters and gauges by the names
 * that Prometheus has. Histograms can't be observed there; their sums and counts are counters.
 *
 * @returns what ends that; undefined if no SDK has
 */
export function observeMetrics(metered: Metered): (() => void) | undefined {
  const api = apiWith("metrics");
  if (!api) return undefined;
  const meter = api.metrics.getMeter("ligand", VERSION);
  const instruments = new Map<string, Observable>();
  for (const { name, help, type } of metricFamilies(metered.metrics())) {
    const options = { description: help };
    if (type === "gauge") instruments.set(name, meter.createObservableGauge(name, options));
    else {
      const names = type === "histogram" ? [`${name}_sum`, `${name}_count`] : [name];
      for (const each of names) instruments.set(each, meter.createObservableCounter(each, options));
    }
  }
  const observe: BatchObservableCallback = (result) => {
    for (const { samples } of metricFamilies(metered.metrics())) {
      for (const { name, labels, value } of samples) {
        const instrument = instruments.get(name);
        if (instrument) result.observe(instrument, value, labels);
      }
    }
  };
  const observed = [...instruments.values()];
  meter.addBatchObservableCallback(observe, observed);
  return () => meter.removeBatchObservableCallback(observe, observed);
}
