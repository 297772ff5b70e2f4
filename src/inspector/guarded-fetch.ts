import type { MaybePromise } from "../hooks/context.js";
import { isFromOtherSite } from "./guards/other-sites.js";
import { guarded } from "./guards/response-headers.js";

/** Says why a request isn't answered; undefined for one that is. */
export type Gate = (request: Request) => MaybePromise<Response | undefined>;

/** Answers the requests that all gates let through. Every response forbids other pages to show or read it. */
export function guardedFetch(
  gates: readonly Gate[],
  answer: (request: Request) => MaybePromise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    for (const gate of [refuseOtherSites, refuseMethods, ...gates]) {
      const refusal = await gate(request);
      if (refusal) return guarded(refusal);
    }
    return guarded(await answer(request));
  };
}

function refuseOtherSites(request: Request): Response | undefined {
  return isFromOtherSite(request) ? refusal(403, "Pages of other sites may only link to the inspector.") : undefined;
}

function refuseMethods({ method }: Request): Response | undefined {
  return ["GET", "HEAD", "POST"].includes(method) ? undefined : refusal(405, "Use GET or POST.");
}

export function refusal(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
