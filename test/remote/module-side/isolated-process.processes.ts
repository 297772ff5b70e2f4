import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import { expect } from "chai";
import { deny } from "#src/index.js";
import { ISOLATED_PROCESS } from "#src/package.js";
import { describeHomeserver } from "#src/remote/homeserver-side/link.js";
import { ChannelConnection } from "#src/remote/wire/connection.js";
import type { RequestType } from "#src/remote/wire/json-rpc.js";
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
import { decodeAnswer } from "#src/remote/wire/raw-answers.js";
import { encode } from "#src/remote/wire/wire.js";
import { roomEvent } from "#src/testing/builders.js";
import { serverBinding } from "../served.js";

const HARMFUL = "Harmful";

/** The process of `Harmful`, without a parent that looks after it. */
class Unwatched {
  readonly #peer: Peer;
  readonly #handles: PeerHandles;

  private constructor(
    readonly child: ChildProcess,
    overChannel: boolean,
  ) {
    this.#peer = new Peer(overChannel ? new ChannelConnection(child) : (child.stdio[3] as Socket));
    this.#handles = new PeerHandles(this.#peer);
    this.#peer.listen();
  }

  static async start(overChannel = false): Promise<Unwatched> {
    const marks = new MarksFile();
    const child = fork(ISOLATED_PROCESS!, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "pipe", "ipc", marks.fd],
    });
    marks.close();
    child.stderr!.resume();
    const directory = resolve("test/fixtures/remote");
    const settings: ModuleProcessSettings = {
      entries: [{ specifier: `./harmful.mjs#${HARMFUL}`, directory, config: {}, path: "modules[0]" }],
      loadTimeoutMs: 60_000,
      stopTimeoutMs: 30_000,
      logLevel: "info",
      overChannel,
    };
    child.send(settings);
    const unwatched = new Unwatched(child, overChannel);
    await unwatched.#startModule();
    return unwatched;
  }

  async #startModule(): Promise<void> {
    await this.#ask(LoadModules, {});
    await this.#ask(DescribeModules, { infos: [{ id: HARMFUL, name: HARMFUL }] });
    const { info: homeserver } = await describeHomeserver([serverBinding()], "Test");
    await this.#ask(OfferServices, { homeserver, lent: [], settings: {}, notesReads: false });
    await this.#ask(StartModule, { module: HARMFUL, timeoutMs: 100_000, level: null });
  }

  /** Asks the module for something. @returns its answer, once there is one, or how asking for it failed */
  ask(body: string): Promise<unknown> {
    const args = [encode(roomEvent({ content: { body } }), this.#handles)];
    const call = { chain: "SpamChecker.checkEventForSpam", callbacks: [[HARMFUL, 0] as const], args, context: {} };
    return this.#ask(CallCallbacks, call).then(
      ({ answers: [answer] }) => decodeAnswer(answer!, this.#handles),
      (error: unknown) => error,
    );
  }

  #ask<Params, Answer>(type: RequestType<Params, Answer>, params: Params): Promise<Answer> {
    return this.#peer.ask(type, params, type.method);
  }
}

describe("the process of isolated modules", () => {
  it("the process of isolated modules exits quietly when its standard error stream has lost its reader", async () => {
    const unwatched = await Unwatched.start();
    const ended = once(unwatched.child, "exit");
    unwatched.child.stderr!.destroy();
    void unwatched.ask("log");
    expect(await ended).to.deep.equal([1, null]);
  });

  it("the process of isolated modules works over the channel of messages, and ends with it", async () => {
    const unwatched = await Unwatched.start(true);
    const ended = once(unwatched.child, "exit");
    unwatched.child.disconnect();
    expect(await ended).to.deep.equal([0, null]);
  });

  for (const overChannel of [false, true]) {
    it(`the process of isolated modules ends only when its last answer has left it, over ${overChannel ? "the channel of messages" : "a socket"}`, async () => {
      const unwatched = await Unwatched.start(overChannel);
      const ended = once(unwatched.child, "exit");
      const text = "x".repeat(5_000_000);
      expect(await unwatched.ask(`stop ${text.length}`)).to.deep.equal(deny("ORG_EXAMPLE_STOPPED", { text }));
      expect(await ended).to.deep.equal([0, null]);
    });
  }

  it("the process of isolated modules ends when its parent lets go of it, although a callback is pending", async () => {
    const unwatched = await Unwatched.start();
    void unwatched.ask("hang");
    const ended = once(unwatched.child, "exit");
    unwatched.child.disconnect();
    expect(await ended).to.deep.equal([1, null]);
  });
});
