import { LigandError } from "../../errors/ligand-error.js";
import type { ServiceLookup, ServiceToken } from "../../services/bind-service.js";
import { LENT_SERVICES, lentMethods, SERVICES } from "../../services/services.js";
import { expectMembers } from "../wire/expect-members.js";
import type { Peer } from "../wire/peer.js";
import type { PeerHandles } from "../wire/peer-handles.js";
import { CallService } from "../wire/protocol.js";
import { decode, encode } from "../wire/wire.js";
import type { Wire } from "../wire/protocol.js";
import { encodeResponse } from "../wire/wire-http.js";

type WireObject = { [member: string]: Wire };

/** Lets modules at the other end of a connection use this homeserver's services. */
export function serveServices(peer: Peer, handles: PeerHandles, services: ServiceLookup): void {
  peer.answer(CallService, async (params) => {
    expectMembers(params, { service: "string", method: "string", args: "list" }, CallService.method);
    const { service, method, args } = params;
    const name = LENT_SERVICES.find((lent) => lent === service);
    const offered = name && services.find(SERVICES[name] as ServiceToken<object>);
    // What a class has besides its service's methods isn't for modules.
    const callee =
      name && lentMethods(name).has(method) ? (offered as Record<string, unknown> | undefined)?.[method] : undefined;
    if (typeof callee !== "function") {
      throw new LigandError("LIGAND_REMOTE_PROTOCOL", `this homeserver has no service method ${service}.${method}`);
    }
    const given = args.map((arg) => decode(arg, handles));
    const result: unknown = await callee.apply(offered, given);
    return result instanceof Response
      ? { $: "response", ...(encodeResponse(result, await handles.bodies.keep(result.body)) as unknown as WireObject) }
      : encode(result, handles);
  });
}
