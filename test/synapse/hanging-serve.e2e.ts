import { expect } from "chai";
import { isAlive } from "../is-alive.js";
import { until, untilIs } from "../until.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import type { MatrixClient } from "./matrix-client.js";

const HANGING = { module: `${modulesOf("hanging-modules")}#Hanging` };
const POLICY = { call_timeout: 2, on_disconnect: { check_event_for_spam: "allow" } };

describe("a ligand serve that Synapse started and that hangs", () => {
  let bridged: BridgedSynapse;

  beforeEach(async () => {
    bridged = await BridgedSynapse.create();
    await bridged.serve.configure([HANGING]);
  });

  afterEach(() => bridged.stop());

  async function aliceInARoom(): Promise<[MatrixClient, string]> {
    const alice = await bridged.client.register("alice");
    return [alice, await alice.createRoom()];
  }

  /** The processes that Synapse started, in order. */
  async function pids(): Promise<number[]> {
    return [...(await bridged.synapse.log()).matchAll(/as process (\d+)$/gm)].map(([, pid]) => Number(pid));
  }

  /** A Synapse that is started after one that was killed finds nothing in its way. */
  async function startsAgain(command: readonly string[]): Promise<void> {
    await bridged.startSynapse({ command, ...POLICY });
    const alice = await bridged.client.register("bob");
    expect((await alice.sendMessage(await alice.createRoom(), "ham")).status).to.equal(200);
    expect(isAlive((await pids()).at(-1)!)).to.equal(true);
  }

  it("a ligand serve that Synapse started and that hangs ends with a Synapse that is killed, and the next Synapse starts, with modules that answer", async () => {
    const command = bridged.serve.command();
    await bridged.startSynapse({ command, ...POLICY });
    const [alice, room] = await aliceInARoom();
    // Not awaited: there will be no answer.
    alice.sendMessage(room, "block").catch(() => undefined);
    await bridged.synapse.logged("a call blocks this process");
    const [first] = (await pids()) as [number];
    await bridged.synapse.stop("SIGKILL");
    await until(() => !isAlive(first));
    await startsAgain(command);
  });

  it("a ligand serve that Synapse started and that hangs ends with a Synapse that is killed, although it was stopped by SIGSTOP and has a wrapper", async () => {
    const command = ["sh", "-c", `${bridged.serve.command().join(" ")}; echo it has ended`];
    await bridged.startSynapse({ command, ...POLICY });
    const [first] = (await pids()) as [number];
    process.kill(-first, "SIGSTOP");
    await bridged.synapse.stop("SIGKILL");
    await until(() => !isAlive(first));
    await startsAgain(command);
  });

  it("a ligand serve that Synapse started and that hangs is killed after its limit and started again; messages follow on_disconnect meanwhile", async () => {
    await bridged.startSynapse({ command: bridged.serve.command("--blocked-limit", "4s"), ...POLICY });
    const [alice, room] = await aliceInARoom();
    const blocked = alice.sendMessage(room, "block");
    await bridged.synapse.logged("Hanging.check");
    expect((await blocked).status).to.equal(200);
    await untilIs(2, async () => (await pids()).length);
    const [first, second] = (await pids()) as [number, number];
    expect([isAlive(first), isAlive(second)]).to.deep.equal([false, true]);
    await bridged.synapse.logged("ligand serve was restarted");
    expect((await alice.sendMessage(room, "ham")).status).to.equal(200);
  });
});
