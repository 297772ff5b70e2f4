/** A metric with its samples, as the text format of Prometheus has it. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  /** The name of the family; of a histogram with `_bucket`, `_sum` or `_count` behind it. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads metrics that Ligand wrote: the same counters, for other receivers than Prometheus. */
export function metricFamilies(text: string): readonly MetricFamily[] {
  const families: (Omit<MetricFamily, "samples"> & { readonly samples: MetricSample[] })[] = [];
  let help = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("# HELP ")) help = line.slice(line.indexOf(" ", 7) + 1);
    else if (line.startsWith("# TYPE ")) {
      const [, , name, type] = line.split(" ");
      families.push({ name: name!, help, type: type as MetricFamily["type"], samples: [] });
    } else if (line !== "") families.at(-1)!.samples.push(readSample(line));
  }
  return families;
}

function readSample(line: string): MetricSample {
  const [, name, labels = "", value] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
  const found = labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
  return {
    name: name!,
    labels: Object.fromEntries(Array.from(found, ([, label, text]) => [label!, unescape(text!)])),
    value: Number(value),
  };
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}
