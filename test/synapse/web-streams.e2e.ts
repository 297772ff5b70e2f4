import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { createLogger, serve, type ServedModules } from "#src/index.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { whenFetched } from "./streaming-modules.js";
import { until } from "../until.js";

const PATH = "/_synapse/client/stream";
const PIECE = 64 * 1024;
/** More than a message of the protocol may have. */
const LARGE = 40 * 1024 * 1024;

describe("web resources that stream, through a real Synapse", () => {
  let bridged: BridgedSynapse;
  let served: ServedModules;

  before(async () => {
    bridged = await BridgedSynapse.create();
    await bridged.serve.configure([{ module: `${modulesOf("streaming-modules")}#Streamer` }]);
    await serveAgain();
    await bridged.startSynapse({ call_timeout: 10 }, { max_upload_size: "64M" });
    await bridged.synapse.logged("Connected to ligand serve");
  });

  after(async () => {
    await bridged.stop();
    await served.stop();
  });

  async function serveAgain(): Promise<void> {
    const { configFile, socket } = bridged.serve;
    const logger = createLogger({ level: "error" });
    served = await serve({ configFile, address: `unix:${socket}`, logger, stopTimeoutMs: 100 });
  }

  /** A response whose body is read when the test wants to. */
  async function get(): Promise<IncomingMessage> {
    const asking = request(bridged.synapse.url + PATH, { agent: false }).end();
    const [response] = (await once(asking, "response")) as [IncomingMessage];
    // Both report a connection that breaks off.
    asking.on("error", () => undefined);
    return response;
  }

  /** How a response ends, as its reader sees it. */
  async function endOf(response: IncomingMessage): Promise<string> {
    try {
      for await (const _ of response);
      return "whole";
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    }
  }

  it("web resources that stream, through a real Synapse send responses larger than a message", async () => {
    const piece = randomBytes(PIECE);
    const hash = createHash("sha256");
    let left = LARGE;
    whenFetched(
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull(controller) {
              if (left <= 0) return controller.close();
              left -= PIECE;
              piece.writeUInt32BE(left);
              hash.update(piece);
              controller.enqueue(Uint8Array.from(piece));
            },
          }),
          { headers: { "content-type": "application/octet-stream" } },
        ),
    );
    const response = await get();
    const received = createHash("sha256");
    for await (const chunk of response) received.update(chunk as Buffer);
    expect(received.digest("hex")).to.equal(hash.digest("hex"));
    expect(response.headers).to.include({ "content-type": "application/octet-stream", "transfer-encoding": "chunked" });
  });

  it("web resources that stream, through a real Synapse take requests larger than a message", async () => {
    const body = randomBytes(LARGE);
    const url = `${bridged.synapse.url}/_synapse/client/digest`;
    expect(await (await fetch(url, { method: "POST", body })).json()).to.deep.equal({
      size: LARGE,
      sha256: createHash("sha256").update(body).digest("hex"),
    });
  });

  it("web resources that stream through a real Synapse have a length if the body is available immediately, otherwise the module's", async () => {
    whenFetched(() => new Response("short"));
    expect((await get()).headers).to.include({ "content-length": "5" });
    const body = new Uint8Array(20 * PIECE);
    whenFetched(() => new Response(body, { headers: { "content-length": String(body.length) } }));
    const response = await get();
    let size = 0;
    for await (const chunk of response) size += (chunk as Buffer).length;
    expect([size, response.headers["content-length"]]).to.deep.equal([body.length, String(body.length)]);
  });

  it("web resources that stream through a real Synapse send events immediately, and for longer than call_timeout", async () => {
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    whenFetched(
      () =>
        new Response(new ReadableStream<Uint8Array>({ start: (one) => void (controller = one) }), {
          headers: { "content-type": "text/event-stream" },
        }),
    );
    // The head has come before there is any event.
    const response = await get();
    expect(response.headers["content-type"]).to.equal("text/event-stream");
    for (const pause of [0, 0, 11_000]) {
      await setTimeout(pause);
      const event = `data: ${Math.random()}\n\n`;
      const received = once(response, "data") as Promise<[Buffer]>;
      controller.enqueue(new TextEncoder().encode(event));
      expect((await received)[0].toString()).to.equal(event);
    }
    const ended = once(response, "end");
    controller.close();
    await ended;
  });

  it("web resources that stream, through a real Synapse write no faster than the client reads", async () => {
    let made = 0;
    const total = 512;
    whenFetched(
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull(controller) {
              if (made === total) return controller.close();
              made++;
              controller.enqueue(new Uint8Array(PIECE));
            },
          }),
        ),
    );
    const response = await get();
    // Who reads nothing fills the buffers between, and no more.
    let before = -1;
    while (made !== before) {
      before = made;
      await setTimeout(500);
    }
    expect(made).to.be.lessThan(total / 2);
    let size = 0;
    for await (const chunk of response) size += (chunk as Buffer).length;
    expect([made, size]).to.deep.equal([total, total * PIECE]);
  });

  it("web resources that stream, through a real Synapse end at the module when the client goes away, before the head and after it", async () => {
    let signal: AbortSignal | undefined;
    let isCancelled = false;
    whenFetched((incoming) => {
      signal = incoming.signal;
      return new Promise<Response>(() => {});
    });
    const early = request(bridged.synapse.url + PATH, { agent: false })
      .on("error", () => undefined)
      .end();
    await until(() => signal !== undefined);
    early.destroy();
    await until(() => signal!.aborted);
    whenFetched((incoming) => {
      signal = incoming.signal;
      return new Response(new ReadableStream<Uint8Array>({ cancel: () => void (isCancelled = true) }));
    });
    const response = await get();
    expect(signal!.aborted).to.equal(false);
    response.destroy();
    await until(() => signal!.aborted && isCancelled);
  });

  it("web resources that stream, through a real Synapse break off where the module's stream fails, and where ligand serve ends", async () => {
    for (const end of ["error", "stop"] as const) {
      let controller!: ReadableStreamDefaultController<Uint8Array>;
      whenFetched(() => new Response(new ReadableStream<Uint8Array>({ start: (one) => void (controller = one) })));
      const response = await get();
      const ended = endOf(response);
      if (end === "error") controller.error(new Error("the disk is on fire"));
      else await served.stop();
      expect(await ended).to.equal("ECONNRESET");
    }
    await bridged.synapse.logged("the disk is on fire");
    await serveAgain();
  });
});
