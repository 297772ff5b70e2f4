import { once } from "node:events";
import { chmod, lstat, rm } from "node:fs/promises";
import { connect, createServer, Socket, type Server } from "node:net";
import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { ifThere } from "../../errors/if-there.js";
import { LigandError } from "../../errors/ligand-error.js";
import { formatListenAddress, type ListenAddress, type SocketAddress } from "./listen-address.js";

/** How long a process that ends with its parent may keep listening, in milliseconds: its successor may already be starting. */
const ENDING_MS = 3000;
const LOOK_AGAIN_MS = 100;

/** Who may use a Unix socket: its owner and its group. */
const SOCKET_MODE = 0o660;

/**
 * Listens for homeservers. Removes a socket that a dead process left behind, but not one that a process listens on.
 *
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`.
 */
export async function listen(address: SocketAddress, connected: (socket: Socket) => void): Promise<Server> {
  return listenWith(createServer(connected), address);
}

/** Like {@link listen}, for any server. @param mode who may use a Unix socket */
export async function listenWith<S extends Server>(
  server: S,
  address: SocketAddress,
  mode: number = SOCKET_MODE,
): Promise<S> {
  try {
    if (address.kind === "unix") await removeStaleSocket(address.path);
    if (address.kind === "unix") {
      privately(() => server.listen({ path: address.path }));
      await once(server, "listening");
    } else await listenOnPort(server, address);
    if (address.kind === "unix") await chmod(address.path, mode);
  } catch (error) {
    server.close();
    if (error instanceof LigandError) throw error;
    throw new LigandError("LIGAND_LISTEN_FAILED", `can't listen on ${formatListenAddress(address)}`, {
      cause: error,
      ...(isPermission(error) && { remedy: permissionRemedy(address) }),
    });
  }
  return server;
}

async function listenOnPort(server: Server, { host, port }: SocketAddress & { kind: "tcp" }): Promise<void> {
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    try {
      server.listen({ host, port });
      await once(server, "listening");
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || waited >= ENDING_MS) throw error;
      await setTimeout(LOOK_AGAIN_MS);
    }
  }
}

function isPermission(error: unknown): boolean {
  return ["EACCES", "EPERM"].includes(String((error as NodeJS.ErrnoException).code));
}

function permissionRemedy(address: SocketAddress): string {
  if (address.kind === "tcp") return "Choose a port that needs no privileges: 1024 or above.";
  const user = process.getuid ? `the user of this process (uid ${process.getuid()})` : "the user of this process";
  return `Let ${user} write to the folder ${dirname(resolve(address.path))}, and to an existing socket.`;
}

/** A socket that the parent process left open. */
export function openDescriptor(address: ListenAddress & { kind: "fd" }): Socket {
  try {
    return new Socket({ fd: address.fd, readable: true, writable: true });
  } catch (error) {
    throw new LigandError("LIGAND_LISTEN_FAILED", `${formatListenAddress(address)} isn't an open socket`, {
      cause: error,
    });
  }
}

/** @throws {LigandError} `LIGAND_REMOTE_LOST` when no process answers at the address. */
export async function connectTo(address: SocketAddress): Promise<Socket> {
  const socket = connect(address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port });
  try {
    await once(socket, "connect");
    return socket;
  } catch (error) {
    throw new LigandError("LIGAND_REMOTE_LOST", `can't connect to ${formatListenAddress(address)}`, { cause: error });
  }
}

/** Between its creation and `chmod` a socket's mode comes from the process's umask: no other user may use it. */
function privately(listen: () => void): void {
  // A worker thread may not set the umask.
  if (!isMainThread) return listen();
  const mask = process.umask(0o177);
  try {
    listen();
  } finally {
    process.umask(mask);
  }
}

/** @throws {LigandError} for a missing folder: the system would report a permission problem. */
async function checkFolder(folder: string): Promise<void> {
  const found = await ifThere(lstat(folder));
  if (found) return;
  throw new LigandError("LIGAND_LISTEN_FAILED", `the folder ${folder} of the socket doesn't exist`, {
    remedy: "Create it. systemd does so with `RuntimeDirectory=`.",
  });
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await ifThere(lstat(path));
  if (!found) return checkFolder(dirname(resolve(path)));
  if (!found.isSocket()) {
    throw new LigandError("LIGAND_LISTEN_FAILED", `${path} exists and isn't a socket`, {
      remedy: "Choose another path; Ligand only removes sockets that no process listens on.",
    });
  }
  if (!(await stopsAnswering(path))) {
    throw new LigandError("LIGAND_LISTEN_FAILED", `${path} is already in use by another process`, {
      remedy: "Stop the other process, or choose another path.",
    });
  }
  // The other process may have removed it while stopping.
  await rm(path, { force: true });
}

async function stopsAnswering(path: string): Promise<boolean> {
  for (let waited = 0; await answers(path); waited += LOOK_AGAIN_MS) {
    if (waited >= ENDING_MS) return false;
    await setTimeout(LOOK_AGAIN_MS);
  }
  return true;
}

/** Whether connecting failed because a socket's owner is gone: then it refuses. Any other failure doesn't prove that. */
export function isLeftSocket(error: unknown): boolean {
  return ["ECONNREFUSED", "ENOENT"].includes(String((error as NodeJS.ErrnoException).code));
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    // Its owner listened when it was asked, and stopped before it answered.
    if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return true;
    if (isLeftSocket(error)) return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
