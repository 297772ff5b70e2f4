import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LigandError } from "#src/errors/ligand-error.js";
import { Database, type Transaction } from "#src/services/database.js";
import { PgliteDatabase } from "#src/default-services/pglite-database.js";
import { PostgresDatabase } from "#src/default-services/postgres-database.js";
import { failureOf } from "../services/small-services.js";

const { DATABASE_URL: url, PGHOST: host } = process.env;
const hasPostgres = Boolean(url ?? host);
if (!hasPostgres) {
  console.error("PostgresDatabase is not tested: no DATABASE_URL and no PGHOST is set; see scripts/with-postgres.mjs");
}

function behavesLikeADatabase(open: () => PgliteDatabase | PostgresDatabase) {
  let database: PgliteDatabase | PostgresDatabase;
  const counts = () =>
    database.runInteraction("read", async (txn) => {
      const { rows } = await txn.query<{ id: string; n: number }>("SELECT id, n FROM counters ORDER BY id");
      return Object.fromEntries(rows.map(({ id, n }) => [id, n]));
    });

  before(() => (database = open()));
  after(() => database.close());
  beforeEach(() =>
    database.runInteraction("prepare", async (txn) => {
      await txn.query("DROP TABLE IF EXISTS counters");
      await txn.query("CREATE TABLE counters (id text PRIMARY KEY, n integer NOT NULL)");
      await txn.query("INSERT INTO counters VALUES ('a', 1), ('b', 2)");
    }),
  );

  it("commits when the function returns, and gives its result", async () => {
    const result = await database.runInteraction("change", async (txn) => {
      const { affectedRows } = await txn.query("UPDATE counters SET n = n + $1 WHERE id = ANY($2)", [10, ["a", "b"]]);
      return affectedRows;
    });
    expect([result, await counts()]).to.deep.equal([2, { a: 11, b: 12 }]);
  });

  it("rolls back when the function throws, and throws that very error", async () => {
    const mine = new RangeError("no");
    const error = await failureOf(
      database.runInteraction("change", async (txn) => {
        await txn.query("DELETE FROM counters");
        throw mine;
      }),
    );
    expect(error).to.equal(mine);
    expect(await counts()).to.deep.equal({ a: 1, b: 2 });
  });

  it("rejects with the error of the database, and works on", async () => {
    const error = await failureOf(database.runInteraction("wrong", (txn) => txn.query("SELECT * FROM nowhere")));
    expect(error).to.include({ code: "42P01" });
    expect(await counts()).to.deep.equal({ a: 1, b: 2 });
  });

  it("does not call a transaction done in which a statement failed", async () => {
    const error = await failureOf(
      database.runInteraction("careless", async (txn) => {
        await txn.query("DELETE FROM counters");
        await failureOf(txn.query("SELECT * FROM nowhere"));
      }),
    );
    expect(error).to.be.instanceOf(Error);
    expect(await counts()).to.deep.equal({ a: 1, b: 2 });
  });

  it("keeps parameters apart from the statement", async () => {
    const text = "'; DROP TABLE counters; --";
    await database.runInteraction("insert", (txn) => txn.query("INSERT INTO counters VALUES ($1, 3)", [text]));
    expect(await counts()).to.deep.equal({ [text]: 3, a: 1, b: 2 });
  });
}

describe("Database", () => {
  /** Fails with an SQLSTATE as often as it is told. */
  class Failing extends Database {
    attempts = 0;
    constructor(
      readonly code: string,
      readonly failures: number,
    ) {
      super();
    }
    protected async transact<T>(_desc: string, f: (txn: Transaction) => T | Promise<T>): Promise<T> {
      if (++this.attempts <= this.failures) throw Object.assign(new RangeError("failed"), { code: this.code });
      return f({ query: async () => ({ rows: [], affectedRows: 0 }) });
    }
  }

  for (const code of ["40001", "40P01"]) {
    it(`runs the function again after an error ${code}`, async () => {
      const database = new Failing(code, 5);
      expect([await database.runInteraction("work", () => "done"), database.attempts]).to.deep.equal(["done", 6]);
    });
  }

  it("gives up after the sixth attempt", async () => {
    const database = new Failing("40001", 6);
    expect(await failureOf(database.runInteraction("work", () => "done"))).to.include({ code: "40001" });
    expect(database.attempts).to.equal(6);
  });

  it("does not run the function again after another error", async () => {
    const database = new Failing("23505", 1);
    expect(await failureOf(database.runInteraction("work", () => "done"))).to.include({ code: "23505" });
    expect(database.attempts).to.equal(1);
  });
});

