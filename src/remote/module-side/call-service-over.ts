import type { Peer } from "../wire/peer.js";
import type { PeerHandles } from "../wire/peer-handles.js";
import { CallService } from "../wire/protocol.js";
import { decode, encode } from "../wire/wire.js";

/** A call of a homeserver's service. */
export interface ServiceCall {
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
  /** The number of the homeserver's call that it's made for. */
  readonly call?: number | undefined;
}

/** Has the homeserver at the other end of a connection call one of its services. */
export async function callServiceOver(
  peer: Peer,
  handles: PeerHandles,
  { service, method, args, call }: ServiceCall,
): Promise<unknown> {
  const params = {
    service,
    method,
    args: args.map((arg) => encode(arg, handles)),
    ...(call !== undefined && { call }),
  };
  const answer = await peer.ask(CallService, params, `service method ${service}.${method}`);
  return decode(await handles.states.complete(answer), handles);
}
