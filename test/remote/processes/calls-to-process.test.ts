import { expect } from "chai";
import { ReadNote } from "#src/decisions/read-note.js";
import { asking } from "#src/decisions/reading-calls.js";
import { LigandError, NOT_SPAM } from "#src/index.js";
import { currentCall } from "#src/remote/module-side/current-call.js";
import { roomEvent } from "#src/testing/builders.js";
import { outcomeOf } from "../served.js";
import { until } from "../../until.js";
import { PerformingHost, type PerformingOptions } from "./performing-host.js";
import { ACTS } from "./performing-module.js";

const PAGE = "http://x/_synapse/client/performing";

describe("calls to a process of modules", () => {
  it("a response that begins while its process stops comes to its end before the process does", async () => {
    await using performing = await PerformingHost.start();
    let body!: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (body = controller) });
    let respond: ((response: Response) => void) | undefined;
    ACTS.respond = () => new Promise<Response>((resolve) => (respond = resolve));
    const responding = performing.host.fetch(new Request(PAGE));
    await until(() => respond !== undefined);
    const stopped = performing.made[0]!.stop();
    respond!(new Response(stream));
    const reader = (await responding)!.body!.getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    for (const text of ["first", "last"]) {
      body.enqueue(new TextEncoder().encode(text));
      expect(await read()).to.equal(text);
    }
    body.close();
    expect((await reader.read()).done).to.equal(true);
    await stopped;
  });

  it("a web resource of a process runs for the id of the request, which its log lines have", async () => {
    await using performing = await PerformingHost.start();
    ACTS.respond = () => new Response(currentCall.getStore()?.requestId);
    const idSeen = async (method: string) => {
      const response = await performing.host.fetch(new Request(PAGE, { method }), { requestId: "GET-7" });
      return response!.text();
    };
    expect(await idSeen("POST")).to.equal("GET-7");
    expect(await (await performing.host.fetch(new Request(PAGE)))!.text()).to.equal("GET-2");
  });

  it("a process notes what its callbacks ask only where decisions are recorded, and is killed for what it can't have noted", async () => {
    const read = new ReadNote({ service: "Nonsense.ask", takes: [], returns: "body", acts: false }, []);
    const seen: boolean[] = [];
    const check = async (options: PerformingOptions) => {
      await using performing = await PerformingHost.start(undefined, options);
      ACTS.check = () => {
        seen.push(asking.getStore() !== undefined);
        asking.getStore()?.push(read);
        return NOT_SPAM;
      };
      const outcome = await outcomeOf(() => performing.host.hooks.spamChecker.checkEventForSpam(roomEvent()));
      return [outcome, performing.made[0]!.killedBecause];
    };
    expect(await check({})).to.deep.equal([{ result: NOT_SPAM }, undefined]);
    const [outcome, killed] = await check({ decisions: {} });
    const { error } = outcome as { error: LigandError & { cause: Error } };
    const message = "the process of module Performing: the answer breaks the protocol";
    expect([error.code, error.message, killed]).to.deep.equal(["LIGAND_REMOTE_LOST", message, message]);
    expect(error.cause.message).to.equal("there is no service method Nonsense.ask in this version of Ligand");
    expect(seen).to.deep.equal([false, true]);
  });

  it("an error that a callback throws is logged each time, also one with the code of a lost process", async () => {
    await using performing = await PerformingHost.start();
    ACTS.check = () => {
      throw new LigandError("LIGAND_REMOTE_BUSY", "the module's own host is busy");
    };
    for (let call = 0; call < 3; call++) {
      await outcomeOf(() => performing.host.hooks.spamChecker.checkEventForSpam(roomEvent()));
    }
    const levels = performing.logs.filter(({ hook }) => hook === "SpamChecker.checkEventForSpam");
    expect(levels.map(({ level }) => level)).to.deep.equal(["error", "error", "error"]);
  });

  it("a reload replaces the module of a process that had failed, also if that recovers before the module starts", async () => {
    const times = { firstPauseMs: 1, secondPauseMs: 1, failedPauseMs: 3000, windowMs: 60_000 };
    await using performing = await PerformingHost.start(undefined, { restartTimes: times });
    const { made, processes } = performing;
    for (let ends = 1; ends < 3; ends++) {
      made.at(-1)!.kill("it's in a test");
      await until(() => made.length === ends + 1 && performing.state === "running");
    }
    made.at(-1)!.kill("it's in a test");
    await until(() => performing.state === "failed");
    let wasFailed = false;
    const describe = processes.describe.bind(processes);
    processes.describe = async (...given) => {
      const described = await describe(...given);
      wasFailed = performing.state === "failed";
      await until(() => performing.state === "running");
      return described;
    };
    const { replaced } = await performing.host.reload();
    expect([wasFailed, replaced]).to.deep.equal([true, ["Performing"]]);
    expect(await performing.host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.equal(NOT_SPAM);
  });

  it("health says since when a module whose process was restarted runs again, and counts that beside what reloads restart", async () => {
    await using performing = await PerformingHost.start();
    const { host, made } = performing;
    const health = () => {
      const { restarts, since } = host.health().modules[0]!;
      return { restarts, since };
    };
    const { since: started } = health();
    await until(() => Date.now() > started);
    made.at(-1)!.kill("it's in a test");
    await until(() => made.length === 2 && performing.state === "running");
    const restarted = health();
    performing.write([`{ module: "performing#Performing", operate: { process: other } }`]);
    await host.reload();
    expect([restarted.restarts, restarted.since > started, health().restarts]).to.deep.equal([1, true, 2]);
  });
});
