import type { Logger } from "winston";
import { cacheKey } from "../services/cache-key.js";
import { Caches, type CachedFunction } from "../services/caches.js";
import type { Clock } from "../services/clock.js";
import { CLUSTER_NAME, type ClusterOptions } from "./cluster.js";
import { PostgresSession, type PostgresConnection } from "./postgres-session.js";

/** What {@link PostgresCaches} need. */
export interface PostgresCachesOptions extends ClusterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

const CHANNEL = "ligand_caches";
/** A notification holds less than 8000 bytes. */
const MAX_BYTES = 7999;

/**
 * {@link Caches} for several processes, by `LISTEN` and `NOTIFY` of PostgreSQL. They connect when the first function is registered.
 *
 * If an invalidation is too long, or JSON can't carry its key (a class instance, a bigint), the other processes forget
 * all entries of the function. A process misses what is sent while it isn't connected, so it forgets everything when it
 * reconnects; until then its entries may be stale.
 */
export class PostgresCaches extends Caches {
  readonly #session: PostgresSession;
  readonly #cluster: string;
  readonly #logger: Logger;

  constructor({ name = CLUSTER_NAME, ...options }: PostgresCachesOptions) {
    super();
    this.#cluster = name;
    this.#logger = options.logger;
    this.#session = new PostgresSession({
      ...options,
      neededBy: "Caches on PostgreSQL",
      onConnected: (connection) => this.#listen(connection),
      onNotification: (_channel, payload) => this.#received(payload),
    });
  }

  override registerCachedFunction(cachedFunction: CachedFunction): void {
    super.registerCachedFunction(cachedFunction);
    this.#session.start();
  }

  /** Closes the connection. */
  close(): Promise<void> {
    return this.#session.close();
  }

  protected async broadcast(name: string, keys: readonly unknown[]): Promise<void> {
    const one = isPortable(keys) ? JSON.stringify([this.#cluster, name, keys]) : undefined;
    const fits = one !== undefined && Buffer.byteLength(one) <= MAX_BYTES;
    const payload = fits ? one : JSON.stringify([this.#cluster, name]);
    await this.#session.query("SELECT pg_notify($1, $2)", [CHANNEL, payload]);
  }

  async #listen(connection: PostgresConnection): Promise<void> {
    await connection.query(`LISTEN ${CHANNEL}`);
    this.receiveAll();
  }

  #received(payload: string): void {
    const notice = parse(payload);
    if (!notice) {
      this.#logger.warn(`Caches on PostgreSQL ignored a foreign notification on ${CHANNEL}: ${payload}`);
    } else if (notice.cluster === this.#cluster) {
      if (notice.keys) this.receive(notice.name, notice.keys);
      else this.receiveAll(notice.name);
    }
  }
}

/** Whether keys survive a round trip through JSON. */
function isPortable(keys: readonly unknown[]): boolean {
  try {
    return cacheKey(JSON.parse(JSON.stringify(keys)) as unknown[]) === cacheKey(keys);
  } catch {
    // JSON refuses some values, such as bigints.
    return false;
  }
}

function parse(payload: string): { cluster: string; name: string; keys?: unknown[] } | undefined {
  try {
    const [cluster, name, keys] = JSON.parse(payload) as unknown[];
    if (typeof cluster !== "string" || typeof name !== "string") return undefined;
    return { cluster, name, ...(Array.isArray(keys) && { keys: keys as unknown[] }) };
  } catch {
    // Not JSON, or not a list.
    return undefined;
  }
}
