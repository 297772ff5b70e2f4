import { AsyncResource } from "node:async_hooks";

/**
 * Wraps code that makes a timer, a queue or a connection that outlives the current request. What it makes belongs to no
 * request: it neither keeps that request's `AsyncLocalStorage` alive nor runs other requests' work inside it.
 */
export const outsideRequests: <T>(make: () => T) => T = AsyncResource.bind(<T>(make: () => T) => make());
