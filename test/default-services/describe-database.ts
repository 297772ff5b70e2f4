import { expect } from "chai";
import type { PgliteDatabase } from "#src/default-services/pglite-database.js";
import type { PostgresDatabase } from "#src/default-services/postgres-database.js";
import { failureOf } from "../failure-of.js";

/** What a database does, of whichever kind it is. */
export function behavesLikeADatabase(open: () => Promise<PgliteDatabase | PostgresDatabase>): void {
  let database: PgliteDatabase | PostgresDatabase;
  const counts = () =>
    database.runInteraction("read", async (txn) => {
      const { rows } = await txn.query<{ id: string; n: number }>("SELECT id, n FROM counters ORDER BY id");
      return Object.fromEntries(rows.map(({ id, n }) => [id, n]));
    });

  before(async () => {
    database = await open();
  });
  after(() => database.close());
  beforeEach(() =>
    database.runInteraction("prepare", async (txn) => {
      await txn.query("DROP TABLE IF EXISTS counters");
      await txn.query("CREATE TABLE counters (id text PRIMARY KEY, n integer NOT NULL)");
      await txn.query("INSERT INTO counters VALUES ('a', 1), ('b', 2)");
    }),
  );

  it("a transaction commits when the function returns, and gives its result", async () => {
    const result = await database.runInteraction("change", async (txn) => {
      const { affectedRows } = await txn.query("UPDATE counters SET n = n + $1 WHERE id = ANY($2)", [10, ["a", "b"]]);
      return affectedRows;
    });
    expect([result, await counts()]).to.deep.equal([2, { a: 11, b: 12 }]);
  });

  it("a transaction rolls back when the function throws, and throws that very error", async () => {
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

  it("a transaction rejects with the error of the database, which goes on working", async () => {
    const error = await failureOf(database.runInteraction("wrong", (txn) => txn.query("SELECT * FROM nowhere")));
    expect(error).to.include({ code: "42P01" });
    expect(await counts()).to.deep.equal({ a: 1, b: 2 });
  });

  it("a transaction with a failed statement doesn't count as done", async () => {
    const error = await failureOf(
      database.runInteraction("careless", async (txn) => {
        await txn.query("DELETE FROM counters");
        await failureOf(txn.query("SELECT * FROM nowhere"));
      }),
    );
    expect(error).to.be.instanceOf(Error);
    expect(await counts()).to.deep.equal({ a: 1, b: 2 });
  });

  it("parameters of a statement are kept apart from it", async () => {
    const text = "'; DROP TABLE counters; --";
    await database.runInteraction("insert", (txn) => txn.query("INSERT INTO counters VALUES ($1, 3)", [text]));
    expect(await counts()).to.deep.equal({ [text]: 3, a: 1, b: 2 });
  });
}
