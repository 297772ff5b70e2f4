import type { SocketAddress } from "../../remote/wire/listen-address.js";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Says which values of `Host` a request for the inspector may have. A page of another site whose name suddenly leads to
 * this machine (DNS rebinding) has the name of that site there.
 *
 * @param address where it listens. Its host is accepted with its port; what forwards a Unix socket chooses the port.
 * @param names further names, with any port
 */
export function allowedHosts(
  address: SocketAddress,
  names: readonly string[],
  isTls = false,
): (host: string | null) => boolean {
  const anyPort = new Set([...(address.kind === "unix" ? LOOPBACK : []), ...names.map((name) => name.toLowerCase())]);
  const own = address.kind === "tcp" && (address.host.includes(":") ? `[${address.host}]` : address.host);
  return (host) => {
    const [, name, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(host?.toLowerCase() ?? "") ?? [];
    if (name === undefined) return false;
    if (anyPort.has(name)) return true;
    return address.kind === "tcp" && name === own && Number(port ?? (isTls ? 443 : 80)) === address.port;
  };
}
