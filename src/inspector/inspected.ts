import { partsOfHost, type Host } from "../container/host.js";
import type { ReloadReport } from "../container/reloads.js";
import { DecisionFeed } from "./feed/decision-feed.js";

/** What an inspector shows: a host, as soon as there is one. */
export class Inspected {
  #host: Host | undefined;
  #feed: DecisionFeed | undefined;

  /** @param reload does what the button does @throws {ReloadError} */
  constructor(readonly reload: () => Promise<ReloadReport>) {}

  /** Shows another host from now on: modules that start for another homeserver are another one. */
  show(host: Host): void {
    this.end();
    this.#host = host;
    this.#feed = new DecisionFeed(partsOfHost(host).decisions);
  }

  get host(): Host | undefined {
    return this.#host;
  }

  get feed(): DecisionFeed | undefined {
    return this.#feed;
  }

  /** Has decisions no longer recorded for pages. */
  end(): void {
    this.#feed?.end();
  }
}
