import { requireHere } from "../package.js";

/**
 * Winston, loaded when a logger is first created: it is a third of the time that importing Ligand would take, and a
 * host that passes its own logger has loaded its own copy. `require` because creating a logger is synchronous;
 * winston loads each transport when it is first named.
 */
export function loadWinston(): typeof import("winston") {
  return requireHere("winston") as typeof import("winston");
}
