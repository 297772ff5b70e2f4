import { LigandError } from "../errors/ligand-error.js";

/** Where to listen, or whom to call: a Unix socket, or a port on this machine. */
export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

const LOOPBACK: readonly string[] = ["127.0.0.1", "[::1]", "localhost"];

/**
 * Reads `unix:/run/ligand.sock` or `tcp:127.0.0.1:9000`. The protocol has no authentication: who can reach the address
 * can ask modules anything. So only addresses of this machine are taken.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID`.
 */
export function parseListenAddress(text: string): ListenAddress {
  const [kind, rest] = splitOnce(text);
  if (kind === "unix" && rest) return { kind, path: rest };
  const tcp = kind === "tcp" ? /^(.+):(\d{1,5})$/.exec(rest) : null;
  const [, host = "", port = ""] = tcp ?? [];
  if (LOOPBACK.includes(host) && Number(port) <= 65_535) {
    return { kind: "tcp", host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  }
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `${JSON.stringify(text)} is not an address to listen on; expected unix:PATH or tcp:127.0.0.1:PORT`,
    { remedy: "Listen on a Unix socket, such as unix:/run/ligand.sock, or on a port of this machine alone." },
  );
}

export function formatListenAddress(address: ListenAddress): string {
  return address.kind === "unix" ? `unix:${address.path}` : `tcp:${address.host}:${address.port}`;
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}
