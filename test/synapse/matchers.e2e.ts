import { expect } from "chai";
import { serve, type ServedModules } from "#src/index.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import type { MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { until } from "../until.js";

describe("modules that are asked about some calls only", () => {
  let bridged: BridgedSynapse;
  let served: ServedModules;
  let records: readonly LogRecord[];
  let alice: MatrixClient;
  let room: string;

  /** Has the spam checker asked about what matches. */
  const configure = (only: object, more: object = {}) =>
    bridged.serve.configure([
      {
        module: `${modulesOf("switchboard")}#Switchboard`,
        operate: { hooks: { checkEventForSpam: { only, ...more } } },
      },
    ]);

  /** What Synapse's metrics and those of the modules say about the hook: not sent, sent and called, sent and not called. */
  async function counted(): Promise<readonly number[]> {
    const metrics = (await (await fetch(`${bridged.synapse.url}/_synapse/metrics`)).text()) + served.metrics();
    const valueOf = (name: string, hook: string) =>
      Number(new RegExp(`^${name}\\{[^}]*hook="${hook}"[^}]*\\} (\\S+)$`, "m").exec(metrics)?.[1] ?? 0);
    return [
      valueOf("ligand_calls_held_back_total", "check_event_for_spam"),
      valueOf("ligand_callback_calls_total", "SpamChecker.checkEventForSpam"),
      valueOf("ligand_callback_not_asked_total", "SpamChecker.checkEventForSpam"),
    ];
  }

  before(async () => {
    bridged = await BridgedSynapse.create();
    await configure({ type: "test.never" });
    const logs = captureLogs({ all: true });
    ({ records } = logs);
    served = await serve({
      configFile: bridged.serve.configFile,
      address: `unix:${bridged.serve.socket}`,
      logger: logs.logger,
    });
    await bridged.startSynapse({ call_timeout: 5 }, { enable_metrics: true });
    await bridged.synapse.logged("Connected to ligand serve");
    alice = await bridged.client.register("alice");
    room = await alice.createRoom();
  });

  after(async () => {
    await bridged.stop();
    await served.stop();
  });
  afterEach(hangUp);

  it("of a hundred events of which one matches, one leaves Synapse, which counts the others", async () => {
    const other = await alice.createRoom();
    await configure({ room: other, sender: "@alice:*" });
    await served.reload();
    const [heldBack, called, notCalled] = await counted();
    for (let sent = 0; sent < 100; sent++) {
      expect(await alice.sendMessage(sent === 42 ? other : room, "hello")).to.have.property("status", 200);
    }
    expect(await counted()).to.deep.equal([heldBack! + 99, called! + 1, notCalled]);
  });

  it("a reload that widens a matcher while clients send loses no question", async () => {
    when("checkEventForSpam", () => "M_FORBIDDEN");
    let isOver = false;
    const statuses = new Set<number>();
    const sending = Promise.all(
      Array.from({ length: 6 }, async () => {
        while (!isOver) statuses.add((await alice.sendMessage(room, "hello")).status);
      }),
    );
    for (let round = 0; round < 3; round++) {
      await configure({ type: "test.never" });
      await served.reload();
      await until(() => statuses.has(200));
      await configure({ type: "m.room.message" });
      await served.reload();
      // From when the reload is done, none passes.
      expect((await alice.sendMessage(room, "after it")).status).to.equal(403);
    }
    await until(() => statuses.has(403));
    isOver = true;
    await sending;
    expect([...statuses]).to.have.members([200, 403]);
  });

  it("a module that hangs gets its on_failure before call_timeout, whatever on_disconnect says", async () => {
    /** How often Synapse gave the hook up. */
    const givenUp = async () => (await bridged.synapse.log()).split("the hook follows the policy").length - 1;
    const outcomes: unknown[] = [];
    // It may where a busy machine stalls for more than the 200 ms that Ligand is ahead: then that's tried again.
    let stallsLeft = 4;
    for (const on_failure of ["allow", "deny", "error"]) {
      await configure({}, { on_failure, timeout: "9s" });
      await served.reload();
      when("checkEventForSpam", () => new Promise(() => {}));
      for (;;) {
        const before = await givenUp();
        const { status } = await alice.sendMessage(room, "hello");
        if ((await givenUp()) === before || stallsLeft-- === 0) {
          outcomes.push(status);
          break;
        }
      }
    }
    expect([outcomes, stallsLeft >= 0]).to.deep.equal([[200, 403, 500], true]);
    const warnings = records
      .filter(({ message }) => message.startsWith("the time-outs of"))
      .map(({ message }) => message);
    expect(warnings).to.deep.equal([
      "the time-outs of SpamChecker.checkEventForSpam add up to 9000 ms, but the homeserver gives the hook up after 5000 ms: callbacks that haven't answered 200 ms before that count as failed. Lower them, or raise its call_timeout",
    ]);
  });
});
