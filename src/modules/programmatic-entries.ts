import { being, classOf, listOf, members, required, text, type OptionRule } from "../options/check-options.js";
import type { ProgrammaticEntry } from "./load-modules.js";

/** The rules for modules that a program passes. */
export const PROGRAMMATIC_ENTRIES: OptionRule = listOf(
  members<ProgrammaticEntry>({
    module: required(classOf),
    config: being("an object", (value) => typeof value === "object"),
    id: text,
    operate: being("an object", (value) => typeof value === "object"),
  }),
);
