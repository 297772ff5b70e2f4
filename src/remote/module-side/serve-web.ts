import type { MaybePromise } from "../../hooks/context.js";
import type { PeerHandles } from "../wire/peer-handles.js";
import type { WireRequest, WireResponse } from "../wire/protocol.js";
import { decodeRequest, encodeResponse } from "../wire/wire-http.js";

/**
 * Answers a request of the homeserver's clients. The response may continue after this has returned.
 *
 * @param signal aborted when the homeserver gives up on the answer
 * @param around runs the answer, and what makes its body, for the request
 * @param respond its answer to the request; undefined where nothing serves the path
 */
export async function answerWebRequest<R extends Response | undefined>(
  request: WireRequest,
  signal: AbortSignal,
  handles: PeerHandles,
  around: <T>(answer: () => Promise<T>) => MaybePromise<T>,
  respond: (incoming: Request) => Promise<R>,
): Promise<WireResponse | Extract<R, undefined>> {
  const gone = new AbortController();
  // Once nothing reads the body any more.
  const incoming = decodeRequest(request, handles.readBody, AbortSignal.any([signal, gone.signal]));
  if (request.id !== null) handles.remember(incoming, request.id);
  return around(async () => {
    const response = await respond(incoming);
    if (!response) return undefined as Extract<R, undefined>;
    const body = await handles.bodies.keep(response.body, (isWhole) => isWhole || gone.abort());
    return encodeResponse(response, body);
  });
}
