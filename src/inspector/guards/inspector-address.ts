import { isIPv4 } from "node:net";
import { LigandError } from "../../errors/ligand-error.js";
import { formatListenAddress, parseSocketAddress, type SocketAddress } from "../../remote/wire/listen-address.js";
import type { TlsFiles } from "./tls-files.js";

/** Parses `unix:PATH` or `tcp:HOST:PORT`, where the host may be any. @throws {LigandError} `LIGAND_ARGUMENT_INVALID`. */
export function parseInspectorAddress(text: string): SocketAddress {
  const [, v6, name, digits] = /^tcp:(?:\[([\da-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  return host !== undefined && port <= 65_535 ? { kind: "tcp", host, port } : parseSocketAddress(text);
}

/** Whether only this machine can connect. */
export function isLoopback(address: SocketAddress): boolean {
  if (address.kind === "unix") return true;
  const { host } = address;
  // A name may begin with 127, too.
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** Where browsers find the inspector: a URL, or `unix:PATH`. */
export function placeOf(address: SocketAddress, isTls: boolean): string {
  const place = formatListenAddress(address);
  return address.kind === "unix" ? place : `${place.replace("tcp:", isTls ? "https://" : "http://")}/`;
}

/**
 * Refuses an address that other machines can connect to, unless the connection is encrypted and it's known by which names
 * they may ask.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID`.
 */
export function checkReach(address: SocketAddress, hosts: readonly string[], tls: TlsFiles | undefined): void {
  if (address.kind === "unix" || isLoopback(address) || (hosts.length > 0 && tls)) return;
  const missing = [
    ...(hosts.length > 0 ? [] : ["--inspector-host"]),
    ...(tls ? [] : ["--inspector-cert and --inspector-key"]),
  ];
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `other machines can reach the inspector at ${address.host}, which needs ${missing.join(", ")}`,
    {
      remedy:
        "Listen on a Unix socket or on 127.0.0.1, and forward it with `ssh -L`; or give it a certificate and the name by which browsers ask for it.",
    },
  );
}

/** Refuses what has no effect on a Unix socket. @throws {LigandError} `LIGAND_ARGUMENT_INVALID`. */
export function checkSocket(address: SocketAddress, tokenFile: string | undefined, tls: TlsFiles | undefined): void {
  if (address.kind !== "unix" || (tokenFile === undefined && !tls)) return;
  const what = tokenFile === undefined ? "certificate" : "token";
  throw new LigandError("LIGAND_ARGUMENT_INVALID", `the inspector on unix:${address.path} has no ${what}`, {
    remedy: `Leave the ${what} out: only the owner of the socket can open it.`,
  });
}
