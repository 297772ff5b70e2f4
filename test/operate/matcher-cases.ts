import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { MatcherSettings } from "#src/config/operate/operate-settings.js";

interface MatcherCases {
  readonly globs: readonly { readonly pattern: string; readonly text: string; readonly matches: boolean }[];
  readonly matchers: readonly {
    readonly name: string;
    readonly only?: MatcherSettings;
    readonly except?: MatcherSettings;
    /** Null for what there is none of; absent for what isn't known. */
    readonly facets: {
      readonly origin?: "local" | "federation";
      readonly type?: string;
      readonly sender?: string | null;
      readonly room?: string | null;
    };
    readonly asked: boolean;
  }[];
}

/** The cases that the Python package tests as well. */
export const CASES = JSON.parse(readFileSync(resolve("test/operate/matcher-cases.json"), "utf8")) as MatcherCases;
