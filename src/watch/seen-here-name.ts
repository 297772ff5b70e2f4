/** The name under which the watch thread finds `seenHere`: `Symbol.for` of it, on `globalThis` of the main thread. */
export const SEEN_HERE = "ligand.seenHere";
