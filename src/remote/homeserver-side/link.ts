import type { Socket } from "node:net";
import { Container, type ContainerModule } from "inversify";
import { LigandError } from "../../errors/ligand-error.js";
import type { ServiceLookup, ServiceToken } from "../../services/bind-service.js";
import { Server } from "../../services/server.js";
import { LENT_SERVICES, SERVICES } from "../../services/services.js";
import { expectMembers } from "../wire/expect-members.js";
import type { AskOptions } from "../wire/outgoing-requests.js";
import { Peer } from "../wire/peer.js";
import { PeerHandles } from "../wire/peer-handles.js";
import {
  Initialize,
  LookAt,
  PROTOCOL_VERSION,
  Start,
  type HomeserverInfo,
  type ModulesInfo,
} from "../wire/protocol.js";
import type { Runtime } from "../wire/runtime.js";
import { serveServices } from "./serve-services.js";

/** A connection to modules that have been introduced. */
export interface Link {
  readonly peer: Peer;
  readonly handles: PeerHandles;
  /** What is known of the modules now. */
  readonly info: ModulesInfo;
}

/** A homeserver as modules in other processes see it. */
export interface RemoteHomeserver {
  readonly info: HomeserverInfo;
  readonly services: Pick<ServiceLookup, "find">;
}

/**
 * How a homeserver introduces itself, read from its services.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when the services include no `Server`.
 */
export async function describeHomeserver(
  services: readonly ContainerModule[],
  software: string,
): Promise<RemoteHomeserver> {
  const container = new Container();
  for (const module of services) await container.loadAsync(module);
  const find = <T>(token: ServiceToken<T>): T | undefined => container.get<T>(token, { optional: true });
  const server = find(Server);
  if (!server) {
    throw new LigandError(
      "LIGAND_ARGUMENT_INVALID",
      "the services include no `Server`, which modules in another process need",
      {
        remedy: "Add bindService(Server, new ConfiguredServer({ serverName })) to `services`.",
      },
    );
  }
  const offered = LENT_SERVICES.filter((name) => container.isBound(SERVICES[name]));
  return { info: homeserverInfo(server, software, offered), services: { find } };
}

/** A homeserver's introduction. @param services the names of those that it offers */
export function homeserverInfo(server: Server, software: string, services: readonly string[]): HomeserverInfo {
  const { serverName, publicBaseUrl, emailAppName, workerName, workerApp, customTemplateDir } = server;
  return {
    protocol: PROTOCOL_VERSION,
    software,
    serverName,
    publicBaseUrl,
    emailAppName,
    workerName,
    workerApp,
    customTemplateDir,
    runsBackgroundTasks: server.shouldRunBackgroundTasks(),
    services,
  };
}

/**
 * Introduces a homeserver to the modules at the other end of a socket, and starts them. If that fails, the socket is
 * closed.
 *
 * @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` when the two sides don't understand each other, `LIGAND_REMOTE_LOST`
 *   when the connection ends, `LIGAND_REMOTE_TIMEOUT`, and whatever starting the modules throws.
 */
export async function openLink(
  socket: Socket,
  { info: homeserver, services }: RemoteHomeserver,
  { runtime, ...options }: AskOptions & { readonly runtime?: Runtime | undefined } = {},
): Promise<Link> {
  const peer = new Peer(socket, { runtime });
  const handles = new PeerHandles(peer);
  serveServices(peer, handles, services);
  const link = { peer, handles, info: undefined as ModulesInfo | undefined };
  peer.answer(LookAt, async (params) => {
    expectMembers(params, { hooks: "list" }, LookAt.method);
    const { hooks } = params;
    // Before the modules have started, what `Start` answers says it as well.
    if (link.info) link.info = { ...link.info, hooks };
    return null;
  });
  peer.listen();
  try {
    const info = await peer.ask(Initialize, homeserver, "the modules", options);
    // The version first: other versions introduce themselves differently.
    expectMembers(info, { protocol: "number" }, Initialize.method);
    if (info.protocol !== PROTOCOL_VERSION) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `the modules speak version ${info.protocol} of the protocol, but this homeserver speaks version ${PROTOCOL_VERSION}`,
      );
    }
    expectMembers(info, INTRODUCTION, Initialize.method);
    const hooks = await peer.ask(Start, {}, "the modules", options);
    expectMembers({ hooks }, { hooks: "list" }, Start.method);
    return Object.assign(link, { info: { ...info, hooks } });
  } catch (error) {
    peer.close();
    throw error;
  }
}

const INTRODUCTION = {
  ligand: "string",
  instance: "string",
  modules: "list",
  hooks: "list",
  loginTypes: "list",
  webPaths: "list",
} as const satisfies Omit<Record<keyof ModulesInfo, string>, "protocol">;

const LOSSES: readonly string[] = [
  "LIGAND_REMOTE_LOST",
  "LIGAND_REMOTE_TIMEOUT",
  // The other side exists, but calls no module.
  "LIGAND_HOST_STOPPED",
  "LIGAND_REMOTE_BUSY",
];

/** Whether an error means that the modules couldn't be asked, rather than being their answer. */
export function isLoss(error: unknown): error is LigandError {
  return error instanceof LigandError && LOSSES.includes(error.code);
}
