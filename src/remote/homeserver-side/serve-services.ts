import { LigandError } from "../../errors/ligand-error.js";
import type { ServiceLookup, ServiceToken } from "../../services/bind-service.js";
import { LENT_SERVICES, lentMethods, SERVICES } from "../../services/services.js";
import type { NumberedCalls } from "./numbered-calls.js";
import { expectMembers } from "../wire/expect-members.js";
import type { Peer } from "../wire/peer.js";
import type { PeerHandles } from "../wire/peer-handles.js";
import { CallService } from "../wire/protocol.js";
import { decode, encode } from "../wire/wire.js";
import type { Wire } from "../wire/protocol.js";
import { encodeResponse } from "../wire/wire-http.js";

type WireObject = { [member: string]: Wire };

/**
 * Lets modules at the other end of a connection use this homeserver's services.
 *
 * @param services those that it may use
 * @param calls the calls that it's answering, if it may say for which of them it uses a service
 */
export function serveServices(
  peer: Peer,
  handles: PeerHandles,
  services: Pick<ServiceLookup, "find">,
  calls?: NumberedCalls,
): void {
  peer.answer(CallService, async (params) => {
    expectMembers(params, { service: "string", method: "string", args: "list", call: "number?" }, CallService.method);
    const { service, method, args, call } = params;
    const name = LENT_SERVICES.find((lent) => lent === service);
    const offered = name && services.find(SERVICES[name] as ServiceToken<object>);
    // What a class has besides its service's methods isn't for modules.
    const callee =
      name && lentMethods(name).has(method) ? (offered as Record<string, unknown> | undefined)?.[method] : undefined;
    if (typeof callee !== "function") {
      throw new LigandError("LIGAND_REMOTE_PROTOCOL", `this homeserver has no service method ${service}.${method}`);
    }
    const given = args.map((arg) => decode(arg, handles));
    const use = (): unknown => callee.apply(offered, given);
    const result = await (calls ? calls.run(call, use) : use());
    return result instanceof Response
      ? { $: "response", ...(encodeResponse(result, await handles.bodies.keep(result.body)) as unknown as WireObject) }
      : encode(result, handles);
  });
}
