import { closeSync, writeSync } from "node:fs";
import process from "node:process";
import type { ErrorCode } from "../errors/catalogue.js";
import { blamedFrame } from "../errors/error-place.js";
import type { ExitCode, GiveUp } from "./terminal.js";

const CODE: ErrorCode = "LIGAND_COMMAND_CUT_SHORT";

/** What `process.exit` calls last. Programs that look after the end of a process replace it, too. */
const ending = process as unknown as { reallyExit: (code?: unknown) => void };

/** How a command may end before it's done. */
export interface EarlyEnd {
  readonly giveUp: GiveUp;
  /** To be called when the command has ended. */
  readonly commandEnded: () => void;
}

/**
 * Says so when the process is about to end before its command did, as when a module calls `process.exit()` while it is
 * imported. Such an end is no success.
 *
 * @param failed what the command ends with if it fails
 */
export function noticeEarlyEnd(failed: () => ExitCode): EarlyEnd {
  const { reallyExit } = ending;
  const fail = (code: number, what: string, remedy: string): void => {
    commandEnded();
    // Of a code, the starter of a process learns eight bits.
    process.exitCode = Math.max(code & 0xff, failed());
    try {
      // Synchronous: nothing that is put off happens any more.
      writeSync(2, `error: ${what} ${CODE}\n  → ${remedy}\n`);
    } catch {
      // The pipe is full or has no reader: the exit code has to say it. Thrown from here, an error would end up in the module.
    }
  };
  const exitNow = () => reallyExit.call(process, process.exitCode);
  const notice = (code: number, call: string) => {
    const place = blamedFrame(new Error("exit").stack ?? "")?.place;
    const who = place === undefined ? "the process ended" : `\`${call}(${code})\` was called, at ${place},`;
    fail(code, `${who} before the command had ended`, NOTHING_KNOWN);
  };
  const exiting = (code: number) => notice(code, "process.exit");
  const commandEnded = () => {
    process.off("exit", exiting);
    ending.reallyExit = reallyExit;
  };
  process.on("exit", exiting);
  ending.reallyExit = (code) => {
    notice(Number(code) || 0, "process.reallyExit");
    exitNow();
  };
  const giveUp: GiveUp = (what, remedy) => {
    fail(0, what, remedy);
    // Node would say there that it waits for the debugger by which the watch thread interrupts this one.
    closeSync(2);
    exitNow();
  };
  return { giveUp, commandEnded };
}

const NOTHING_KNOWN =
  "Nothing is known of what was not checked yet. A module must not end the process that imports it.";
