import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { caught, shownError } from "../errors/caught.js";
import { errorPlace, type Frame } from "../errors/error-place.js";
import { START_TIMEOUT_MS } from "../modules/within-budget.js";
import { printable, type GiveUp, type Terminal } from "./terminal.js";

/**
 * Runs what runs modules. What blocks the process for longer than the import of a module may take ends the command.
 * A rejection that they leave unhandled ends nothing, as in `ligand serve`: it's said, each text once.
 */
export async function runModules<T>(
  { stderr, giveUp }: Pick<Terminal, "stderr" | "giveUp">,
  run: () => Promise<T>,
  blockedLimitMs = START_TIMEOUT_MS,
): Promise<T> {
  const endWatch = giveUp && (await watchForBlocks(giveUp, blockedLimitMs));
  const others = process.listeners("unhandledRejection");
  const said = new Set<string>();
  const say = (thrown: unknown) => {
    const place = errorPlace(thrown);
    const where = place === undefined ? "" : ` (at ${place})`;
    const text = `Unhandled rejection in a module; continuing: ${shownError(caught(thrown))}${where}\n`;
    if (!said.has(text)) stderr.write(printable(text));
    said.add(text);
  };
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", say);
  try {
    return await run();
  } finally {
    // Rejections are reported once no microtask is left.
    await setImmediate();
    process.off("unhandledRejection", say);
    for (const other of others) process.on("unhandledRejection", other);
    endWatch?.();
  }
}

/** @returns ends the watch */
async function watchForBlocks(giveUp: GiveUp, limitMs: number): Promise<() => void> {
  const { watchProcess } = await import("../watch/watch-process.js");
  const atLimit = (frame: Frame | undefined) => {
    const where =
      frame === undefined ? "" : ` at ${frame.place}${frame.function === undefined ? "" : ` (${frame.function})`}`;
    giveUp(
      `code${where} has blocked the command for ${limitMs / 1000} s`,
      "Look there for a loop that never ends, or for what takes so long. A module must not block the process that imports or calls it.",
    );
  };
  const watch = watchProcess({ slowStepMs: 0, blockedMs: 0, limitMs, startLimitMs: limitMs, atLimit });
  return () => watch.end();
}
