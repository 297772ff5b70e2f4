import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import type { ServedModules } from "#src/index.js";
import { remoteHost, serve } from "#src/on-demand.js";
import { connectTo } from "#src/remote/wire/listen.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { Peer } from "#src/remote/wire/peer.js";
import {
  Changed,
  Initialize,
  LookAt,
  Start,
  type HomeserverInfo,
  type ModulesInfo,
  type RemoteHook,
} from "#src/remote/wire/protocol.js";
import { roomEvent, stateOf } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { until } from "../../until.js";
import { initialize, serverBinding, unixAddress } from "../served.js";

const modules = resolve("test/fixtures/remote/reloading.mjs");
const HOMESERVER = (initialize() as { params: HomeserverInfo }).params;

/** A homeserver by hand: what it received, in order, and how it answers that its modules look at something else. */
async function homeserverOf(address: string, answer: () => Promise<null>) {
  const peer = new Peer(await connectTo(parseSocketAddress(address)));
  const received: (readonly [what: string, hooks: readonly RemoteHook[]])[] = [];
  peer.answer(LookAt, ({ hooks }) => {
    received.push(["look at", hooks]);
    return answer();
  });
  peer.onNotification(Changed, ({ hooks }: ModulesInfo) => received.push(["changed", hooks]));
  peer.listen();
  await peer.ask(Initialize, HOMESERVER, "the modules");
  const start = async () => received.push(["started", await peer.ask(Start, {}, "the modules")]);
  const looks = () =>
    received.map(([what, hooks]) => [
      what,
      ...hooks.flatMap(({ callbacks }) => callbacks.map((one) => one.parameters)),
    ]);
  return { peer, start, looks, received };
}

describe("reloads after which callbacks look at more", () => {
  let folder: string;
  let configFile: string;
  let served: ServedModules;
  const list = (...names: readonly string[]) =>
    writeFile(configFile, `modules:\n${names.map((name) => `- module: ${modules}#${name}\n`).join("")}`);
  const start = async () => {
    const { logger, records } = captureLogs({ all: true });
    const address = unixAddress();
    served = await serve({ configFile, address, logger });
    return { address, warnings: () => records.filter(({ level }) => level === "warn").map(({ message }) => message) };
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-widening-"));
    configFile = join(folder, "modules.yaml");
  });
  afterEach(async () => {
    await served.stop();
    await rm(folder, { recursive: true });
  });

  it("before the step a homeserver is asked to send what both look at, and after it what the new ones do", async () => {
    await list("Passing");
    const { address } = await start();
    const { peer, start: startModules, looks } = await homeserverOf(address, async () => null);
    await startModules();
    await list("Looking");
    await served.reload();
    await until(() => looks().length === 4);
    expect(looks()).to.deep.equal([
      ["started", 0],
      ["look at", 0, 1],
      ["look at", 1],
      ["changed", 1],
    ]);
    await served.reload();
    await until(() => looks().length === 5);
    expect(looks().at(-1), "nothing changed").to.deep.equal(["changed", 1]);
    peer.close();
  });

  it("the new modules aren't called before each homeserver has said that it sends what they look at", async () => {
    await list("Passing");
    const { address } = await start();
    let answer!: () => void;
    const answered = new Promise<null>((resolve) => (answer = () => resolve(null)));
    const { peer, start: startModules, looks } = await homeserverOf(address, () => answered);
    await startModules();
    await using host = await remoteHost({ address, services: [serverBinding()] });
    const verdict = () => host.hooks.spamChecker.checkEventForSpam(roomEvent());
    await list("Refusing");
    const reloading = served.reload();
    await until(() => looks().length === 2);
    // A homeserver that starts its modules meanwhile learns of both as well.
    const late = await homeserverOf(address, async () => null);
    await late.start();
    expect(late.looks()).to.deep.equal([["started", 0, 0]]);
    expect(await verdict()).to.equal("NOT_SPAM");
    answer();
    await reloading;
    expect(await verdict()).to.deep.include({ code: "M_FORBIDDEN" });
    for (const homeserver of [peer, late.peer]) homeserver.close();
  });

  it("a homeserver that can't send what the new modules look at is disconnected, and the reload goes on", async () => {
    await list("Passing");
    const { address, warnings } = await start();
    const { peer, start: startModules } = await homeserverOf(address, () => Promise.reject(new Error("not known")));
    await startModules();
    await list("Looking");
    const { added } = await served.reload();
    await peer.closed;
    expect(added).to.deep.equal(["Looking"]);
    expect(warnings()).to.deep.equal([
      "connection 1 is closed, because a reload needs its answer: what callbacks look at: Error: not known",
    ]);
  });

  it("under load, no question is lost and every callback receives all that it looks at", async () => {
    const topics = Array.from({ length: 1000 }, (_, number) =>
      roomEvent({ type: "m.room.topic", state_key: String(number), content: { topic: "x".repeat(400) } }),
    );
    const state = stateOf(roomEvent({ type: "m.room.create", state_key: "", content: {} }), ...topics);
    await list("Topics");
    const { address } = await start();
    await using host = await remoteHost({ address, services: [serverBinding()] });
    let isOver = false;
    const answers = new Map<string, number>();
    const ask = async () => {
      while (!isOver) {
        const asked = host.hooks.thirdPartyRules.checkEventAllowed(roomEvent(), () => Promise.resolve(state));
        const answer = await Promise.resolve(asked).then(JSON.stringify, String);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    };
    const asking = Promise.all(Array.from({ length: 8 }, ask));
    for (let reload = 0; reload < 6; reload++) {
      await list(reload % 2 === 0 ? "Whole" : "Topics");
      await served.reload();
    }
    isOver = true;
    await asking;
    expect([...answers.keys()]).to.deep.equal(["[true,null]"]);
    expect(answers.get("[true,null]")).to.be.greaterThan(20);
  });
});
