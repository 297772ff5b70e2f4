import type { RequestType } from "../wire/json-rpc.js";
import type { WireRequest, WireResponse } from "../wire/protocol.js";
import { decodeResponse, encodeRequest } from "../wire/wire-http.js";
import type { ProcessLink } from "./module-process.js";

/**
 * Sends a client's request to modules at the other end of a connection. Its body is used up, and cancelled if it isn't read
 * to the end.
 *
 * @param what names the request in errors
 * @param params the parameters of the protocol's request, for the client's
 */
export async function fetchOver<Params>(
  { peer, handles }: ProcessLink,
  request: Request,
  type: RequestType<Params, WireResponse | null>,
  params: (request: WireRequest) => Params,
  { what, timeoutMs }: { readonly what: string; readonly timeoutMs: number | undefined },
): Promise<Response | undefined> {
  const { signal } = request;
  const id = await handles.lend(request, request.body);
  const ended = () => handles.takeBack(id);
  const discard = (late: WireResponse | null) => {
    if (typeof late?.body?.rest === "number") handles.release(late.body.rest);
  };
  try {
    const crossing = encodeRequest(request, id, handles.bodyOf(request) ?? null);
    const response = await peer.ask(type, params(crossing), what, { signal, timeoutMs, discard });
    // Until its body has arrived, the modules may read the request's body, and refer to the request.
    if (response?.body) return decodeResponse(response, (body) => handles.bodies.use(body, { signal, ended }));
    ended();
    return response ? decodeResponse(response, handles.readBody) : undefined;
  } catch (error) {
    ended();
    throw error;
  }
}
