import { once } from "node:events";
import { chmod, lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { LigandError } from "../errors/ligand-error.js";
import { formatListenAddress, type ListenAddress } from "./listen-address.js";

/** Who may use a Unix socket: its owner and its group. */
const SOCKET_MODE = 0o660;

/**
 * Listens for homeservers. A socket that a process left behind when it died is removed; one that somebody listens on
 * is not.
 *
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`.
 */
export async function listen(address: ListenAddress, connected: (socket: Socket) => void): Promise<Server> {
  const server = createServer(connected);
  try {
    if (address.kind === "unix") await removeStaleSocket(address.path);
    server.listen(address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port });
    await once(server, "listening");
    if (address.kind === "unix") await chmod(address.path, SOCKET_MODE);
  } catch (error) {
    server.close();
    if (error instanceof LigandError) throw error;
    throw new LigandError("LIGAND_LISTEN_FAILED", `cannot listen on ${formatListenAddress(address)}`, { cause: error });
  }
  return server;
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return;
  if (!found.isSocket()) {
    throw new LigandError("LIGAND_LISTEN_FAILED", `${path} exists and is not a socket`, {
      remedy: "Choose another path; Ligand removes nothing but sockets that nobody listens on.",
    });
  }
  if (await answers(path)) {
    throw new LigandError("LIGAND_LISTEN_FAILED", `another process listens on ${path}`, {
      remedy: "Stop the other process, or choose another path.",
    });
  }
  await unlink(path);
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    // A socket whose owner died refuses; any other failure is not proof that nobody is there.
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
