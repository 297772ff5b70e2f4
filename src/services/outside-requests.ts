import { AsyncResource } from "node:async_hooks";

/**
 * Runs what makes a timer, a queue or a connection that outlives the request at hand: what it makes belongs to none, so
 * it neither keeps that request's `AsyncLocalStorage` nor runs in it for others.
 */
export const outsideRequests: <T>(make: () => T) => T = AsyncResource.bind(<T>(make: () => T) => make());
