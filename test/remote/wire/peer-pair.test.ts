import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import type { LigandError } from "#src/index.js";
import { StateMap } from "#src/matrix/state-map.js";
import { LIMITS } from "#src/remote/wire/limits.js";
import { REAL_RUNTIME } from "#src/remote/wire/runtime.js";
import { connectTo, listen } from "#src/remote/wire/listen.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { Peer } from "#src/remote/wire/peer.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { modulesInfo } from "#src/container/modules-info.js";
import { CallHook, Initialize, ReadBody, Start, type HookAnswer, type ModulesInfo } from "#src/remote/wire/protocol.js";
import { decode, encode } from "#src/remote/wire/wire.js";
import { remoteHost } from "#src/on-demand.js";
import { readModules } from "#src/survey-modules.js";
import { moduleOf } from "../module-of-functions.js";
import { until } from "../../until.js";
import { frame, outcomeOf, serverBinding, unixAddress, watchRejections } from "../served.js";

describe("two peers", () => {
  it("two peers of different versions of the protocol part with a clear error", async () => {
    const address = unixAddress();
    const closed: Promise<Error | undefined>[] = [];
    const server = await listen(parseSocketAddress(address), (socket) => {
      const peer = new Peer(socket);
      closed.push(peer.closed);
      peer.answer(Initialize, async () => ({ protocol: 2 }) as ModulesInfo);
      peer.listen();
    });
    const { error } = (await outcomeOf(() => remoteHost({ address, services: [serverBinding()] }))) as {
      error: LigandError;
    };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_REMOTE_PROTOCOL",
      "the modules speak version 2 of the protocol, but this homeserver speaks version 3",
    ]);
    expect(await Promise.all(closed)).to.deep.equal([undefined]);
    server.close();
  });

  it("two peers read a file that one of them has in chunks where the other can't open it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ligand-pair-"));
    const path = join(folder, "file");
    const content = Buffer.alloc(150_000, "0123456789abcdef!");
    writeFileSync(path, content);
    const address = parseSocketAddress(unixAddress());
    let id = 0;
    const server = await listen(address, (socket) => {
      const peer = new Peer(socket);
      id = new PeerHandles(peer).share({ path, writeChunksTo: () => Promise.reject(new Error("not asked")) });
      peer.listen();
    });
    const peer = new Peer(await connectTo(address));
    const handles = new PeerHandles(peer);
    peer.listen();
    while (id === 0) await setImmediate();
    const chunks: Uint8Array[] = [];
    await handles.file(join(folder, "elsewhere"), id).writeChunksTo((chunk) => chunks.push(chunk));
    expect(Buffer.concat(chunks)).to.deep.equal(content);
    peer.close();
    await peer.closed;
    server.close();
    rmSync(folder, { recursive: true });
  });

  it("two peers call a request lost that is sent when the connection was closed unnoticed", async () => {
    const address = parseSocketAddress(unixAddress());
    const server = await listen(address, (socket) => new Peer(socket).listen());
    const socket = await connectTo(address);
    const peer = new Peer(socket);
    peer.listen();
    socket.destroy();
    const { error } = (await outcomeOf(() => peer.ask(Start, {}, "the modules"))) as { error: LigandError };
    server.close();
    expect([error.code, error.message]).to.deep.equal(["LIGAND_REMOTE_LOST", "the modules: the connection was lost"]);
  });

  it("two peers continue after an error that makes no sense: it fails its request", async () => {
    const address = parseSocketAddress(unixAddress());
    const nonsense = { code: 1, message: "no", data: { kind: "matrix" } };
    const server = await listen(address, (socket) => {
      socket.once("data", () => {
        socket.write(frame({ jsonrpc: "2.0", id: 0, error: nonsense }));
        socket.once("data", () => socket.end(frame({ jsonrpc: "2.0", id: 1, result: {} })));
      });
    });
    const peer = new Peer(await connectTo(address));
    peer.listen();
    const { error } = (await outcomeOf(() => peer.ask(Start, {}, "the modules"))) as { error: LigandError };
    expect([error.code, error.message]).to.deep.equal(["LIGAND_REMOTE_PROTOCOL", "the modules: no"]);
    expect(await peer.ask(Start, {}, "the modules")).to.deep.equal({});
    await peer.closed;
    server.close();
  });

  it("two peers continue after a late answer that makes no sense", async () => {
    const tooDeep = JSON.parse(`{"result":${"[".repeat(1500)}${"]".repeat(1500)}}`) as HookAnswer;
    const late = [tooDeep, null as unknown as HookAnswer];
    const module = moduleOf({ accountValidity: { isUserExpired: () => false } });
    const info = modulesInfo(await readModules({ modules: [{ module }] }), "0.0.0", "here");
    const address = unixAddress();
    const server = await listen(parseSocketAddress(address), (socket) => {
      const peer = new Peer(socket);
      peer.answer(Initialize, async () => info);
      peer.answer(Start, async () => info.hooks);
      peer.answer(CallHook, async (_, { signal }) => {
        const answer = late.shift();
        if (answer === undefined) return { result: true };
        await once(signal, "abort");
        return answer;
      });
      peer.listen();
    });
    using rejections = watchRejections();
    await using host = await remoteHost({ address, services: [serverBinding()], callTimeoutMs: 50 });
    const ask = () => outcomeOf(() => host.hooks.accountValidity.isUserExpired("@a:x"));
    for (let call = 0; call < 2; call++) {
      expect(await ask()).to.have.nested.property("error.code", "LIGAND_REMOTE_TIMEOUT");
    }
    // It comes after the late answers; on a busy machine, this one may be late as well.
    await until(async () => "result" in (await ask()));
    await setImmediate();
    expect(rejections.reasons).to.deep.equal([]);
    server.close();
  });
});

