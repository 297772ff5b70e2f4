import { runCli } from "#src/cli/run-cli.js";
import type { ExitCode } from "#src/cli/terminal.js";

/** What a command wrote and how it ended. */
export interface Ended {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, with streams that collect what is written. */
export async function run(
  args: readonly string[],
  { env = {}, isTTY = false, columns = 80 }: { env?: Record<string, string>; isTTY?: boolean; columns?: number } = {},
): Promise<Ended> {
  const written = { stdout: "", stderr: "" };
  const code = await runCli(args, {
    stdout: { isTTY, columns, write: (text) => (written.stdout += text) },
    stderr: { isTTY, columns, write: (text) => (written.stderr += text) },
    env,
  });
  return { code, ...written };
}

/** The path of a fixture, from the working directory. */
export function fixture(name: string): string {
  return `test/fixtures/cli/${name}`;
}
