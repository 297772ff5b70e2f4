// A module's callback gets the request alone. What passes it on to another process needs the id, too.

const IDS = new WeakMap<Request, string>();

/** Notes the id of a request, as the log has it, for {@link requestIdOf}. */
export function recordRequestId(request: Request, requestId: string): void {
  IDS.set(request, requestId);
}

/** The id of a request that a web route answers. */
export function requestIdOf(request: Request): string | undefined {
  return IDS.get(request);
}
