import { metricFamilies, type MetricFamily, type MetricSample } from "./metric-families.js";

/** What has metrics: a host, or modules that are served. @public */
export interface Metered {
  metrics(): string;
}

/** A registry of prom-client. @public */
export interface MetricsRegistry {
  // prom-client says that these are its own classes, and only reads them.
  registerMetric(metric: never): void;
}

/**
 * Adds Ligand's metrics to a registry of prom-client, so that your homeserver's own endpoint has them. They are read each
 * time it's asked. Call it once for each registry.
 *
 * @param metered the host
 * @param registry one for the text format of Prometheus, as prom-client makes them by default
 *
 * @public
 */
export function collectInto(metered: Metered, registry: MetricsRegistry): void {
  const current = onceATurn(() => new Map(metricFamilies(metered.metrics()).map((family) => [family.name, family])));
  for (const { name, help, type } of current().values()) {
    const metric = {
      name,
      help,
      type,
      aggregator: "sum",
      get: async () => ({ name, help, type, aggregator: "sum", values: valuesOf(current().get(name)) }),
      // Counters of modules aren't the registry's to reset.
      reset: () => undefined,
    };
    registry.registerMetric(metric as never);
  }
}

function valuesOf(family: MetricFamily | undefined): readonly (Omit<MetricSample, "name"> & { metricName: string })[] {
  return (family?.samples ?? []).map(({ name, labels, value }) => ({ metricName: name, labels, value }));
}

/** A registry asks for one metric after the other: they are read together. */
function onceATurn<T>(read: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => {
    if (!kept) {
      kept = { value: read() };
      setImmediate(() => (kept = undefined));
    }
    return kept.value;
  };
}