describe("answers that arrive together with the end of a connection", () => {
  it("answers that arrive together with the end of a connection aren't lost, however many there are", async () => {
    const address = parseSocketAddress(unixAddress());
    const count = 50;
    const asked: (() => void)[] = [];
    const server = await listen(address, (socket) => {
      const peer = new Peer(socket);
      peer.answer(ReadBody, async ({ id }) => {
        await new Promise<void>((resolve) => asked.push(resolve));
        return String(id);
      });
      peer.listen();
      void until(() => asked.length === count).then(async () => {
        for (const answer of asked) answer();
        await setImmediate();
        peer.close();
      });
    });
    const peer = new Peer(await connectTo(address));
    peer.listen();
    const ids = Array.from({ length: count }, (_, id) => id);
    const outcomes = await Promise.all(ids.map((id) => outcomeOf(() => peer.ask(ReadBody, { id }, "the other side"))));
    expect(outcomes).to.deep.equal(ids.map((id) => ({ result: String(id) })));
    await peer.closed;
    server.close();
  });
});

describe("a file that was lent for a call", () => {
  it("a file that was lent for a call can't be read after the call", async () => {
    const address = parseSocketAddress(unixAddress());
    let accept!: (socket: Socket) => void;
    const accepted = new Promise<Socket>((resolve) => (accept = resolve));
    const server: Server = await listen(address, accept);
    const here = new Peer(await connectTo(address));
    const there = new Peer(await accepted);
    const [handles, other] = [new PeerHandles(here), new PeerHandles(there)];
    here.listen();
    there.listen();
    const file = {
      path: "/nowhere/at/all",
      writeChunksTo: async (write: (chunk: Uint8Array) => void) => write(Buffer.from("x")),
    };
    const sent = encode(file, handles);
    const received = decode(sent, other) as typeof file;
    const chunks: string[] = [];
    await received.writeChunksTo((chunk) => chunks.push(Buffer.from(chunk).toString()));
    expect(chunks).to.deep.equal(["x"]);
    handles.drop(sent);
    const { error } = (await outcomeOf(() => received.writeChunksTo(() => undefined))) as { error: LigandError };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_REMOTE_PROTOCOL",
      `the file ${(sent as { id: number }).id} was used before, or has been dropped`,
    ]);
    here.close();
    await there.closed;
    server.close();
  });
});

describe("what can't be read on because the other side is too busy", () => {
  it("a body or a state that the other side is too busy to read on isn't kept there", async () => {
    const address = parseSocketAddress(unixAddress());
    let accept!: (socket: Socket) => void;
    const accepted = new Promise<Socket>((resolve) => (accept = resolve));
    const server: Server = await listen(address, accept);
    const here = new Peer(await connectTo(address));
    const limits = { ...LIMITS, requestsInFlight: 0, statePieceLength: 1 };
    const busy = new Peer(await accepted, { runtime: { ...REAL_RUNTIME, limits } });
    const [using, keeping] = [new PeerHandles(here), new PeerHandles(busy)];
    const released: number[] = [];
    const { release } = keeping.states;
    keeping.states.release = (id) => {
      released.push(id);
      release.call(keeping.states, id);
    };
    here.listen();
    busy.listen();
    const body = (await keeping.bodies.keep(new ReadableStream()))!;
    const stream = using.bodies.use(body) as ReadableStream;
    const state = encode(new StateMap([["a", "", 1] as const, ["b", "", 2] as const]), keeping);
    const isRefused = { error: { code: "LIGAND_REMOTE_BUSY" } };
    expect(await outcomeOf(() => stream.getReader().read())).to.containSubset(isRefused);
    expect(await outcomeOf(() => using.states.complete(state))).to.containSubset(isRefused);
    await keeping.bodies.idle();
    await until(() => released.includes((state as { rest: number }).rest));
    here.close();
    await busy.closed;
    server.close();
  });
});
