import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ProcessesOnDemand } from "#src/container/other-processes.js";
import type { Host } from "#src/container/host.js";
import type { Observer } from "#src/hooks/observer.js";
import { prepare } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { serverBinding } from "../served.js";
import { LocalProcess } from "./local-process.js";

const MODULES = join(dirname(fileURLToPath(import.meta.url)), "scripted-modules.js");

/** A host of the scripted modules, each in the process that's named at its place: `main`, `own`, or another name. */
export async function scriptedHost(processes: readonly string[], observer: Observer): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), "ligand-scripted-"));
  const { logger } = captureLogs();
  try {
    const configFile = join(folder, "modules.yaml");
    const entries = processes.map(
      (process, index) => `  - { module: "${MODULES}#M${index}", operate: { process: ${process} } }`,
    );
    writeFileSync(configFile, `modules:\n${entries.join("\n")}\n`);
    const others = new ProcessesOnDemand({
      logger,
      startTimeoutMs: 20_000,
      stopTimeoutMs: 2000,
      newProcess: (what) => new LocalProcess(what, logger),
    });
    return await prepare({ configFile, logger, observer }, { processes: others, watch: false }).start({
      services: [serverBinding()],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
