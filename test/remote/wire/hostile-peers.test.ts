import { once } from "node:events";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import { LIMITS } from "#src/remote/wire/limits.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";
import type { LigandError } from "#src/index.js";
import { moduleOf } from "../module-of-functions.js";
import { frame, initialize, outcomeOf, serveModules, type Served } from "../served.js";

/** More than the thousand that a connection reads before it waits for answers. */
const MAX_IN_FLIGHT = 1200;

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code?: string } };
}

/** Reads the next answers of a connection. */
async function answers(socket: Socket, count: number): Promise<Answer[]> {
  let received = "";
  const found: Answer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received += chunk.toString("latin1");
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n\r\n/.exec(received);
      if (!head || received.length < head[0].length + Number(head[1])) break;
      found.push(JSON.parse(received.slice(head[0].length, head[0].length + Number(head[1]))) as Answer);
      received = received.slice(head[0].length + Number(head[1]));
    }
    if (found.length >= count) break;
  }
  return found.toSorted((one, other) => one.id - other.id);
}

function request(id: number, method: string, params: unknown): string {
  return frame({ jsonrpc: "2.0", id, method, params });
}

function hookCall(changes: object = {}): object {
  return { category: "ratelimit", hook: "getRatelimitOverrideForUser", args: ["@a:x", "rc"], context: {}, ...changes };
}

const BODY_OF_ANOTHER_FORM = {
  request: { id: 1, method: "POST", url: "http://x/", headers: [], body: { start: 1, rest: null } },
};

