import { styleText } from "node:util";
import { INVISIBLE } from "../errors/visible.js";

/** A stream that the commands write to; those of a process serve. */
export interface Output {
  write(text: string): unknown;
  /** Whether it's a terminal that people read. */
  readonly isTTY?: boolean;
  /** The width of the terminal, in characters. */
  readonly columns?: number;
}

/** What a command receives from its environment. */
export interface Terminal {
  /** Where results go. */
  readonly stdout: Output;
  /** Where everything else goes. */
  readonly stderr: Output;
  /** The variables of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Without it, the command belongs to a program that goes on. */
  readonly giveUp?: GiveUp | undefined;
}

/** Ends the process, which fails, in the middle of whatever it does. @param what says what went wrong */
export type GiveUp = (what: string, remedy: string) => void;

/** Exit codes of commands: nothing is wrong, problems were found, or the command couldn't be run as it was called. */
export const ExitCode = { OK: 0, PROBLEMS: 1, USAGE: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * The action of a command that answers with its exit status, as `grep` does: 1 is an answer, and a command that fails has none
 * and ends with 2.
 *
 * @param action resolves with the answer
 */
export function answering<A extends unknown[]>(
  end: (code: ExitCode) => void,
  action: (...args: A) => Promise<ExitCode>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    end(ExitCode.USAGE);
    end(await action(...args));
  };
}

type Style = Parameters<typeof styleText>[0];

/** Styles text, or returns it unchanged if colours aren't wanted. */
export type Paint = (style: Style, text: string) => string;

/** Returns text unchanged. */
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

/**
 * How wide what people read on a stream may be, in characters: that of the terminal, or what `COLUMNS` says. Undefined where
 * it goes to a program, which reads line by line.
 */
export function widthOf({ isTTY, columns }: Output, env: Terminal["env"]): number | undefined {
  const width = isTTY && columns ? columns : Number(env["COLUMNS"]);
  return width >= NARROWEST ? width : undefined;
}

const NARROWEST = 20;

/**
 * Text in which nothing moves the cursor, changes the direction of what follows or otherwise commands the terminal, but for
 * line breaks and colours. What a
 * configuration holds, and what modules say, was not written by who reads it.
 */
export function printable(text: string): string {
  return text.replaceAll(STYLED, (found, control: string, style = "") => {
    const isAllowed = control === "\n" || (control === "\u001B" && style !== "");
    return isAllowed ? found : `\uFFFD${style}`;
  });
}

const STYLED = new RegExp(`(${INVISIBLE.source})(\\[[\\d;]*m)?`, "gu");

/** A value as indented JSON that ends its last line. */
export function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
