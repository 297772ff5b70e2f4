import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import type { LigandError } from "#src/index.js";
import { connectTo } from "#src/remote/wire/listen.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { Peer } from "#src/remote/wire/peer.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { readableFile } from "#src/services/readable-file.js";
import { moduleOf } from "../module-of-functions.js";
import { frame, initialize, outcomeOf, serveModules, serverBinding, unixAddress, type Served } from "../served.js";
import { until } from "../../until.js";
import { Clock } from "./clock.js";

const answering = () => moduleOf({ ratelimit: { getRatelimitOverrideForUser: () => null } });

/** Whether modules answer a homeserver of this name. */
async function answers(served: Served, serverName: string): Promise<void> {
  await using host = await served.connect([], { services: [serverBinding({ serverName })] });
  expect(await host.hooks.ratelimit.getRatelimitOverrideForUser("@a:x", "rc")).to.equal(undefined);
}

const errors = ({ logs }: Served) =>
  logs.filter(({ level }) => level === "error").map(({ message }) => message.replace(/connection \d+/, "connection N"));

async function closed(socket: Socket): Promise<void> {
  socket.on("error", () => undefined).resume();
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

describe("connections of strangers", () => {
  it("connections of strangers end when they don't say who they are in time", async () => {
    const clock = new Clock();
    await using served = await serveModules([{ module: answering() }], { runtime: clock.runtime });
    const host = await served.connect();
    const socket = await served.raw();
    await until(() => served.server.connections === 2);
    clock.pass(9999);
    expect(served.server.connections).to.equal(2);
    clock.pass(10_000);
    await closed(socket);
    await until(() => errors(served).length > 0);
    expect(errors(served)).to.deep.equal([
      "connection N broke: the other side didn't introduce itself within 10000 ms",
    ]);
    clock.pass(60_000);
    expect(await host.hooks.ratelimit.getRatelimitOverrideForUser("@a:x", "rc")).to.equal(undefined);
  });

  it("connections of strangers that have introduced themselves don't end while modules start, however long that takes", async () => {
    const clock = new Clock();
    let examine!: () => void;
    const begun = new Promise<void>((resolve) => (examine = resolve));
    let end!: () => void;
    const examined = () => {
      examine();
      return new Promise<void>((resolve) => (end = resolve));
    };
    await using served = await serveModules([{ module: answering() }], { runtime: clock.runtime, examined });
    const socket = await served.raw();
    socket.write(frame(initialize()));
    await begun;
    clock.pass(60_000);
    end();
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).to.include('"id":1,"result":');
    clock.pass(120_000);
    expect([errors(served), served.server.connections]).to.deep.equal([[], 1]);
    socket.destroy();
  });

  it("connections of strangers that were refused end when they don't introduce themselves again in time", async () => {
    const clock = new Clock();
    const examined = () => Promise.reject(new Error("no"));
    await using served = await serveModules([{ module: answering() }], { runtime: clock.runtime, examined });
    const socket = await served.raw();
    socket.write(frame(initialize()));
    expect(String(await once(socket, "data"))).to.include('"id":1,"error":');
    clock.pass(9999);
    expect(served.server.connections).to.equal(1);
    clock.pass(10_000);
    await closed(socket);
    await until(() => errors(served).length > 1);
    expect(errors(served).at(-1)).to.equal(
      "connection N broke: the other side didn't introduce itself within 10000 ms",
    );
  });

  it("connections of strangers don't end for an introduction that this process hasn't read in time, because it was blocked", async () => {
    const clock = new Clock();
    await using served = await serveModules([{ module: answering() }], { runtime: clock.runtime });
    const socket = await served.raw();
    await until(() => served.server.connections === 1);
    socket.write(frame(initialize()));
    clock.blockUntil(11_001);
    expect(String(await once(socket, "data"))).to.include('"id":1,"result":');
    clock.pass(60_000);
    expect([errors(served), served.server.connections]).to.deep.equal([[], 1]);
    socket.destroy();
  });

  it("connections of strangers end when the rest of a message doesn't come in time", async () => {
    await using served = await serveModules([{ module: answering() }], { limits: { messageTimeMs: 200 } });
    const socket = await served.raw();
    socket.write(frame(initialize()));
    socket.write("Content-Length: 100\r\n\r\n{");
    socket.on("error", () => undefined);
    const dripping = setInterval(() => socket.write(" "), 50);
    await closed(socket).finally(() => clearInterval(dripping));
    await until(() => errors(served).length > 0);
    expect(errors(served)).to.deep.equal([
      "connection N broke: the other side sent, or was to be sent, half a message, but not the rest within 200 ms",
    ]);
    await answers(served, "example.org");
  });

  it("connections of strangers are no more than the limit, and the log says so once", async () => {
    await using served = await serveModules([{ module: answering() }], { limits: { connections: 2 } });
    const [first, second] = [await served.raw(), await served.raw()];
    await until(() => served.server.connections === 2);
    for (let i = 0; i < 3; i++) await closed(await served.raw());
    await until(() => errors(served).length > 0);
    expect(errors(served)).to.deep.equal(["a homeserver was refused: 2 connections are open, which is the limit"]);
    first.destroy();
    second.destroy();
    await until(() => served.server.connections === 0);
    await answers(served, "example.org");
  });

  it("connections of strangers may send no large message before they have said who they are", async () => {
    await using served = await serveModules([{ module: answering() }]);
    const socket = await served.raw();
    socket.write("Content-Length: 65537\r\n\r\n");
    await closed(socket);
    await until(() => errors(served).length > 0);
    expect(errors(served)).to.deep.equal([
      "connection N broke: the other side sent, or was to be sent, a message of 65537 bytes; 65536 is the limit",
    ]);
  });

  it("connections of strangers don't keep the modules to themselves: they run for whichever homeserver is connected", async () => {
    await using served = await serveModules([{ module: answering() }]);
    const wrong = await served.connect([], { services: [serverBinding({ serverName: "wrong.example" })] });
    await wrong.hooks.ratelimit.getRatelimitOverrideForUser("@a:x", "rc");
    const { error } = (await outcomeOf(() => answers(served, "example.org"))) as { error: LigandError };
    expect(error.message).to.equal("the modules run for wrong.example, but this homeserver is example.org");
    const first = served.host!;
    await wrong.stop();
    await until(() => served.server.connections === 0);
    await answers(served, "example.org");
    expect(served.host).not.to.equal(first);
    const { error: stopped } = (await outcomeOf(() =>
      first.hooks.ratelimit.getRatelimitOverrideForUser("@a:x", "rc"),
    )) as { error: LigandError };
    expect(stopped.code).to.equal("LIGAND_HOST_STOPPED");
    const second = served.host;
    await until(() => served.server.connections === 0);
    await answers(served, "example.org");
    expect(served.host).to.equal(second);
  });
});

