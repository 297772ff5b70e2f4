import { Container } from "inversify";
import type { Hooks } from "../catalogue/index.js";
import { buildHooks } from "../container/build-hooks.js";
import { Dispatch } from "../hooks/dispatch.js";

/** Hooks that no module answers: those of a homeserver whose modules have not started. */
export function noHooks(): Hooks {
  return buildHooks(new Container(), new Dispatch(Infinity));
}
