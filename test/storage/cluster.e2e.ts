import { expect } from "chai";
import { onServer, Process, SERVER } from "./cluster.js";
import { until } from "../until.js";

if (SERVER !== undefined) {
  describe("two processes of one homeserver", () => {
    let processes: [Process, Process];
    let clusters = 0;

    beforeEach(async () => {
      await onServer("DROP TABLE IF EXISTS cluster_test");
      await onServer("CREATE TABLE cluster_test AS SELECT 'a' AS id, 'old' AS value");
      const name = `test ${process.pid} ${(clusters += 1)}`;
      processes = [new Process(SERVER!, name), new Process(SERVER!, name)];
      await Promise.all(processes.map((each) => each.started()));
    });
    afterEach(async () => {
      for (const each of processes) await each.kill();
      await onServer("DROP TABLE cluster_test");
    });

    it("case 363: a cached value that is invalidated on one is computed again on the other", async () => {
      const [main, worker] = processes;
      const both = () => Promise.all([main.order("look up", "a"), worker.order("look up", "a")]);
      // Entries of before the connections stand are forgotten with them.
      await main.order("invalidate", "none");
      await worker.order("invalidate", "none");
      expect(await both()).to.deep.equal(["old", "old"]);
      await onServer("UPDATE cluster_test SET value = 'new'");
      expect(await both()).to.deep.equal(["old", "old"]);
      await main.order("invalidate", "a");
      await until(async () => (await worker.order("look up", "a")) === "new");
      expect(await both()).to.deep.equal(["new", "new"]);
    });

    it("two processes of one homeserver run a looping call on exactly one, and the other takes over when that is killed", async () => {
      await until(() => processes.some(({ ticks }) => ticks.tick >= 10));
      const [runner, other] = processes[0].ticks.tick > 0 ? processes : ([processes[1], processes[0]] as const);
      await until(() => runner.ticks.tick >= 20 && other.ticks["tick everywhere"] >= 20);
      expect(other.ticks.tick).to.equal(0);
      expect(runner.ticks["tick everywhere"]).to.be.above(0);
      await runner.kill();
      await until(() => other.ticks.tick >= 5);
    });
  });
}
