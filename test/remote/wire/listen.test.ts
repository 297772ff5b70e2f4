import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server } from "node:net";
import { expect } from "chai";
import type { LigandError } from "#src/index.js";
import { connectTo, listen } from "#src/remote/wire/listen.js";
import { formatListenAddress, parseListenAddress, parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { freePort } from "../../free-port.js";
import { outcomeOf } from "../served.js";

describe("addresses to listen on", () => {
  for (const [text, address] of [
    ["unix:/run/ligand.sock", { kind: "unix", path: "/run/ligand.sock" }],
    ["/run/ligand.sock", { kind: "unix", path: "/run/ligand.sock" }],
    ["unix:relative:with:colons", { kind: "unix", path: "relative:with:colons" }],
    ["tcp:127.0.0.1:9000", { kind: "tcp", host: "127.0.0.1", port: 9000 }],
    ["tcp:localhost:0", { kind: "tcp", host: "localhost", port: 0 }],
    ["tcp:[::1]:9000", { kind: "tcp", host: "::1", port: 9000 }],
    ["fd:3", { kind: "fd", fd: 3 }],
  ] as const) {
    it(`${text} is one`, () => {
      expect(parseListenAddress(text)).to.deep.equal(address);
      expect(formatListenAddress(address)).to.equal(text.replace(/^\//, "unix:/"));
    });
  }

  for (const text of [
    "",
    "unix:",
    "tcp:",
    "tcp:127.0.0.1",
    "tcp:0.0.0.0:9000",
    "tcp:192.168.0.1:9000",
    "tcp:127.0.0.1.example.org:9000",
    "tcp:127.0.0.1:65536",
    "tcp:127.0.0.1:-1",
    "fd:",
    "fd:-1",
    "run/ligand.sock",
  ]) {
    it(`${JSON.stringify(text)} is none`, () => {
      expect(() => parseListenAddress(text))
        .to.throw(`${JSON.stringify(text)} isn't an address to listen on; expected unix:PATH or tcp:127.0.0.1:PORT`)
        .with.property("code", "LIGAND_ARGUMENT_INVALID");
    });
  }

  it("a descriptor is none to connect to", () => {
    expect(() => parseSocketAddress("fd:3")).to.throw(/^"fd:3" isn't an address/);
  });

  it("a path that is too long for a socket is refused with its length", () => {
    const path = `/run/${"ü".repeat(60)}`;
    expect(() => parseListenAddress(`unix:${path}`))
      .to.throw(`the socket's path has 125 bytes; 103 is the limit of the operating system: ${path}`)
      .with.property("code", "LIGAND_ARGUMENT_INVALID");
  });
});

describe("listening", () => {
  const folder = mkdtempSync(join(tmpdir(), "ligand-listen-"));
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  async function start(path: string): Promise<Server> {
    const server = await listen({ kind: "unix", path }, (socket) => socket.end());
    servers.push(server);
    return server;
  }

  /** Root may write everywhere. */
  async function asUnprivileged<T>(work: () => Promise<T>): Promise<T> {
    if (process.geteuid!() !== 0) return work();
    chmodSync(folder, 0o755);
    process.seteuid!(65_534);
    try {
      return await work();
    } finally {
      process.seteuid!(0);
    }
  }

  async function failure(path: string): Promise<readonly string[]> {
    const { error } = (await outcomeOf(() => start(path))) as { error: LigandError };
    return [error.code, error.message, error.remedy];
  }

  it("listen makes a socket for its owner and its group, whatever the mask, and leaves the mask alone", async () => {
    const path = join(folder, "mode");
    const before = process.umask(0);
    try {
      await start(path);
      expect(statSync(path).mode & 0o777).to.equal(0o660);
      expect(process.umask()).to.equal(0);
    } finally {
      process.umask(before);
    }
  });

  it("listen waits for a server that is about to end, on a socket and on a port", async () => {
    const port = await freePort();
    for (const address of [
      { kind: "unix", path: join(folder, "ending") },
      { kind: "tcp", host: "127.0.0.1", port },
    ] as const) {
      const ending = await listen(address, () => undefined);
      setTimeout(() => ending.close(), 500);
      const next = await listen(address, () => undefined);
      (await connectTo(address)).destroy();
      next.close();
    }
  });

  it("listen waits for a server that ends just as it's asked whether it listens", async () => {
    const path = join(folder, "ends-when-asked");
    const ending = await start(path);
    const end = () => process.nextTick(() => ending.close());
    subscribe("net.client.socket", end);
    try {
      await start(path);
    } finally {
      unsubscribe("net.client.socket", end);
    }
    (await connectTo({ kind: "unix", path })).destroy();
  });

  it("listen refuses a socket on which another server listens, and leaves it alone", async () => {
    const path = join(folder, "busy");
    await start(path);
    expect(await failure(path)).to.deep.equal([
      "LIGAND_LISTEN_FAILED",
      `${path} is already in use by another process`,
      "Stop the other process, or choose another path.",
    ]);
    const socket = await connectTo({ kind: "unix", path });
    socket.destroy();
  });

  it("listen removes a socket that a dead process left behind", async () => {
    const path = join(folder, "stale");
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", script]);
    expect(existsSync(path)).to.equal(true);
    await start(path);
    const socket = await connectTo({ kind: "unix", path });
    socket.destroy();
  });

  it("listen leaves a file alone that isn't a socket", async () => {
    const path = join(folder, "file");
    writeFileSync(path, "precious");
    expect(await failure(path)).to.deep.equal([
      "LIGAND_LISTEN_FAILED",
      `${path} exists and isn't a socket`,
      "Choose another path; Ligand only removes sockets that no process listens on.",
    ]);
    expect(statSync(path).size).to.equal(8);
  });

  it("listen says which folder doesn't exist", async () => {
    const missing = join(folder, "no");
    expect(await failure(join(missing, "socket"))).to.deep.equal([
      "LIGAND_LISTEN_FAILED",
      `the folder ${missing} of the socket doesn't exist`,
      "Create it. systemd does so with `RuntimeDirectory=`.",
    ]);
  });

  it("listen says who may not write to the folder", async () => {
    const locked = join(folder, "locked");
    mkdirSync(locked, { mode: 0o555 });
    const [code, message, remedy] = await asUnprivileged(() => failure(join(locked, "socket")));
    expect([code, message]).to.deep.equal(["LIGAND_LISTEN_FAILED", `can't listen on unix:${join(locked, "socket")}`]);
    expect(remedy).to.match(/^Let the user of this process \(uid \d+\) write to the folder /);
    expect(remedy).to.include(`${locked}, and to an existing socket.`);
  });

  it("listen removes the socket when the server closes", async () => {
    const path = join(folder, "closed");
    const server = await start(path);
    server.close();
    await once(server, "close");
    expect(existsSync(path)).to.equal(false);
  });

  it("listen refuses a port that is in use", async () => {
    const port = await freePort();
    const address = { kind: "tcp", host: "127.0.0.1", port } as const;
    servers.push(await listen(address, () => undefined));
    const { error } = (await outcomeOf(() => listen(address, () => undefined))) as { error: LigandError };
    expect([error.code, error.message, (error.cause as NodeJS.ErrnoException).code]).to.deep.equal([
      "LIGAND_LISTEN_FAILED",
      `can't listen on tcp:127.0.0.1:${port}`,
      "EADDRINUSE",
    ]);
  });

  it("listen is missed with a clear error", async () => {
    const path = join(folder, "nobody");
    const { error } = (await outcomeOf(() => connectTo({ kind: "unix", path }))) as { error: LigandError };
    expect([error.code, error.message]).to.deep.equal(["LIGAND_REMOTE_LOST", `can't connect to unix:${path}`]);
  });
});
