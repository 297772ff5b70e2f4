import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { caught, shownError } from "../errors/caught.js";
import { errorPlace } from "../errors/error-place.js";
import { printable, type Terminal } from "./terminal.js";

/**
 * Runs what runs modules. A rejection that they leave unhandled ends nothing, as in `ligand serve`: it's said, each text once.
 */
export async function withStrayRejections<T>({ stderr }: Pick<Terminal, "stderr">, run: () => Promise<T>): Promise<T> {
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
  }
}
