import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import { expect } from "chai";
import { ISOLATED_PROCESS } from "#src/package.js";
import { Peer } from "#src/remote/wire/peer.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { MarksFile } from "#src/remote/wire/process-marks.js";
import {
  CallCallbacks,
  DescribeModules,
  LoadModules,
  OfferServices,
  StartModule,
  type ModuleProcessSettings,
} from "#src/remote/wire/process-protocol.js";
import { encode } from "#src/remote/wire/wire.js";
import { roomEvent } from "#src/testing/builders.js";

/** The process of `Harmful`, without a parent that looks after it. */
class Unwatched {
  private constructor(
    readonly child: ChildProcess,
    readonly peer: Peer,
  ) {}

  static async start(): Promise<Unwatched> {
    const marks = new MarksFile();
    const child = fork(ISOLATED_PROCESS!, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "pipe", "ipc", marks.fd],
    });
    marks.close();
    child.stderr!.resume();
    const settings: ModuleProcessSettings = {
      entries: [
        {
          specifier: "./harmful.mjs#Harmful",
          directory: resolve("test/fixtures/remote"),
          config: {},
          path: "modules[0]",
        },
      ],
      importTimeoutMs: 30_000,
      stopTimeoutMs: 30_000,
      logLevel: "info",
    };
    child.send(settings);
    const peer = new Peer(child.stdio[3] as Socket);
    peer.listen();
    await peer.ask(LoadModules, {}, "load");
    await peer.ask(DescribeModules, { infos: [{ id: "Harmful", name: "Harmful" }] }, "describe");
    await peer.ask(OfferServices, { homeserver: null, lent: [], settings: {} }, "offer");
    await peer.ask(StartModule, { module: "Harmful", timeoutMs: 30_000 }, "start");
    return new Unwatched(child, peer);
  }

  /** Asks the module for something that need not be answered. */
  ask(body: string): void {
    const { peer } = this;
    const args = [encode(roomEvent({ content: { body } }), new PeerHandles(peer))];
    const chain = "SpamChecker.checkEventForSpam";
    peer.ask(CallCallbacks, { chain, callbacks: [["Harmful", 0]], args, context: {} }, body).catch(() => undefined);
  }
}

describe("the process of isolated modules", function () {
  this.timeout(60_000);

  it("the process of isolated modules exits quietly when its standard error stream has lost its reader", async () => {
    const unwatched = await Unwatched.start();
    const ended = once(unwatched.child, "exit");
    unwatched.child.stderr!.destroy();
    unwatched.ask("log");
    expect(await ended).to.deep.equal([1, null]);
  });

  it("the process of isolated modules ends when its parent lets go of it, although a callback is pending", async () => {
    const unwatched = await Unwatched.start();
    unwatched.ask("hang");
    const ended = once(unwatched.child, "exit");
    unwatched.child.disconnect();
    expect(await ended).to.deep.equal([1, null]);
  });
});