describe("PgliteDatabase", function () {
  // PGlite compiles its WebAssembly with the first transaction.
  this.timeout(30_000);
  behavesLikeADatabase(() => new PgliteDatabase());

  it("keeps its data in a directory", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "ligand-pglite-"));
    const database = new PgliteDatabase({ dataDir });
    await database.runInteraction("create", (txn) => txn.query("CREATE TABLE kept AS SELECT 42 AS answer"));
    await database.close();
    const again = new PgliteDatabase({ dataDir });
    const { rows } = await again.runInteraction("read", (txn) => txn.query("SELECT answer FROM kept"));
    await again.close();
    rmSync(dataDir, { recursive: true });
    expect(rows).to.deep.equal([{ answer: 42 }]);
  });
});

if (hasPostgres) {
  describe("PostgresDatabase", () => {
    const open = () => new PostgresDatabase({ maxConnections: 4, ...(url !== undefined && { connectionString: url }) });
    behavesLikeADatabase(open);

    it("runs both of two transactions again until neither loses the other's change", async () => {
      const database = open();
      let attempts = 0;
      const increment = () =>
        database.runInteraction("increment", async (txn) => {
          attempts++;
          const { rows } = await txn.query<{ n: number }>("SELECT n FROM counters WHERE id = 'a'");
          // Both have read before either writes, at the first attempt.
          if (attempts <= 2) await bothHaveRead();
          await txn.query("UPDATE counters SET n = $1 WHERE id = 'a'", [rows[0]!.n + 1]);
        });
      const bothHaveRead = barrier(2);
      await Promise.all([increment(), increment()]);
      const { rows } = await database.runInteraction("read", (txn) =>
        txn.query("SELECT n FROM counters WHERE id = 'a'"),
      );
      await database.close();
      expect([rows, attempts]).to.deep.equal([[{ n: 3 }], 3]);
    });

    it("runs the victim of a deadlock again", async () => {
      const database = open();
      let attempts = 0;
      const bothHaveLocked = barrier(2);
      const lock = (first: string, second: string) =>
        database.runInteraction("lock", async (txn) => {
          attempts++;
          await txn.query("SELECT * FROM counters WHERE id = $1 FOR UPDATE", [first]);
          if (attempts <= 2) await bothHaveLocked();
          await txn.query("SELECT * FROM counters WHERE id = $1 FOR UPDATE", [second]);
          return first;
        });
      const results = await Promise.all([lock("a", "b"), lock("b", "a")]);
      await database.close();
      expect(results).to.deep.equal(["a", "b"]);
      // The second attempt of the victim may meet the other transaction in a deadlock once more.
      expect(attempts).to.be.at.least(3);
    }).timeout(30_000);

    it("says what happened when a function hides that a statement failed", async () => {
      const database = open();
      const error = await failureOf(
        database.runInteraction("careless", async (txn) => void (await failureOf(txn.query("SELECT nonsense")))),
      );
      await database.close();
      expect(error)
        .to.be.instanceOf(LigandError)
        .with.property(
          "message",
          "the transaction careless was rolled back: a statement in it failed, and the function returned all the same",
        );
    });

    it("recovers from a connection that the server ended", async () => {
      const database = open();
      const ended = await failureOf(
        database.runInteraction("end", (txn) => txn.query("SELECT pg_terminate_backend(pg_backend_pid())")),
      );
      expect(ended).to.be.instanceOf(Error);
      const { rows } = await database.runInteraction("read", (txn) => txn.query("SELECT 1 AS one"));
      await database.close();
      expect(rows).to.deep.equal([{ one: 1 }]);
    });
  });
}

/** A function whose calls wait until there are as many as `parties`. */
function barrier(parties: number): () => Promise<void> {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return () => {
    if (--parties === 0) open();
    return opened;
  };
}
