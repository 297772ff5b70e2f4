import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { Cached, cacheOf } from "#src/modules/cached.js";
import { PostgresCaches } from "#src/default-services/postgres-caches.js";
import { SystemClock } from "#src/default-services/system-clock.js";
import { failureOf } from "../failure-of.js";
import { disconnect, onServer, SERVER, serverFor } from "./cluster.js";
import { capturedLog } from "../services/captured-log.js";
import { ManualClock } from "../default-services/manual-clock.js";
import { until } from "../until.js";

/** Has one cached method, and another. */
class Lookups {
  @Cached()
  async find(key: unknown, _more?: unknown): Promise<unknown> {
    return key;
  }

  @Cached()
  async count(): Promise<number> {
    return 1;
  }

  get sizes(): [find: number, count: number] {
    return [cacheOf(this, "find").size, cacheOf(this, "count").size];
  }
}

if (SERVER !== undefined) {
  describe("PostgresCaches", () => {
    let log: ReturnType<typeof capturedLog>;
    let all: PostgresCaches[];
    let here: PostgresCaches;
    let mine: Lookups;
    let theirs: Lookups;

    const open = (name: string, application = "ligand test") => {
      const parts = { clock: new SystemClock(), logger: log.logger, connectionString: serverFor(application), name };
      const caches = new PostgresCaches(parts);
      all.push(caches);
      return caches;
    };
    /** Its lookups, once it hears what others say. */
    const listening = async (caches: PostgresCaches) => {
      const lookups = new Lookups();
      await lookups.count();
      caches.registerCachedFunction(cacheOf(lookups, "find"));
      caches.registerCachedFunction(cacheOf(lookups, "count"));
      // What is cached before it listens may have been invalidated meanwhile.
      await until(() => lookups.sizes[1] === 0);
      return lookups;
    };

    beforeEach(async () => {
      log = capturedLog();
      all = [];
      here = open("one");
      mine = await listening(here);
      theirs = await listening(open("one", "ligand test there"));
      for (const key of ["a", "b"]) await theirs.find(key);
      await theirs.count();
    });
    afterEach(() => Promise.all(all.map((caches) => caches.close())));

    it("PostgresCaches forgets one entry on the other process, and not again its own", async () => {
      await mine.find("a");
      await here.invalidateCache(cacheOf(mine, "find"), ["a"]);
      await mine.find("a");
      await until(() => theirs.sizes[0] === 1);
      await here.invalidateCache(cacheOf(mine, "find"), ["b"]);
      await until(() => theirs.sizes[0] === 0);
      expect([mine.sizes[0], theirs.sizes]).to.deep.equal([1, [0, 1]]);
    });

    const unfit: [string, unknown][] = [
      ["is too long for a notification", "é".repeat(4000)],
      ["is a bigint", 1n],
      ["is a date", new Date(0)],
      ["has an undefined item before the last", undefined],
    ];
    for (const [what, key] of unfit) {
      it(`PostgresCaches forgets all entries of the function when a key ${what}`, async () => {
        await here.invalidateCache(cacheOf(mine, "find"), [key, "more"]);
        await until(() => theirs.sizes[0] === 0);
        expect(theirs.sizes).to.deep.equal([0, 1]);
      });
    }

    it("PostgresCaches carries U+0000 and half of a surrogate pair", async () => {
      await theirs.find("\u0000\ud800");
      await here.invalidateCache(cacheOf(mine, "find"), ["\u0000\ud800"]);
      await until(() => theirs.sizes[0] === 2);
    });

    it("PostgresCaches ignores another homeserver on the same database", async () => {
      const other = open("two");
      await other.invalidateCache(cacheOf(mine, "find"), ["a"]);
      await here.invalidateCache(cacheOf(mine, "find"), ["b"]);
      await until(() => theirs.sizes[0] === 1);
      await theirs.find("a");
      expect(theirs.sizes[0]).to.equal(1);
    });

    it("PostgresCaches forgets everything after reconnecting, and receives invalidations again", async () => {
      expect(await disconnect("ligand test there")).to.equal(1);
      await until(() => theirs.sizes[0] === 0 && theirs.sizes[1] === 0);
      await theirs.find("a");
      await here.invalidateCache(cacheOf(mine, "find"), ["a"]);
      await until(() => theirs.sizes[0] === 0);
      expect(log.lines).to.deep.equal([
        "warn: Caches on PostgreSQL has no connection to PostgreSQL; retrying in 100 ms <- " +
          "terminating connection due to administrator command",
      ]);
    });

    it("PostgresCaches delivers an invalidation once its own lost connection is back", async () => {
      expect(await disconnect("ligand test")).to.equal(1);
      await here.invalidateCache(cacheOf(mine, "find"), ["a"]);
      await until(() => theirs.sizes[0] === 1);
    });

    it("PostgresCaches passes over notifications that aren't of its form", async () => {
      await onServer("SELECT pg_notify('ligand_caches', '{}'), pg_notify('ligand_caches', 'x')");
      await here.invalidateCache(cacheOf(mine, "find"), ["a"]);
      await until(() => theirs.sizes[0] === 1);
      const line = (payload: string) =>
        `warn: Caches on PostgreSQL ignored a foreign notification on ligand_caches: ${payload}`;
      expect(log.lines).to.have.members([line("{}"), line("{}"), line("x"), line("x")]);
    });

    it("PostgresCaches says that it was stopped", async () => {
      await here.close();
      const error = await failureOf(here.invalidateCache(cacheOf(mine, "find"), ["a"]));
      expect(error)
        .to.be.instanceOf(LigandError)
        .with.property("message", "Caches on PostgreSQL was used after it was stopped");
    });
  });
}

describe("PostgresCaches without a server", () => {
  it("PostgresCaches without a server fail to invalidate after 30 seconds, with the reason", async () => {
    const clock = new ManualClock();
    const { logger, lines } = capturedLog();
    const caches = new PostgresCaches({ clock, logger, connectionString: "postgresql://127.0.0.1:1/none" });
    const lookups = new Lookups();
    await lookups.find("a");
    let settled = false;
    const failure = failureOf(caches.invalidateCache(cacheOf(lookups, "find"), ["a"])).finally(() => (settled = true));
    await until(async () => {
      await clock.advance(1000);
      return settled;
    });
    const error = await failure;
    await caches.close();
    expect(lookups.sizes[0]).to.equal(0);
    expect(error)
      .to.be.instanceOf(LigandError)
      .with.property("message", "Caches on PostgreSQL had no connection to PostgreSQL for 30000 ms");
    expect((error as LigandError).cause).to.include({ code: "ECONNREFUSED" });
    expect(lines[0]).to.match(/^warn: Caches on PostgreSQL has no connection to PostgreSQL; retrying in 100 ms/);
    expect(clock.pending).to.equal(0);
  });

  it("PostgresCaches without a server can be closed while they connect", async () => {
    const { logger, lines } = capturedLog();
    let connections = 0;
    const silent = createServer(() => (connections += 1));
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const { port } = silent.address() as AddressInfo;
    const open = () => {
      const connectionString = `postgresql://127.0.0.1:${port}/none`;
      const caches = new PostgresCaches({ clock: new SystemClock(), logger, connectionString });
      caches.registerCachedFunction(cacheOf(new Lookups(), "find"));
      return caches;
    };
    await open().close();
    const connecting = open();
    await until(() => connections > 0);
    await connecting.close();
    silent.close();
    expect(lines).to.deep.equal([]);
  });
});
