import { createRequire } from "node:module";

/**
 * Winston, loaded when a logger is first created: it is a third of the time that importing Ligand would take, and a
 * host that passes its own logger has loaded its own copy. `require` because creating a logger is synchronous;
 * winston loads each transport when it is first named.
 */
export function loadWinston(): typeof import("winston") {
  return require("winston") as typeof import("winston");
}

const require = createRequire(import.meta.url);
