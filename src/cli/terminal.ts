/** A stream that the commands write to; those of a process serve. */
export interface Output {
  write(text: string): unknown;
  /** Whether people read it on a terminal. */
  readonly isTTY?: boolean;
  /** The width of the terminal, in characters. */
  readonly columns?: number;
}

/** What a command is given of the world outside of it. */
export interface Terminal {
  /** Where results go. */
  readonly stdout: Output;
  /** Where everything else goes. */
  readonly stderr: Output;
  /** The variables of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a command ends with: nothing is wrong, problems were found, or it was called wrongly. */
export const ExitCode = { OK: 0, PROBLEMS: 1, USAGE: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
