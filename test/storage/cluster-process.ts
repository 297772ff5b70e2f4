// One process of a homeserver that has several: its module reports to the parent what it does, and follows its orders.
import "reflect-metadata";
import { createLogger } from "winston";
import { Cached, cacheOf, Caches, Database, Every, inject, Module, startModules } from "#src/index.js";
import type { Order, Report } from "./cluster.js";

const [connectionString, name] = process.argv.slice(2) as [string, string];

function report(what: Report): void {
  process.send!(what);
}

@Module()
class Clustered {
  constructor(
    @inject(Caches) private readonly caches: Caches,
    @inject(Database) private readonly database: Database,
  ) {
    caches.registerCachedFunction(cacheOf(this, "lookUp"));
    process.on("message", (order: Order) => void this.#obey(order));
  }

  @Cached()
  async lookUp(id: string): Promise<string | undefined> {
    const { rows } = await this.database.runInteraction("look up", (txn) =>
      txn.query<{ value: string }>("SELECT value FROM cluster_test WHERE id = $1", [id]),
    );
    return rows[0]?.value;
  }

  @Every(50)
  tick() {
    report({ kind: "tick" });
  }

  @Every(50, { runOnAllInstances: true })
  tickEverywhere() {
    report({ kind: "tick everywhere" });
  }

  async #obey({ kind, id }: Order): Promise<void> {
    if (kind === "invalidate") await this.caches.invalidateCache(cacheOf(this, "lookUp"), [id]);
    report({ kind: "done", result: kind === "look up" ? await this.lookUp(id) : undefined });
  }
}

await startModules({
  modules: [{ module: Clustered }],
  logger: createLogger({ silent: true }),
  defaultServices: { cluster: { connectionString, name }, database: { engine: "postgres", connectionString } },
});
report({ kind: "started" });
