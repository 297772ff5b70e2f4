import type { Recorded } from "./decision-record.js";

/** What stands for a value that isn't recorded. */
export const LEFT_OUT: Recorded = Object.freeze({ $: "left out" });
export const SECRET: Recorded = Object.freeze({ $: "secret" });
export const CUT: Recorded = Object.freeze({ $: "cut" });
export const UNDEFINED: Recorded = Object.freeze({ $: "undefined" });

/** What stands for a value that only the process of then has. @param what in words, such as `a function` */
export function uncarried(what: string): Recorded & { readonly of: string } {
  return { $: "uncarried", of: what };
}

export const FUNCTION = uncarried("a function");
export const CANT_BE_READ = uncarried("something that can't be read");

/** What becomes of values that are personal, and of what users wrote. */
export interface Withholding {
  readonly personal: "hashed" | "whole" | "none";
  readonly bodies: boolean;
  /** The hash of a personal string. */
  readonly hash: (text: string) => string;
}
