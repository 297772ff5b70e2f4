import type { DecisionRecord } from "../../decisions/decision-record.js";
import type { Decisions } from "../../decisions/decisions.js";
import { DecisionFilter } from "./decision-filter.js";
import { differingShadows } from "../../decisions/decision-result.js";
import { Sample, type Sampled } from "./sample.js";
import { Tally } from "./tally.js";

/** How often a page receives decisions, in milliseconds. */
const EVERY_MS = 250;
/** How many a page receives each time. */
const MOST_SHOWN = 10;

/** The decisions of a host, for pages. As long as it exists, decisions are recorded. */
export class DecisionFeed {
  readonly tally = new Tally();
  readonly #unsubscribe: () => void;
  #hasEnded = false;

  constructor(private readonly decisions: Decisions) {
    this.#unsubscribe = decisions.subscribe((record) => this.tally.add(record));
  }

  /** Which decisions a query asks for. */
  filter(query: URLSearchParams): DecisionFilter {
    return new DecisionFilter(query, (text) => this.decisions.hashOf(text));
  }

  /** The latest decisions that a filter leaves, the last one first. */
  recent(filter: DecisionFilter): readonly DecisionRecord[] {
    return this.decisions.recent().filter(filter.matches);
  }

  /** The latest decisions that a callback in shadow would have made otherwise, the last one first. */
  shadowed(most: number): readonly DecisionRecord[] {
    return this.decisions
      .recent()
      .filter((record) => differingShadows(record).length > 0)
      .slice(0, most);
  }

  /** A decision, as long as it's among the latest. */
  find(id: string): DecisionRecord | undefined {
    return this.decisions.recent().find((record) => record.id === id);
  }

  /**
   * The decisions from now on, a few times a second, until the signal aborts or the host stops. Who takes them slowly
   * receives fewer. A page that has paused receives first what it has missed, as far as it would show it.
   *
   * @param after the id of the last decision that the page has, empty if it has none; undefined for none but those to come
   */
  async *live(filter: DecisionFilter, after: string | undefined, signal: AbortSignal): AsyncGenerator<Sampled> {
    const sample = new Sample(MOST_SHOWN);
    const add = (record: DecisionRecord) => {
      if (filter.matches(record)) sample.add(record);
    };
    const missed = after === undefined ? [] : this.recent(filter).filter(({ id }) => id > after);
    const end = this.decisions.subscribe(add);
    try {
      if (missed.length > 0) yield { shown: missed.toReversed(), seen: missed.length };
      while (!signal.aborted && !this.#hasEnded && !this.decisions.hasEnded) {
        yield sample.take();
        await pause(EVERY_MS, signal);
      }
    } finally {
      end();
    }
  }

  /** Ends what is live, too: browsers then ask again, and see what has taken the place of this. */
  end(): void {
    this.#hasEnded = true;
    this.#unsubscribe();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
