import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Logger } from "winston";
import {
  checkOptions,
  listOf,
  logger,
  members,
  path,
  required,
  text,
  type OptionRules,
} from "../options/check-options.js";
import { listenWith } from "../remote/wire/listen.js";
import type { SocketAddress } from "../remote/wire/listen-address.js";
import { createApp } from "./app.js";
import { allowedHosts } from "./guards/allowed-hosts.js";
import { checkReach, checkSocket, parseInspectorAddress, placeOf } from "./guards/inspector-address.js";
import { readTlsFiles, type TlsFiles } from "./guards/tls-files.js";
import { makeTokenFile, type TokenFile } from "./guards/token-file.js";
import { TokenGate } from "./guards/token-gate.js";
import { guardedFetch, refusal } from "./guarded-fetch.js";
import type { Inspected } from "./inspected.js";

/** Where to serve an inspector. @public */
export interface ServeInspectorOptions {
  /** `unix:PATH`, which only the user of this process can open, or `tcp:127.0.0.1:PORT`; port 0 is one that's free. */
  readonly address: string;
  /** The file for the token, which is made anew each time. By default a file in a new folder for temporary files. */
  readonly tokenFile?: string;
  /** Further names by which browsers may ask for it, such as that of a proxy before it. */
  readonly hosts?: readonly string[];
  /** The files of a certificate and its key, in PEM, for HTTPS. */
  readonly tls?: TlsFiles;
  /** Says where it listens and where the token is. */
  readonly logger?: Logger;
}

/** An inspector that is served. @public */
export interface ServedInspector {
  /** Where it is: a URL, or `unix:PATH`. */
  readonly address: string;
  /** The file that has the token; absent on a Unix socket. */
  readonly tokenFile?: string;
  /** Ends all connections, and removes the token. */
  stop(): Promise<void>;
}

const RULES: OptionRules<ServeInspectorOptions> = {
  address: required(text),
  tokenFile: path,
  hosts: listOf(text),
  tls: members<TlsFiles>({ cert: required(text), key: required(text) }),
  logger,
};

/** Only the owner may use it: not even the homeserver's user, who is in the group of other sockets. */
const OWNER_ONLY = 0o600;

/** So many connections at a time: other users of the machine can open them, and show no token. */
const MOST_CONNECTIONS = 200;

/** Serves the pages of an inspector. @throws {LigandError} as `serveInspector`. */
export async function serveInspected(inspected: Inspected, options: ServeInspectorOptions): Promise<ServedInspector> {
  checkOptions("serveInspector", options, RULES);
  const { tokenFile, hosts = [], tls, logger: log } = options;
  const address = parseInspectorAddress(options.address);
  checkReach(address, hosts, tls);
  checkSocket(address, tokenFile, tls);
  const app = createApp(inspected, "");
  let answer: (request: Request, client: string) => Promise<Response>;
  const server = createAdaptorServer({
    fetch: (request: Request, { incoming }: HttpBindings) => answer(request, incoming.socket.remoteAddress ?? ""),
    overrideGlobalObjects: false,
    ...(tls && { createServer: createTlsServer, serverOptions: await readTlsFiles(tls) }),
  } as Parameters<typeof createAdaptorServer>[0]) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  // Before the first request: a token that can't be written is a reason not to listen.
  const token = address.kind === "tcp" ? await makeTokenFile(tokenFile) : undefined;
  answer = answerOf(
    token,
    () => allowedHosts(bound(address, server), hosts, tls !== undefined),
    (request) => app.fetch(request),
  );
  try {
    await listenWith(server, address, OWNER_ONLY);
  } catch (error) {
    await token?.remove();
    throw error;
  }
  const where = placeOf(bound(address, server), tls !== undefined);
  log?.info(`Inspector on ${where}${token ? `; the token is in ${token.path}` : ""}`);
  return {
    address: where,
    ...(token && { tokenFile: token.path }),
    async stop() {
      inspected.end();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await token?.remove();
    },
  };
}

function answerOf(
  token: TokenFile | undefined,
  isAllowed: () => ReturnType<typeof allowedHosts>,
  answer: (request: Request) => Response | Promise<Response>,
): (request: Request, client: string) => Promise<Response> {
  const gate = token && new TokenGate(token.token);
  const checkHost = (request: Request) =>
    isAllowed()(request.headers.get("host"))
      ? undefined
      : refusal(421, "The inspector isn't known by this name. `--inspector-host` adds one.");
  return (request, client) => guardedFetch([checkHost, (asked) => gate?.refusal(asked, client)], answer)(request);
}

/** The address with the port that the system chose. */
function bound(address: SocketAddress, server: Server): SocketAddress {
  return address.kind === "tcp" ? { ...address, port: (server.address() as AddressInfo).port } : address;
}
