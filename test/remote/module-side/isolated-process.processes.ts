import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { expect } from "chai";
import { ISOLATED_PROCESS } from "#src/package.js";
import { describeHomeserver, openLink, type Link } from "#src/remote/homeserver-side/link.js";
import { CallHook, type IsolatedProcessOptions } from "#src/remote/wire/protocol.js";
import { MarksFile } from "#src/remote/wire/process-marks.js";
import { encode } from "#src/remote/wire/wire.js";
import { roomEvent } from "#src/testing/builders.js";
import { serverBinding } from "../served.js";

/** The process of `Harmful`, without a parent that looks after it. */
class Unwatched {
  private constructor(
    readonly child: ChildProcess,
    readonly link: Link,
  ) {}

  static async start(): Promise<Unwatched> {
    const marks = new MarksFile();
    const child = fork(ISOLATED_PROCESS!, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "pipe", "ipc", marks.fd],
    });
    marks.close();
    child.stderr!.resume();
    const told: IsolatedProcessOptions = {
      configFile: "test/fixtures/remote/harmful.yaml",
      defaultServices: {},
      stopTimeoutMs: 30_000,
      logLevel: "info",
    };
    child.send(told);
    const homeserver = await describeHomeserver([serverBinding()], "Test");
    return new Unwatched(child, await openLink(child.stdio[3] as Socket, homeserver));
  }

  /** Asks the module for something that need not be answered. */
  ask(body: string): void {
    const { peer, handles } = this.link;
    const args = [encode(roomEvent({ content: { body } }), handles)];
    const call = { category: "spamChecker", hook: "checkEventForSpam", args, context: {} };
    peer.ask(CallHook, call, body).catch(() => undefined);
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
