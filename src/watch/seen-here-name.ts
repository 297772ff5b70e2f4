/** The name under which the watch thread finds `seenHere`: `globalThis[Symbol.for(name)]` on the main thread. */
export const SEEN_HERE = "ligand.seenHere";
/** The name of the function that the watch thread has the main thread call at its limit. */
export const AT_LIMIT = "ligand.atLimit";
