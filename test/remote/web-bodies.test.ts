import { createHash, randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import type { LigandError } from "#src/errors/ligand-error.js";
import { Module } from "#src/modules/module.js";
import { LIMITS } from "#src/remote/wire/limits.js";
import type { RemoteHost } from "#src/remote/homeserver-side/remote-host.js";
import { WebResource } from "#src/web/web-resource.js";
import { outcomeOf, serveModules, type Served } from "./served.js";

const PATH = "/_synapse/client/x";
const encoder = new TextEncoder();

let answer: (request: Request) => Response | Promise<Response>;

@Module()
class Page {
  @WebResource(PATH)
  answer(request: Request) {
    return answer(request);
  }
}

/** A stream whose pieces a test writes. */
function written(): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly write: (text: string) => void;
  readonly close: () => void;
  readonly fail: (error: Error) => void;
  readonly cancelled: Promise<void>;
} {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancel!: () => void;
  const cancelled = new Promise<void>((resolve) => (cancel = resolve));
  const stream = new ReadableStream<Uint8Array>({ start: (one) => void (controller = one), cancel });
  return {
    stream,
    write: (text) => controller.enqueue(encoder.encode(text)),
    close: () => controller.close(),
    fail: (error) => controller.error(error),
    cancelled,
  };
}

/** A stream without an end, which counts the pieces that were asked of it. */
function endless(): { readonly stream: ReadableStream<Uint8Array>; readonly pulled: () => number } {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  return { stream, pulled: () => pulled };
}

function post(body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>, init: RequestInit = {}): Request {
  return new Request(`http://x${PATH}`, { method: "POST", body, duplex: "half", ...init });
}

async function digestOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body) hash.update(chunk);
  return hash.digest("hex");
}

async function textOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value);
}

