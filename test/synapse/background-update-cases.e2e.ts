import { expect } from "chai";
import { modulesOf } from "./bridged-synapse.js";
import type { MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";
import { until } from "../until.js";

/** A background update of Synapse that a new database does not need: it signs events anew. */
const UPDATE = "event_resign";
const NONE_LEFT = "No more background updates to do";

/** Settles when a test says so. */
function gate<T>() {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { open, opened };
}

describe("cases of background updates on Synapse", () => {
  let switched: SwitchedSynapse;
  let admin: MatrixClient;

  before(async () => {
    switched = await SwitchedSynapse.start(
      {},
      { further: [{ module: `${modulesOf("costly-switches")}#UpdateSwitch` }] },
    );
    admin = await switched.admin();
    await switched.synapse.logged(NONE_LEFT);
    await admin.createRoom();
  });
  after(() => switched.stop());
  afterEach(hangUp);

  async function startUpdate(options: object = {}): Promise<void> {
    await admin.post("/_synapse/admin/v1/background_updates/start_job", { job_name: UPDATE, ...options });
  }

  /** The batches that the update has done. */
  async function batches(): Promise<{ size: number; items: number }[]> {
    const done = new RegExp(`update '${UPDATE}'. Processed (\\d+) items.* batch_size=(\\d+)\\)`, "g");
    const lines = (await switched.synapse.log()).matchAll(done);
    return Array.from(lines, ([, items, size]) => ({ size: Number(size), items: Number(items) }));
  }

  describe("background updates on Synapse, when an iteration waits for a module", () => {
    type Seen = { readonly happened: readonly unknown[]; readonly batches: readonly unknown[] };
    const ON_UPDATE = ["onUpdate", UPDATE, "master", false];
    const BEGUN = [ON_UPDATE, ["enter"], ["defaultBatchSize", UPDATE, "master"]];
    let beforeItEnters: Seen;
    let beforeItRuns: Seen;
    let atTheEnd: Seen;

    before(async () => {
      const happened: unknown[] = [];
      const [enter, defaultBatchSize] = [gate<number>(), gate<number>()];
      const seen = async (): Promise<Seen> => ({ happened: [...happened], batches: await batches() });
      when("onUpdate", (...args: unknown[]) => {
        happened.push(["onUpdate", ...args.slice(0, 3)]);
        return {
          enter: () => (happened.push(["enter"]), enter.opened),
          exit: async (...errors: unknown[]) => void happened.push(["exit", ...errors]),
        };
      });
      when("defaultBatchSize", (...args: unknown[]) => {
        happened.push(["defaultBatchSize", ...args.slice(0, 2)]);
        return defaultBatchSize.opened;
      });
      when("minBatchSize", (...args: unknown[]) => {
        happened.push(["minBatchSize", ...args.slice(0, 2)]);
        return 10;
      });
      const finished = (await switched.synapse.log()).split(NONE_LEFT).length + 1;
      await startUpdate();
      await until(() => happened.length === 2);
      beforeItEnters = await seen();
      enter.open(1);
      await until(() => happened.length === 3);
      beforeItRuns = await seen();
      defaultBatchSize.open(500);
      await until(async () => (await switched.synapse.log()).split(NONE_LEFT).length === finished);
      atTheEnd = await seen();
    });

    it("case 258 on Synapse: the module is notified of the iteration; the update doesn't run until it may enter", () => {
      expect(beforeItEnters).to.deep.equal({ happened: BEGUN.slice(0, 2), batches: [] });
    });

    it("case 259 on Synapse: once it may enter, the update runs with the module's batch size, and hasn't left", () => {
      expect(beforeItRuns).to.deep.equal({ happened: BEGUN, batches: [] });
      expect(atTheEnd.batches[0]).to.have.property("size", 500);
      expect(atTheEnd.batches[0]).to.have.property("items").that.is.above(0);
    });

    it("case 260 on Synapse: when the update is done the slot is left, and the iteration ends", () => {
      expect(atTheEnd.happened.slice(0, 5)).to.deep.equal([...BEGUN, ["exit"], ON_UPDATE]);
    });

    it("Synapse's background updates asks how much the next iteration does at least", () => {
      expect(atTheEnd.happened.slice(4)).to.deep.equal([
        ON_UPDATE,
        ["enter"],
        ["minBatchSize", UPDATE, "master"],
        ["exit"],
      ]);
      expect(atTheEnd.batches).to.have.length(2);
      expect(atTheEnd.batches[1]).to.have.property("size").that.is.at.least(10);
    });
  });

  describe("background updates on Synapse, when a slot fails", () => {
    it("a slot that fails when Synapse enters it is counted as a failure of its callback", async () => {
      const counted = () =>
        ["calls", "failures"].map((what) =>
          switched.metric(`ligand_callback_${what}_total`, "BackgroundUpdates.onUpdate")!,
        );
      const [calls, failures] = counted() as [number, number];
      const finished = (await switched.synapse.log()).split(NONE_LEFT).length + 1;
      const entered = when("onUpdate", () => {
        const isFirst = entered.length === 1;
        const enter = async () => (isFirst ? Promise.reject(new Error("no slot today")) : 100);
        return { enter, exit: async () => undefined };
      });
      await startUpdate();
      await until(async () => (await switched.synapse.log()).split(NONE_LEFT).length === finished);
      expect(counted()).to.deep.equal([calls + entered.length, failures + 1]);
    });
  });

  describe("background updates on Synapse, when each iteration fails", () => {
    it("case 270 on Synapse: a slot is left with the error of its iteration; five in a row stop the loop", async () => {
      const errors: unknown[] = [];
      when("onUpdate", () => ({ enter: async () => 100, exit: async (error: unknown) => void errors.push(error) }));
      await startUpdate({ old_key: "malformed" });
      await switched.synapse.logged("5 back-to-back background update failures; aborting.");
      const error = "LigandError: the other side: ValueError: Invalid old_key format";
      expect(errors.map((each) => String(each).slice(0, error.length))).to.deep.equal(Array(5).fill(error));
    });
  });
});
