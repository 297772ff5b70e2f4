/** The name under which the watch thread finds `seenHere`: `globalThis[Symbol.for(name)]` on the main thread. */
export const SEEN_HERE = "ligand.seenHere";
