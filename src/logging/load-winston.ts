import { COPY, requireHere } from "../package.js";

/**
 * Winston, loaded with the first logger: it would be a third of the time it takes to import Ligand, and a host that
 * passes its own logger has its own copy. `require` because creating a logger is synchronous; winston loads each
 * transport on first use. A bundler sees only a plain `require`.
 */
export function loadWinston(): typeof import("winston") {
  return (COPY.isBundled ? require("winston") : requireHere("winston")) as typeof import("winston");
}