describe("a cancellation that is read together with its request", () => {
  it("a cancellation that is read together with its request aborts the signal, and leaves nothing to wait for", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const module = moduleOf({
      accountValidity: {
        isUserExpired: (_user: string, context: { signal?: AbortSignal }) => {
          signals.push(context.signal);
          return new Promise(() => {});
        },
      },
    });
    await using served = await serveModules([{ module }], { stopTimeoutMs: 60_000 });
    await (await served.connect()).stop();
    const socket = await served.raw();
    socket.resume();
    const params = { category: "accountValidity", hook: "isUserExpired", args: ["@a:x"], context: {} };
    const call = frame({ jsonrpc: "2.0", id: 2, method: "ligand/hook", params });
    const cancel = frame({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 2 } });
    socket.write(frame(initialize()));
    await once(socket, "data");
    socket.write(call + cancel);
    // What never answers is not waited for: the stop would take a minute otherwise.
    await pause(50);
    socket.write(call.replace('"id":2', '"id":3') + cancel.replace('"id":2', '"id":3'));
    await pause(50);
    await served.server.stop();
    expect(signals.filter((signal) => !signal?.aborted)).to.deep.equal([]);
  });
});

describe("a file that is a named pipe", () => {
  const folder = mkdtempSync(join(tmpdir(), "ligand-pipe-"));
  const pipe = join(folder, "pipe");

  before(() => execFileSync("mkfifo", [pipe]));
  after(() => rmSync(folder, { recursive: true }));

  it("a file that is a named pipe is refused, and keeps no other file from being read", async () => {
    const reading = Array.from({ length: 8 }, () => outcomeOf(() => readableFile(pipe).writeChunksTo(() => undefined)));
    const outcomes = (await Promise.all(reading)) as { error: LigandError }[];
    expect(outcomes.map(({ error }) => [error.code, error.message])).to.deep.equal(
      outcomes.map(() => ["LIGAND_ARGUMENT_INVALID", `${pipe} isn't a regular file`]),
    );
    expect(await readFile("package.json", "utf8")).to.include('"ligand"');
  });

  it("a file that is a named pipe isn't opened where the other side of a connection names it: the other side is asked for its content", async () => {
    const address = unixAddress();
    const server = createServer().listen(address.slice("unix:".length));
    const connected = once(server, "connection") as Promise<[Socket]>;
    const here = new Peer(await connectTo(parseSocketAddress(address)));
    const there = new Peer((await connected)[0]);
    const [using, keeping] = [new PeerHandles(here), new PeerHandles(there)];
    here.listen();
    there.listen();
    const chunks: Uint8Array[] = [];
    const id = keeping.share({ path: pipe, writeChunksTo: async (write) => write(Buffer.from("content")) });
    await using.file(pipe, id).writeChunksTo((chunk) => chunks.push(chunk));
    expect(Buffer.concat(chunks).toString()).to.equal("content");
    here.close();
    there.close();
    server.close();
  });
});