describe("bodies of web requests over a connection", () => {
  let served: Served;
  let host: RemoteHost;

  beforeEach(async () => {
    served = await serveModules([{ module: Page }]);
    host = await served.connect();
  });

  afterEach(() => served[Symbol.asyncDispose]());

  const get = async (init: RequestInit = {}) => (await host.fetch(new Request(`http://x${PATH}`, init)))!;

  it("bodies of web requests over a connection may be larger than a message, both ways", async () => {
    const bytes = randomBytes(LIMITS.messageBytes + 100_001);
    answer = (request) => new Response(request.body);
    const response = (await host.fetch(post(bytes)))!;
    expect(await digestOf(response.body!)).to.equal(createHash("sha256").update(bytes).digest("hex"));
  });

  it("bodies of web requests over a connection arrive together with the head if they are available immediately", async () => {
    answer = async (request) => new Response(`${await request.text()}!`);
    const response = (await host.fetch(post("hello")))!;
    await served.server.stop();
    expect(await response.text()).to.equal("hello!");
  });

  it("bodies of web requests over a connection of a response come as they are written", async () => {
    const body = written();
    answer = () => new Response(body.stream, { headers: { "content-type": "text/event-stream" } });
    const response = await get();
    const reader = response.body!.getReader();
    for (const text of ["one", "two", "three"]) {
      body.write(text);
      expect(await textOf(reader)).to.equal(text);
    }
    body.close();
    expect(await reader.read()).to.deep.equal({ done: true, value: undefined });
  });

  it("bodies of web requests over a connection of a request come as they are written", async () => {
    const [incoming, outgoing] = [written(), written()];
    answer = (request) => {
      void (async () => {
        for await (const chunk of request.body!) outgoing.write(new TextDecoder().decode(chunk).toUpperCase());
        outgoing.close();
      })();
      return new Response(outgoing.stream);
    };
    const response = (await host.fetch(post(incoming.stream)))!;
    const reader = response.body!.getReader();
    for (const text of ["one", "two"]) {
      incoming.write(text);
      expect(await textOf(reader)).to.equal(text.toUpperCase());
    }
    incoming.close();
    expect((await reader.read()).done).to.equal(true);
  });

  it("bodies of web requests over a connection are made no faster than they are read", async () => {
    const body = endless();
    answer = () => new Response(body.stream);
    const response = await get();
    const reader = response.body!.getReader();
    await reader.read();
    const before = body.pulled();
    for (let turn = 0; turn < 100; turn++) await setImmediate();
    expect(body.pulled()).to.equal(before);
    await reader.read();
    await reader.read();
    expect(body.pulled() - before).to.be.within(1, 3);
    await reader.cancel();
  });

  it("bodies of web requests over a connection of a request are read no faster than the module reads them", async () => {
    const body = endless();
    answer = async (request) => {
      const reader = request.body!.getReader();
      await reader.read();
      const before = body.pulled();
      for (let turn = 0; turn < 100; turn++) await setImmediate();
      expect(body.pulled()).to.equal(before);
      await reader.cancel();
      return new Response("enough");
    };
    expect(await (await host.fetch(post(body.stream)))!.text()).to.equal("enough");
  });

  it("bodies of web requests over a connection of a request are used, and no copy is kept: what the module doesn't read is cancelled", async () => {
    const body = written();
    answer = () => new Response("answered");
    const request = post(body.stream);
    expect(await (await host.fetch(request))!.text()).to.equal("answered");
    expect(request.bodyUsed).to.equal(true);
    await body.cancelled;
  });

  for (const [how, leave] of [
    ["cancels the body", (response: Response) => response.body!.cancel()],
    ["cancels the request", (_: Response, leaving: AbortController) => leaving.abort()],
    ["is gone", () => host.stop()],
  ] as const) {
    it(`bodies of web requests over a connection end at the module when who reads them ${how}`, async () => {
      const body = written();
      let seen!: Request;
      answer = (request) => {
        seen = request;
        return new Response(body.stream);
      };
      const leaving = new AbortController();
      const response = await get({ signal: leaving.signal });
      expect(seen.signal.aborted).to.equal(false);
      await leave(response, leaving);
      await body.cancelled;
      expect(seen.signal.aborted).to.equal(true);
    });
  }

  it("bodies of web requests over a connection that fail at the module fail where they are read", async () => {
    const body = written();
    answer = () => new Response(body.stream);
    const response = await get();
    body.fail(new Error("the disk is on fire"));
    const { error } = (await outcomeOf(() => response.text())) as { error: LigandError };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_REMOTE_FAILED",
      "the body of an HTTP message: Error: the disk is on fire",
    ]);
  });

  it("bodies of web requests over a connection that are of another kind than bytes are an error, and are cancelled", async () => {
    let cancelled = false;
    answer = () => {
      const stream = new ReadableStream<unknown>({
        start: (controller) => controller.enqueue("text"),
        cancel: () => void (cancelled = true),
      });
      return new Response(stream as ReadableStream);
    };
    const { error } = (await outcomeOf(get)) as { error: LigandError };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_ARGUMENT_INVALID",
      "the body of an HTTP message must be a stream of Uint8Array, but it's a string",
    ]);
    expect(cancelled).to.equal(true);
  });

  it("bodies of web requests over a connection come to their end before the modules stop", async () => {
    const body = written();
    answer = () => new Response(body.stream);
    const response = await get();
    const reader = response.body!.getReader();
    body.write("first");
    expect(await textOf(reader)).to.equal("first");
    const stopped = served.server.stop();
    body.write("last");
    expect(await textOf(reader)).to.equal("last");
    body.close();
    expect((await reader.read()).done).to.equal(true);
    await stopped;
  });

  it("bodies of web requests over a connection are refused once they aren't kept any more", async () => {
    let late!: Request;
    answer = (request) => {
      late = request;
      return new Response("answered");
    };
    await (await host.fetch(post(endless().stream)))!.text();
    const { error } = (await outcomeOf(() => late.arrayBuffer())) as { error: LigandError };
    expect(error.message).to.match(/the body \d+ has been dropped/);
  });
});
