import { writeSync } from "node:fs";
import process from "node:process";
import { blamedFrame } from "../errors/error-place.js";
import type { ExitCode } from "./terminal.js";

/**
 * Says so when the process is about to end before its command did, as when a module calls `process.exit()` while it is
 * imported. Such an end is no success.
 *
 * @param failed what the command ends with if it fails
 * @returns to be called when the command has ended
 */
export function noticeExit(failed: () => ExitCode): () => void {
  const notice = (code: number) => {
    const place = blamedFrame(new Error("exit").stack ?? "")?.place;
    const who = place === undefined ? "the process ended" : `\`process.exit(${code})\` was called, at ${place},`;
    const remedy = "Nothing is known of what was not checked yet. A module must not end the process that imports it.";
    process.exitCode = Math.max(code, failed());
    try {
      // Synchronous: nothing that is put off happens any more.
      writeSync(2, `error: ${who} before the command had ended\n  → ${remedy}\n`);
    } catch {
      // The pipe is full or has no reader: the exit code has to say it. Thrown from here, an error would end up in the module.
    }
  };
  process.on("exit", notice);
  return () => void process.off("exit", notice);
}
