import { LigandError } from "../errors/ligand-error.js";
import type { ServiceLookup, ServiceToken } from "../services/bind-service.js";
import { SERVICES, type ServiceName } from "../services/services.js";
import type { Peer } from "./peer.js";
import type { PeerHandles } from "./peer-handles.js";
import { CallService } from "./protocol.js";
import { decode, encode } from "./wire.js";

/** Lets modules at the other end of a connection use the services of this homeserver. */
export function serveServices(peer: Peer, handles: PeerHandles, services: ServiceLookup): void {
  peer.answer(CallService, async ({ service, method, args }) => {
    const offered = Object.hasOwn(SERVICES, service)
      ? services.find(SERVICES[service as ServiceName] as ServiceToken<object>)
      : undefined;
    const callee = offered && (offered as Record<string, unknown>)[method];
    if (typeof callee !== "function" || Object.hasOwn(Object.prototype, method)) {
      throw new LigandError("LIGAND_REMOTE_PROTOCOL", `this homeserver has no service method ${service}.${method}`);
    }
    return encode(
      await callee.apply(
        offered,
        args.map((arg) => decode(arg, handles)),
      ),
      handles,
    );
  });
}
