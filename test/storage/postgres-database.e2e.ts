import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { PostgresDatabase } from "#src/default-services/postgres-database.js";
import { behavesLikeADatabase } from "../default-services/describe-database.js";
import { failureOf } from "../failure-of.js";
import { SERVER } from "./cluster.js";

if (SERVER !== undefined) {
  describe("PostgresDatabase", () => {
    const open = () => new PostgresDatabase({ maxConnections: 4, connectionString: SERVER! });
    behavesLikeADatabase(async () => open());

    it("PostgresDatabase runs both of two transactions again until neither loses the other's change", async () => {
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

    it("PostgresDatabase runs the victim of a deadlock again", async () => {
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
    });

    it("PostgresDatabase says what happened when a function hides that a statement failed", async () => {
      const database = open();
      const error = await failureOf(
        database.runInteraction("careless", async (txn) => void (await failureOf(txn.query("SELECT nonsense")))),
      );
      await database.close();
      expect(error)
        .to.be.instanceOf(LigandError)
        .with.property(
          "message",
          "the transaction careless was rolled back: a statement in it failed, but the function returned normally",
        );
    });

    it("PostgresDatabase recovers from a connection that the server ended", async () => {
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