describe("hostile peers", () => {
  let served: Served;
  let entered = 0;
  const released: (() => void)[] = [];

  before(async () => {
    const module = moduleOf({
      ratelimit: { getRatelimitOverrideForUser: () => null },
      accountValidity: {
        async isUserExpired() {
          entered++;
          await new Promise<void>((resolve) => released.push(resolve));
          return true;
        },
      },
      mediaRepository: { getMediaConfigForUser: () => ({ text: "x".repeat(8 * 1024 * 1024) }) },
    });
    served = await serveModules([{ module }], { limits: { requestsInFlight: MAX_IN_FLIGHT } });
  });
  after(() => served[Symbol.asyncDispose]());

  /** Others are served as before. */
  afterEach(async () => {
    await using host = await served.connect();
    expect(await host.hooks.ratelimit.getRatelimitOverrideForUser("@a:x", "rc")).to.equal(undefined);
  });

  for (const [what, bytes, message] of [
    [
      "a message of 50 MB, at its header",
      `Content-Length: ${50 * 1024 * 1024}\r\n\r\n{`,
      `a message of ${50 * 1024 * 1024} bytes; 65536 is the limit`,
    ],
    ["headers without end", "Content-Type: y\r\n".repeat(1000), `headers of more than ${LIMITS.headerBytes} bytes`],
    ["headers without a length", "Content-Type: x\r\n\r\n{}", "headers without one `Content-Length: NUMBER`"],
    ["two lengths", "Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}", "headers without one `Content-Length: NUMBER`"],
    ["a negative length", "Content-Length: -2\r\n\r\n{}", "headers without one `Content-Length: NUMBER`"],
    ["HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 'a header of another protocol: "GET / HTTP/1.1"'],
    [
      "an HTTP POST of a message that the protocol knows",
      `POST / HTTP/1.1\r\nHost: localhost\r\n${frame(initialize())}`,
      'a header of another protocol: "POST / HTTP/1.1"',
    ],
    [
      "a header that the protocol doesn't have",
      `Host: localhost\r\n${frame(initialize())}`,
      'a header of another protocol: "Host: localhost"',
    ],
    ["JSON that is no request", frame("3"), "JSON that isn't a JSON-RPC 2.0 message"],
    ["a batch", frame("[]"), "JSON that isn't a JSON-RPC 2.0 message"],
    ["JSON-RPC 1.0", frame({ id: 1, method: "ligand/start", params: {} }), "JSON that isn't a JSON-RPC 2.0 message"],
    ["a method that is no text", frame({ jsonrpc: "2.0", id: 1, method: 3 }), "JSON that isn't a JSON-RPC 2.0 message"],
    [
      "a cancellation of nothing",
      frame({ jsonrpc: "2.0", method: "$/cancelRequest" }),
      "JSON that isn't a JSON-RPC 2.0 message",
    ],
  ] as const) {
    it(`${what} ends the connection, and is logged`, async () => {
      const before = served.logs.length;
      const socket = await served.raw();
      socket.on("error", () => undefined).write(bytes);
      socket.resume();
      await once(socket, "close");
      const lines = served.logs.slice(before).filter(({ level }) => level === "error");
      expect(lines.map((line) => line.message.replace(/^connection \d+ broke: /, ""))).to.deep.equal([
        `the other side sent, or was to be sent, ${message}`,
      ]);
    });
  }

  it("what isn't JSON ends the connection", async () => {
    const socket = await served.raw();
    socket.write(frame("{nope"));
    expect(await text(socket)).to.equal("");
    expect(served.logs.at(-1)!.message).to.match(/^connection \d+ broke: a message isn't JSON: /);
  });

  it("half a frame waits, byte by byte, and is answered when it is whole", async () => {
    const socket = await served.raw();
    const bytes = frame(initialize());
    for (const byte of bytes.slice(0, 60)) {
      socket.write(byte);
      await setImmediate();
    }
    socket.write(bytes.slice(60));
    const [answer] = await answers(socket, 1);
    expect(answer!.result).to.have.property("protocol", 3);
    socket.destroy();
  });

  it("half a frame at the end of a connection is forgotten with it", async () => {
    const socket = await served.raw();
    socket.end("Content-Length: 100\r\n\r\n{");
    expect(await text(socket)).to.equal("");
  });

  for (const [what, method, params, message] of [
    [
      "a hook before the introduction",
      "ligand/hook",
      hookCall(),
      "ligand/initialize must be the first request of a connection",
    ],
    [
      "a start before the introduction",
      "ligand/start",
      {},
      "ligand/initialize must be the first request of a connection",
    ],
    ["a list of params", "ligand/start", [1, 2], "the params of ligand/start must be an object"],
    ["no params", "ligand/start", undefined, "the params of ligand/start must be an object"],
    [
      "another version of the protocol",
      "ligand/initialize",
      { protocol: 2 },
      "the homeserver speaks version 2 of the protocol, but the modules speak version 3",
    ],
    [
      "an introduction that lacks something",
      "ligand/initialize",
      { protocol: 3, software: "x" },
      "ligand/initialize: the member serverName must be of type string, but it's undefined",
    ],
    [
      "a function that is not there",
      "ligand/callback",
      { id: 7, args: [] },
      "the function 7 was used before, or has been dropped",
    ],
    ["a body that is not there", "ligand/readBody", { id: 7 }, "the body 7 has been dropped"],
    [
      "a web request before the introduction",
      "ligand/fetch",
      BODY_OF_ANOTHER_FORM,
      "ligand/initialize must be the first request of a connection",
    ],
    [
      "a file that was not sent",
      "ligand/readFile",
      { id: 7, offset: 0 },
      "the file 7 was used before, or has been dropped",
    ],
  ] as const) {
    it(`${what} is refused, and the connection continues`, async () => {
      const socket = await served.raw();
      socket.write(request(1, method, params) + frame({ ...initialize(), id: 2 }));
      const [refused, introduced] = await answers(socket, 2);
      expect([refused!.error!.message, refused!.error!.data!.code]).to.deep.equal([message, "LIGAND_REMOTE_PROTOCOL"]);
      expect(introduced).to.have.property("result");
      socket.destroy();
    });
  }

  it("a web request whose body is of another form is refused, and the connection continues", async () => {
    const socket = await served.raw();
    socket.write(
      frame(initialize()) + request(2, "ligand/fetch", BODY_OF_ANOTHER_FORM) + request(3, "ligand/start", {}),
    );
    const [, refused, started] = await answers(socket, 3);
    expect([refused!.error!.message, refused!.error!.data!.code]).to.deep.equal([
      "the body of an HTTP message: the member start must be of type string, but it's number",
      "LIGAND_REMOTE_PROTOCOL",
    ]);
    expect(started).to.have.property("result");
    socket.destroy();
  });

  it("hostile peers calls that make no sense are refused one by one", async () => {
    const deep = "[".repeat(5000) + "]".repeat(5000);
    const calls: readonly (readonly [object, string])[] = [
      [hookCall({ hook: "noSuch" }), "there is no hook ratelimit.noSuch in this version of Ligand"],
      [hookCall({ hook: "constructor" }), "there is no hook ratelimit.constructor in this version of Ligand"],
      [
        hookCall({ category: "__proto__" }),
        "there is no hook __proto__.getRatelimitOverrideForUser in this version of Ligand",
      ],
      [
        hookCall({ category: "passwordAuth", hook: "loginTypes" }),
        "there is no hook passwordAuth.loginTypes in this version of Ligand",
      ],
      [
        hookCall({ args: ["@a:x"] }),
        "hook Ratelimit.getRatelimitOverrideForUser has callbacks that look at 2 arguments, and was asked with 1",
      ],
      [hookCall({ args: "x" }), "ligand/hook: the member args must be of type list, but it's string"],
      [hookCall({ context: null }), "ligand/hook: the member context must be of type object, but it's null"],
      [
        hookCall({ context: { requestId: 3 } }),
        "ligand/hook: context: the member requestId must be of type string, but it's number",
      ],
      [hookCall({ args: ["@a:x", { $: "eval" }] }), 'a value has the unknown form "eval"'],
      [hookCall({ args: ["@a:x", "DEEP"] }), "a value is nested more deeply than 1000 levels"],
    ];
    const socket = await served.raw();
    const expected = calls.length + 2;
    const all = answers(socket, expected);
    socket.write(frame(initialize()) + request(2, "ligand/start", {}));
    for (const [index, [params]] of calls.entries()) {
      const written = JSON.stringify({ jsonrpc: "2.0", id: 3 + index, method: "ligand/hook", params });
      socket.write(frame(written.replace('"DEEP"', deep)));
    }
    const [, , ...refused] = await all;
    expect(refused.map(({ error }) => error?.message)).to.deep.equal(calls.map(([, message]) => message));
    socket.destroy();
  });

  it("a function that was released isn't kept", async () => {
    const module = moduleOf({ passwordAuth: { check3pidAuth: () => ["@a:x", () => undefined] } });
    await using other = await serveModules([{ module }]);
    const socket = await other.raw();
    const call = { category: "passwordAuth", hook: "check3pidAuth", args: ["email", "a@x", "p"], context: {} };
    socket.write(frame(initialize()) + request(2, "ligand/hook", call));
    const [, answer] = await answers(socket, 2);
    const { id } = (answer as { result: { result: [string, { id: number }] } }).result.result[1];
    // What is no release is passed over.
    for (const params of [{ ids: [id] }, { ids: id }, { ids: ["x", null] }, {}, [id], undefined]) {
      socket.write(frame({ jsonrpc: "2.0", method: "ligand/release", params }));
    }
    socket.write(request(3, "ligand/callback", { id, args: [{}] }));
    const [refused] = await answers(socket, 1);
    expect(refused!.error!.message).to.equal(`the function ${id} was used before, or has been dropped`);
    socket.destroy();
  });

  it("a method that isn't of the protocol is refused", async () => {
    const socket = await served.raw();
    socket.write(request(1, "ligand/shutdown", {}));
    expect(await answers(socket, 1)).to.deep.equal([
      { jsonrpc: "2.0", id: 1, error: { code: -32601, message: "Unhandled method ligand/shutdown" } },
    ]);
    socket.destroy();
  });

  it("no more requests are running than the limit; others are refused", async () => {
    const socket = await served.raw();
    socket.write(frame(initialize()) + request(2, "ligand/start", {}));
    await answers(socket, 2);
    entered = 0;
    const extra = 5;
    const call = { category: "accountValidity", hook: "isUserExpired", args: ["@a:x"], context: {} };
    const refusals = answers(socket, extra);
    for (let id = 3; id < 3 + MAX_IN_FLIGHT + extra; id++) socket.write(request(id, "ligand/hook", call));
    expect((await refusals).map(({ error }) => error?.message)).to.deep.equal(
      Array.from({ length: extra }, () => `${MAX_IN_FLIGHT} requests are in flight, which is the limit`),
    );
    expect(entered).to.equal(MAX_IN_FLIGHT);
    const rest = answers(socket, MAX_IN_FLIGHT);
    for (const release of released.splice(0)) release();
    expect((await rest).map(({ result }) => result)).to.deep.equal(
      Array.from({ length: MAX_IN_FLIGHT }, () => ({ result: true })),
    );
    socket.destroy();
  });

  it("requests that were cancelled keep no others out, and aren't waited for at a stop", async () => {
    let entered = 0;
    const module = moduleOf({
      accountValidity: { isUserExpired: () => (++entered, new Promise(() => undefined)) },
      ratelimit: { getRatelimitOverrideForUser: () => null },
    });
    await using other = await serveModules([{ module }], {
      limits: { requestsInFlight: MAX_IN_FLIGHT },
      stopTimeoutMs: 2 ** 30,
    });
    const socket = await other.raw();
    socket.write(frame(initialize()) + request(2, "ligand/start", {}));
    await answers(socket, 2);
    const call = { category: "accountValidity", hook: "isUserExpired", args: ["@a:x"], context: {} };
    for (let id = 3; id < 3 + MAX_IN_FLIGHT; id++) socket.write(request(id, "ligand/hook", call));
    while (entered < MAX_IN_FLIGHT) await setImmediate();
    for (let id = 3; id < 3 + MAX_IN_FLIGHT; id++) {
      socket.write(frame({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id } }));
    }
    socket.write(request(1_000_000, "ligand/hook", hookCall({})));
    const [answer] = await answers(socket, 1);
    expect([answer!.id, answer!.error]).to.deep.equal([1_000_000, undefined]);
    await other.server.stop();
    socket.destroy();
  });

  it("a peer that never reads is given up when too much waits for it", async () => {
    const socket = await served.raw();
    socket.on("error", () => undefined).pause();
    socket.write(frame(initialize()) + request(2, "ligand/start", {}));
    const call = { category: "mediaRepository", hook: "getMediaConfigForUser", args: ["@a:x"], context: {} };
    for (let id = 3; id < 20; id++) socket.write(request(id, "ligand/hook", call));
    const isGivenUp = () => served.logs.some(({ message }) => message.endsWith(" bytes unread"));
    while (!isGivenUp()) await setImmediate();
    const unread = /left (\d+) bytes unread/.exec(
      served.logs.find(({ message }) => message.endsWith(" unread"))!.message,
    )!;
    expect(Number(unread[1])).to.be.within(LIMITS.unsentBytes, LIMITS.unsentBytes + LIMITS.messageBytes);
    socket.destroy();
  });

  it("an answer that is too large is an error of its call alone", async () => {
    const module = moduleOf({
      mediaRepository: { getMediaConfigForUser: () => ({ text: "x".repeat(LIMITS.messageBytes) }) },
      spamChecker: { checkEventForSpam: () => NOT_SPAM },
    });
    await using other = await serveModules([{ module }]);
    const { hooks } = await other.connect();
    const { error } = (await outcomeOf(() => hooks.mediaRepository.getMediaConfigForUser("@a:x"))) as {
      error: LigandError;
    };
    expect(error.message).to.match(/was to be sent, a message of \d+ bytes; 33554432 is the limit$/);
    expect(await hooks.ratelimit.getRatelimitOverrideForUser("@a:x", "rc")).to.equal(undefined);
    expect(await hooks.mediaRepository.isUserAllowedToUploadMediaOfSize("@a:x", 1)).to.equal(true);
  });

  it("any bytes at all leave the server running", async () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((json) => Buffer.from(frame(json))),
      fc
        .constantFrom(
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
          frame("[".repeat(60_000)),
          frame(`${"[".repeat(30_000)}${"]".repeat(30_000)}`),
          frame(initialize()).slice(0, -10),
          `${frame(initialize())}${request(2, "ligand/hook", { category: "x" }).slice(0, 40)}`,
          "Content-Length: 0\r\n\r\n",
          "Content-Length: 33554433\r\n\r\n",
          `${request(3, "ligand/hook", hookCall())}${frame({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 3 } })}`,
        )
        .map((text) => Buffer.from(text)),
      fc
        .record({
          jsonrpc: fc.constant("2.0"),
          id: fc.oneof(fc.integer(), fc.string()),
          method: fc.constantFrom(
            "ligand/hook",
            "ligand/fetch",
            "ligand/callback",
            "ligand/readBody",
            "ligand/release",
            "$/cancelRequest",
            "x",
          ),
          params: fc.jsonValue(),
        })
        .map((message) => Buffer.from(frame(message))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 10 }), fc.boolean(), async (bytes, isSlow) => {
        const socket = await served.raw();
        socket.on("error", () => undefined).resume();
        // In whatever pieces, as a slow or a careless sender does.
        for (const piece of bytes) {
          socket.write(piece);
          if (isSlow) await setImmediate();
        }
        socket.end();
        if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
        await using host = await served.connect();
        expect(await host.hooks.ratelimit.getRatelimitOverrideForUser("@a:x", "rc")).to.equal(undefined);
      }),
      { numRuns: 100 },
    );
  });
});
