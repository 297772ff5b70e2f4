import { COPY, requireHere } from "../package.js";

/**
 * Winston, loaded when a logger is first created: it is a third of the time that importing Ligand would take, and a
 * host that passes its own logger has loaded its own copy. `require` because creating a logger is synchronous;
 * winston loads each transport when it is first named. A bundler sees only a plain `require`.
 */
export function loadWinston(): typeof import("winston") {
  return (COPY.isBundled ? require("winston") : requireHere("winston")) as typeof import("winston");
}
