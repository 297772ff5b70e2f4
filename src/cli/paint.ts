import { styleText } from "node:util";
import type { Output, Terminal } from "./terminal.js";

type Style = Parameters<typeof styleText>[0];

/** Puts text into a style, or leaves it as it is where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

/** Text as it is. */
export const plain: Paint = (_, text) => text;

/** The paint for a stream. */
export function paintFor(output: Output, env: Terminal["env"], flag?: boolean): Paint {
  // Whether to colour is decided here, also for streams that Node knows nothing of.
  return wantsColour(output, env, flag) ? (style, text) => styleText(style, text, { validateStream: false }) : plain;
}

/**
 * Whether a stream wants colours: what the flag says, else what `NO_COLOR` and `FORCE_COLOR` say, else whether it is a
 * terminal that has colours.
 */
export function wantsColour(output: Output, env: Terminal["env"], flag?: boolean): boolean {
  if (flag !== undefined) return flag;
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return !["0", "false"].includes(env.FORCE_COLOR);
  return output.isTTY === true && env.TERM !== "dumb";
}
