import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ContainerModule } from "inversify";
import type { Host } from "#src/container/host.js";
import { ProcessesOnDemand } from "#src/container/processes-on-demand.js";
import type { DecisionsOptions } from "#src/decisions/decisions-options.js";
import { ISOLATED_NAMES } from "#src/remote/homeserver-side/process-names.js";
import type { RestartTimes } from "#src/remote/homeserver-side/restarts.js";
import { prepare } from "#src/start.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { serverBinding } from "../served.js";
import { LocalProcess } from "./local-process.js";
import { ACTS, NO_ACTS } from "./performing-module.js";

/** The file of the modules. */
export const MODULE = join(dirname(fileURLToPath(import.meta.url)), "performing-module.js");
const OWN_PROCESS = `{ module: "performing#Performing", operate: { process: own } }`;

export interface PerformingOptions {
  readonly restartTimes?: RestartTimes;
  readonly stopTimeoutMs?: number;
  /** Services beside `Server`. */
  readonly services?: readonly ContainerModule[];
  /** Whether all modules run in one process, as those of `startIsolated`. */
  readonly isIsolated?: boolean;
  readonly decisions?: DecisionsOptions;
}

/** A host whose modules run in processes that are part of this one, and do what `ACTS` says. */
export class PerformingHost implements AsyncDisposable {
  private constructor(
    readonly host: Host,
    readonly processes: ProcessesOnDemand,
    /** Each process that was made. */
    readonly made: readonly LocalProcess[],
    readonly logs: readonly LogRecord[],
    private readonly folder: string,
  ) {}

  /** @param entries of `modules:`; the file of the module is written as `performing` */
  static async start(entries: readonly string[] = [OWN_PROCESS], options: PerformingOptions = {}) {
    const { restartTimes, stopTimeoutMs = 2000, services = [], isIsolated, decisions } = options;
    const folder = mkdtempSync(join(tmpdir(), "ligand-performing-"));
    const { logger, records } = captureLogs({ all: true });
    const made: LocalProcess[] = [];
    const processes = new ProcessesOnDemand({
      logger,
      startTimeoutMs: 100_000,
      stopTimeoutMs,
      restartTimes,
      ...(isIsolated && { onlyProcess: { names: ISOLATED_NAMES, nodeArgs: [] } }),
      newProcess(what) {
        const process = new LocalProcess(what, logger);
        made.push(process);
        return process;
      },
    });
    try {
      const configFile = write(folder, entries);
      const host = await prepare(
        { configFile, logger, ...(decisions && { decisions }) },
        { processes, watch: false },
      ).start({
        services: [serverBinding(), ...services],
      });
      return new PerformingHost(host, processes, made, records, folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  /** Writes other entries to its file. */
  write(entries: readonly string[]): void {
    write(this.folder, entries);
  }

  get state(): string | undefined {
    return this.processes.health.get("Performing")?.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.stop();
    rmSync(this.folder, { recursive: true });
    Object.assign(ACTS, NO_ACTS);
  }
}

function write(folder: string, entries: readonly string[]): string {
  const configFile = join(folder, "modules.yaml");
  const yaml = entries.map((entry) => `  - ${entry.replaceAll("performing#", `${MODULE}#`)}\n`).join("");
  writeFileSync(configFile, `modules:\n${yaml}`);
  return configFile;
}
