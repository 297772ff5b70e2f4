import { LigandError } from "../../errors/ligand-error.js";

/** Where to connect: a Unix socket, or a port on this machine. */
export type SocketAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** Where to listen; or a socket that the parent process left open for this one. */
export type ListenAddress = SocketAddress | { readonly kind: "fd"; readonly fd: number };

const LOOPBACK: readonly string[] = ["127.0.0.1", "[::1]", "localhost"];
/** The longest path of a Unix socket that both Linux and macOS accept, in bytes. */
const MAX_PATH_BYTES = 103;

/**
 * Parses `unix:/run/ligand.sock`, `/run/ligand.sock`, or `tcp:127.0.0.1:9000`. The protocol has no authentication: a program that
 * can reach the address can ask modules anything. So only addresses of this machine are accepted.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID`.
 */
export function parseSocketAddress(text: string): SocketAddress {
  const [kind, rest] = text.startsWith("/") ? ["unix", text] : splitOnce(text);
  if (kind === "unix" && rest) return { kind, path: checkPath(rest) };
  const tcp = kind === "tcp" ? /^(.+):(\d{1,5})$/.exec(rest) : null;
  const [, host = "", port = ""] = tcp ?? [];
  if (LOOPBACK.includes(host) && Number(port) <= 65_535) {
    return { kind: "tcp", host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  }
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `${JSON.stringify(text)} isn't an address to listen on; expected unix:PATH or tcp:127.0.0.1:PORT`,
    { remedy: "Listen on a Unix socket, such as unix:/run/ligand.sock, or on a port of this machine." },
  );
}

/** Where to listen for commands. @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for anything but a Unix socket: ports have no owner. */
export function parseControlAddress(text: string): SocketAddress & { readonly kind: "unix" } {
  const address = parseSocketAddress(text);
  if (address.kind === "unix") return address;
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `${text} can't be a control socket: every user can connect to a port`,
    {
      remedy: "Name a Unix socket: unix:PATH.",
    },
  );
}

/** Like {@link parseSocketAddress}, but also accepts `fd:3`, a socket that the parent process left open. */
export function parseListenAddress(text: string): ListenAddress {
  const descriptor = /^fd:(\d{1,4})$/.exec(text)?.[1];
  return descriptor === undefined ? parseSocketAddress(text) : { kind: "fd", fd: Number(descriptor) };
}

export function formatListenAddress(address: ListenAddress): string {
  switch (address.kind) {
    case "unix":
      return `unix:${address.path}`;
    case "tcp":
      return `tcp:${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
    case "fd":
      return `fd:${address.fd}`;
  }
}

function checkPath(path: string): string {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_PATH_BYTES) return path;
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `the socket's path has ${bytes} bytes; ${MAX_PATH_BYTES} is the limit of the operating system: ${path}`,
    { remedy: "Choose a shorter path, such as one below /run." },
  );
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}
