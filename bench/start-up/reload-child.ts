// Starts the modules of a configuration file in this fresh process, disables one of them by a reload, and prints what both cost.
import { readFile, writeFile } from "node:fs/promises";
import { createLogger, startModules } from "ligand";
import { cpuMs } from "../cpu-time.js";
import { importFirst } from "./peers.js";

const [configFile] = process.argv.slice(2) as [string];
const logger = createLogger({ level: "error" });
// Without ids of their own, modules of one name are numbered: those after one that's disabled would be others.
let modules = 0;
const text = await readFile(configFile, "utf8");
const written = text.replaceAll("  - module:", () => `  - id: module-${modules++}\n    module:`);
await writeFile(configFile, written);

await importFirst();
let begun = cpuMs();
const host = await startModules({ configFile, logger });
const startMs = cpuMs() - begun;

await writeFile(configFile, written.replace("    config:\n", "    operate: { mode: disabled }\n    config:\n"));
begun = cpuMs();
const { removed, kept } = await host.reload();
const reloadMs = cpuMs() - begun;
await writeFile(configFile, text);

if (removed.length !== 1 || kept.length !== modules - 1) throw new Error("the reload didn't disable one module alone");
process.stdout.write(JSON.stringify({ startMs, reloadMs }));
// The host is not stopped: it ends with the process.
process.exit();
