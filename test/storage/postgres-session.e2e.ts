import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { PostgresSession } from "#src/default-services/postgres-session.js";
import { SystemClock } from "#src/default-services/system-clock.js";
import { failureOf } from "../failure-of.js";
import { capturedLog } from "../services/captured-log.js";
import { openProxy, SERVER } from "./cluster.js";
import { until } from "../until.js";

if (SERVER !== undefined) {
  describe("PostgresSession", () => {
    let log: ReturnType<typeof capturedLog>;
    let session: PostgresSession;

    const open = (connectionString: string) => {
      session = new PostgresSession({
        connectionString,
        neededBy: "A test",
        clock: new SystemClock(),
        logger: log.logger,
      });
      return session;
    };

    beforeEach(() => {
      log = capturedLog();
    });
    afterEach(() => session.close());

    it("PostgresSession rejects with the error of a statement, and keeps the connection", async () => {
      await open(SERVER!).query("SELECT $1::text", ["x"]);
      const { connection } = session;
      const error = await failureOf(session.query("SELECT * FROM nowhere", []));
      expect(error).to.include({ code: "42P01" });
      expect([session.connection, log.lines]).to.deep.equal([connection, []]);
    });

    it("PostgresSession runs statements of one time one after the other", async () => {
      open(SERVER!);
      await Promise.all(["1", "2", "3"].map((value) => session.query("SELECT $1::int", [value])));
      const { connection } = session;
      const rows = await Promise.all([1, 2].map((n) => connection!.query<{ n: number }>(`SELECT ${n} AS n`)));
      expect(rows).to.deep.equal([[{ n: 1 }], [{ n: 2 }]]);
    });

    it("PostgresSession runs a statement on another connection when the first doesn't answer", async () => {
      const proxy = await openProxy();
      await open(proxy.url).query("SELECT 1", []);
      const { connection } = session;
      proxy.stall();
      const answer = session.query("SELECT 2", []);
      await until(() => log.lines.length > 0);
      proxy.resume();
      await answer;
      expect(session.connection).not.to.equal(connection);
      await session.close();
      proxy.close();
    });

    it("PostgresSession refuses statements once it is closed", async () => {
      await open(SERVER!).query("SELECT 1", []);
      await session.close();
      expect(await failureOf(session.query("SELECT 1", [])))
        .to.be.instanceOf(LigandError)
        .with.property("message", "A test was used after it was stopped");
    });
  });
}
