import { metricFamilies, type MetricSample } from "#src/telemetry/metric-families.js";

/** Two scrapes of the same metrics, and the time between them. */
export interface Scrapes {
  readonly before: readonly MetricSample[];
  readonly now: readonly MetricSample[];
  readonly seconds: number;
}

/** A series of an instant, without the name of its metric. */
export type Series = Pick<MetricSample, "labels" | "value">;

export function samplesOf(text: string): readonly MetricSample[] {
  return metricFamilies(text).flatMap(({ samples }) => samples);
}

/**
 * Evaluates a query of Prometheus at the second of two scrapes, as far as the rules and the dashboard of the docs go:
 * selectors, `rate`, `increase`, `sum`, `max`, `histogram_quantile`, and a comparison with a number.
 *
 * @throws {Error} for other forms, and for metrics that no scrape has
 */
export function evaluate(query: string, scrapes: Scrapes): readonly Series[] {
  const reader = new QueryReader(query, scrapes);
  const series = reader.expression();
  reader.end();
  return series;
}

interface Selector {
  readonly name: string;
  readonly matches: (labels: MetricSample["labels"]) => boolean;
}

class QueryReader {
  #rest: string;

  constructor(
    private readonly query: string,
    private readonly scrapes: Scrapes,
  ) {
    this.#rest = query.trim();
  }

  expression(): readonly Series[] {
    const series = this.#term();
    const operator = this.#take(/^(==|>)/)?.[0];
    if (operator === undefined) return series;
    const bound = Number(this.#need(/^[\d.]+/)[0]);
    return series.filter(({ value }) => (operator === ">" ? value > bound : value === bound));
  }

  end(): void {
    if (this.#rest !== "") this.#fail();
  }

  #term(): readonly Series[] {
    const [, operation] = this.#take(/^(sum|max|rate|increase|histogram_quantile)\b/) ?? [];
    switch (operation) {
      case undefined:
        return this.#select(this.scrapes.now, this.#selector());
      case "sum":
      case "max":
        return this.#aggregate(operation);
      case "histogram_quantile": {
        this.#need(/^\(/);
        const quantile = Number(this.#need(/^[\d.]+/)[0]);
        this.#need(/^,/);
        return quantiles(quantile, this.#closed());
      }
      default: {
        this.#need(/^\(/);
        const selector = this.#selector();
        this.#need(/^\[\w+\]/);
        this.#need(/^\)/);
        const before = new Map(
          this.#select(this.scrapes.before, selector).map((each) => [keyOf(each.labels), each.value]),
        );
        const per = operation === "rate" ? this.scrapes.seconds : 1;
        return this.#select(this.scrapes.now, selector).map(({ labels, value }) => ({
          labels,
          value: (value - (before.get(keyOf(labels)) ?? 0)) / per,
        }));
      }
    }
  }

  #aggregate(operation: "sum" | "max"): readonly Series[] {
    const [, listed] = this.#take(/^by\s*\(([\w\s,]*)\)/) ?? [];
    const by = (listed ?? "").split(",").flatMap((label) => label.trim() || []);
    this.#need(/^\(/);
    const groups = new Map<string, Series>();
    for (const { labels, value } of this.#closed()) {
      const group = Object.fromEntries(
        by.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]])),
      );
      const before = groups.get(keyOf(group))?.value;
      const together = operation === "sum" ? (before ?? 0) + value : Math.max(before ?? -Infinity, value);
      groups.set(keyOf(group), { labels: group, value: together });
    }
    return [...groups.values()];
  }

  /** An expression, and the parenthesis after it. */
  #closed(): readonly Series[] {
    const series = this.expression();
    this.#need(/^\)/);
    return series;
  }

  #selector(): Selector {
    const [name] = this.#need(/^[a-z_]\w*/);
    const [, written = ""] = this.#take(/^\{([^}]*)\}/) ?? [];
    const matchers = Array.from(written.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g), ([, label, operator, text]) => {
      const pattern = new RegExp(`^(?:${text})$`);
      return (labels: MetricSample["labels"]) => {
        const value = labels[label!] ?? "";
        return operator === "=~" ? pattern.test(value) : (value === text) === (operator === "=");
      };
    });
    return { name: name!, matches: (labels) => matchers.every((matcher) => matcher(labels)) };
  }

  #select(samples: readonly MetricSample[], { name, matches }: Selector): readonly Series[] {
    const named = samples.filter((sample) => sample.name === name);
    if (named.length === 0 && samples === this.scrapes.now)
      throw new Error(`no metric is called ${name}: ${this.query}`);
    return named.filter(({ labels }) => matches(labels));
  }

  #need(pattern: RegExp): RegExpExecArray {
    return this.#take(pattern) ?? this.#fail();
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.#rest) ?? undefined;
    if (found) this.#rest = this.#rest.slice(found[0].length).trimStart();
    return found;
  }

  #fail(): never {
    throw new Error(`${this.query} has a form that this test can't evaluate, at ${JSON.stringify(this.#rest)}`);
  }
}

/** The quantile of each histogram, by the bounds of its buckets. */
function quantiles(quantile: number, buckets: readonly Series[]): readonly Series[] {
  const histograms = new Map<string, Series[]>();
  for (const bucket of buckets) {
    const { le: _, ...labels } = bucket.labels;
    const key = keyOf(labels);
    histograms.set(key, [...(histograms.get(key) ?? []), bucket]);
  }
  return Array.from(histograms.values(), (histogram) => {
    const sorted = histogram
      .map(({ labels, value }) => ({ bound: Number(labels["le"]!.replace("+Inf", "Infinity")), value }))
      .toSorted((a, b) => a.bound - b.bound);
    const rank = quantile * sorted.at(-1)!.value;
    const at = sorted.findIndex(({ value }) => value >= rank);
    const { le: _, ...labels } = histogram[0]!.labels;
    return { labels, value: sorted[at]!.bound === Infinity ? sorted[at - 1]!.bound : sorted[at]!.bound };
  });
}

function keyOf(labels: MetricSample["labels"]): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
