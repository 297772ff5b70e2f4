import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerModule } from "inversify";
import { ProcessesOnDemand } from "#src/container/processes-on-demand.js";
import type { Host } from "#src/container/host.js";
import type { Observer } from "#src/dispatch/observer.js";
import type { NewProcess } from "#src/remote/homeserver-side/remote-modules.js";
import { prepare } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { serverBinding } from "../served.js";
import { LocalProcess } from "./local-process.js";

export interface LocalHostOptions {
  readonly observer?: Observer;
  /** Services beside `Server`. */
  readonly services?: readonly ContainerModule[];
  /** Called with what each process of modules is started with. */
  readonly onProcess?: (what: NewProcess) => void;
}

/** A host all of whose processes are part of this one. @param entries those of `modules:`, as the file has them. */
export async function localHost(
  entries: readonly string[],
  { observer, services = [], onProcess }: LocalHostOptions = {},
): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), "ligand-local-"));
  const { logger } = captureLogs();
  const processes = new ProcessesOnDemand({
    logger,
    startTimeoutMs: 100_000,
    stopTimeoutMs: 2000,
    newProcess: (what) => {
      onProcess?.(what);
      return new LocalProcess(what, logger);
    },
  });
  try {
    const configFile = join(folder, "modules.yaml");
    writeFileSync(configFile, `modules:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`);
    return await prepare({ configFile, logger, ...(observer && { observer }) }, { processes, watch: false }).start({
      services: [serverBinding(), ...services],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
