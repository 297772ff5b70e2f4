import type { Container } from "inversify";
import type { Logger } from "winston";
import type { JsonSchema } from "../../config/json-schema.js";
import type { ModuleEntry } from "../../config/module-entry.js";
import type { ProcessSettings } from "../../config/operate/operate-settings.js";
import { processGroups } from "../../config/operate/process-groups.js";
import type { DefaultServicesSettings } from "../../default-services/default-services.js";
import type { Outcome } from "../../errors/outcome.js";
import { createLogger, type LogLevel } from "../../logging/create-logger.js";
import type { CodeProblems } from "../../modules/holding.js";
import type { LoadedModule, PlacedModule } from "../../modules/loaded-module.js";
import type { ModuleOfEntry, NamedModule } from "../../modules/load-modules.js";
import { nameIn } from "../../modules/module-ids.js";
import { Server } from "../../services/server.js";
import { LENT_SERVICES, SERVICES } from "../../services/services.js";
import type { Wire } from "../wire/protocol.js";
import { homeserverInfo } from "./link.js";
import { ModuleProcess, type ModuleProcessOptions } from "./module-process.js";
import { namedProcess, ownProcess, type ProcessNames } from "./process-names.js";
import type { RemoteHealth } from "./remote-health.js";
import { environmentFor, nodeArgsFor } from "./process-limits.js";
import { permissionProblems } from "./process-permissions.js";
import type { OfferedToProcess } from "./process-start.js";
import { RemoteModules, type NewProcess, type ProcessFailure } from "./remote-modules.js";
import type { RestartTimes } from "./restarts.js";
import type { ReplaceableProcess } from "./supervised-process.js";
import { settingsFor } from "./sent-settings.js";

/** Options of the processes that a host starts for modules. */
export interface ModuleProcessesOptions {
  /** By default, lines for people on standard error. */
  readonly logger?: Logger;
  /** How long each step of a start may take, in milliseconds. */
  readonly startTimeoutMs: number;
  /** How long a module, and a process, may take to stop, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** How long a process may be blocked before it's killed, in milliseconds. */
  readonly blockedLimitMs?: number;
  /** How long a call may take, in milliseconds. */
  readonly callTimeoutMs?: number;
  /** One process for all modules, instead of those that the configuration names. */
  readonly onlyProcess?: { readonly names: ProcessNames; readonly nodeArgs: readonly string[] };
  readonly restartTimes?: RestartTimes | undefined;
  /** Makes each process; by default one of the machine. */
  readonly newProcess?: (what: NewProcess) => ReplaceableProcess;
}

/**
 * The processes that a host starts for modules: those that the configuration names, and those of a single module. When
 * the configuration is read again, they are found in new processes; those in which nothing changed go on.
 */
export class ModuleProcesses {
  readonly #options: ModuleProcessesOptions & { readonly logger: Logger };
  /** Those of the configuration that was read last. */
  #all: readonly RemoteModules[] = [];
  /** Those of them whose modules have been described, and that start: a running process goes on in the place of the others. */
  #fresh: readonly RemoteModules[] = [];
  /** Those in which modules run, also modules that are leaving. */
  #started: readonly RemoteModules[] = [];
  /** Those whose modules are asked. */
  #running: readonly RemoteModules[] = [];

  constructor(options: ModuleProcessesOptions) {
    this.#options = { ...options, logger: options.logger ?? createLogger() };
  }

  async find(entries: readonly ModuleEntry[], laterProblems?: CodeProblems): Promise<readonly Outcome<NamedModule>[]> {
    const found = new Map<ModuleEntry, Outcome<NamedModule>>();
    const possible = this.#groups(entries).filter(({ entries: together, process }) => {
      const { permissions } = process ?? {};
      const refused = together.map(
        (entry) => [entry, permissions ? permissionProblems(permissions, entry) : []] as const,
      );
      for (const [entry, problems] of refused) found.set(entry, { problems });
      return refused.every(([, problems]) => problems.length === 0);
    });
    this.#fresh = [];
    this.#all = await Promise.all(possible.map((group) => this.#processFor(group, laterProblems)));
    await Promise.all(
      this.#all.map(async (modules) => {
        for (const [place, outcome] of (await modules.find()).entries()) found.set(modules.entries[place]!, outcome);
      }),
    );
    return entries.map((entry) => found.get(entry)!);
  }

  async describe(modules: readonly ModuleOfEntry[]): Promise<Outcome<readonly PlacedModule[]>> {
    const described = await Promise.all(
      this.#all.map((process) => process.describe(modules.filter(({ entry }) => process.entries.includes(entry)))),
    );
    // Decided once: a process may fail, or recover, before the services are offered.
    const kept = this.#all.map((process) => this.#sameAs(process)?.kept(process));
    this.#fresh = this.#all.filter((_, place) => !kept[place]);
    return {
      value: this.#all.flatMap((_, place) => kept[place] ?? described[place]!.value ?? []),
      problems: described.flatMap(({ problems }) => problems),
    };
  }

  /** The schema of the entries of each module, by its entry; without a value for one that wasn't found. */
  async entrySchemas(): Promise<ReadonlyMap<ModuleEntry, Outcome<JsonSchema>>> {
    const all = await Promise.all(
      this.#all.map(async (process) =>
        (await process.entrySchemas()).map((schema, place) => [process.entries[place]!, schema] as const),
      ),
    );
    return new Map(all.flat());
  }

  /** The running process that goes on in the place of a new one: its modules are the same, and it hasn't failed. */
  #sameAs(process: RemoteModules): RemoteModules | undefined {
    return this.#running.find((running) => running.isSameAs(process) && running.process.health.state !== "failed");
  }

  /**
   * Runs the processes whose modules have started, and ends the others: their configuration was refused, or only looked at.
   *
   * @param modules those that are asked now; the process of one that is leaving ends with it, and is no other's
   */
  async settle(modules: readonly Pick<LoadedModule, "class" | "info" | "operate">[]): Promise<void> {
    const runs = (process: RemoteModules) => process.hasStarted;
    const all = [...new Set([...this.#started, ...this.#all])];
    const unused = all.filter((process) => !runs(process));
    this.#started = all.filter(runs);
    this.#running = this.#started.filter((process) => process.hasAny(modules));
    for (const process of this.#running) {
      process.run();
      process.setLevels(modules);
    }
    this.#all = [];
    this.#fresh = [];
    await Promise.all(unused.map((process) => process.stop()));
  }

  /**
   * Gives the modules of each process the services that they inject, as far as the homeserver has them, and no other.
   *
   * @param noteReads notes what the callback that's running asked in its process, where that's recorded
   * @returns what keeps modules from being started
   */
  async offer(
    services: Pick<Container, "get" | "isBound">,
    settings: DefaultServicesSettings,
    noteReads?: OfferedToProcess["noteReads"],
  ): Promise<readonly ProcessFailure[]> {
    const server = services.get(Server, { optional: true });
    const failures = await Promise.all(
      this.#fresh.map((process) => {
        const { injected } = process;
        const lent = LENT_SERVICES.filter((name) => injected.has(name) && services.isBound(SERVICES[name]));
        return process.offer({
          services,
          lent,
          homeserver: server && usesServer(injected) ? homeserverInfo(server, "Ligand", lent) : null,
          settings: settingsFor(injected, settings) as Wire,
          noteReads,
        });
      }),
    );
    return failures.flat();
  }

  /** How the process of each module is doing, by the id of the module. */
  get health(): ReadonlyMap<string, RemoteHealth> {
    return new Map(this.#running.flatMap((process) => process.ids.map((id) => [id, process.process.health] as const)));
  }

  /** Whether all processes can be asked now. @throws {LigandError} `LIGAND_REMOTE_LOST` where one can't */
  assertConnected(): void {
    for (const { process } of this.#running) void process.running;
  }

  /** Ends all processes. */
  async stop(): Promise<void> {
    await Promise.all([...this.#all, ...this.#started].map((process) => process.stop()));
  }

  #groups(entries: readonly ModuleEntry[]): Group[] {
    const { onlyProcess } = this.#options;
    if (onlyProcess) return entries.length > 0 ? [{ names: onlyProcess.names, entries }] : [];
    return processGroups(entries).map(({ process, modules }) => ({
      names: process.name === "own" ? ownProcess(nameOf(modules[0]!)) : namedProcess(process.name),
      entries: modules,
      process,
    }));
  }

  async #processFor({ names, entries, process }: Group, laterProblems?: CodeProblems): Promise<RemoteModules> {
    const { onlyProcess, newProcess } = this.#options;
    const limits = {
      memoryBytes: process?.memoryBytes,
      nodeArgs: onlyProcess?.nodeArgs ?? (await nodeArgsFor(process ?? {}, entries)),
      env: onlyProcess ? undefined : environmentFor(process),
      overChannel: process?.permissions?.network === false,
    };
    return new RemoteModules({
      ...this.#options,
      names,
      entries,
      laterProblems,
      mayEnd: () => this.#all.length === 0,
      newProcess: (what) => newProcess?.(what) ?? this.#newProcess(what, limits),
    });
  }

  #newProcess(
    { names, entries, services, calls, levels }: NewProcess,
    { overChannel, ...limits }: Limits,
  ): ModuleProcess {
    const { logger, startTimeoutMs, stopTimeoutMs, blockedLimitMs = 10_000 } = this.#options;
    return new ModuleProcess({
      ...limits,
      names,
      logger,
      services,
      calls,
      levels,
      stopTimeoutMs,
      blockedLimitMs,
      settings: {
        entries,
        loadTimeoutMs: startTimeoutMs,
        // Half of the time is for running calls, the other half for the modules to stop.
        stopTimeoutMs: stopTimeoutMs / 2,
        logLevel: logger.level as LogLevel,
        overChannel,
      },
    });
  }
}

/** What a process may have. */
type Limits = Pick<ModuleProcessOptions, "memoryBytes" | "nodeArgs" | "env"> & { readonly overChannel: boolean };

/** The modules of a process. */
interface Group {
  readonly names: ProcessNames;
  readonly entries: readonly ModuleEntry[];
  readonly process?: ProcessSettings | undefined;
}

/** What a module is called before its class is known. */
function nameOf({ id, specifier }: ModuleEntry): string {
  return id ?? nameIn(specifier);
}

/** Whether modules use what the homeserver says of itself: they inject it, or what is made with it. */
function usesServer(injected: ReadonlySet<string>): boolean {
  return injected.has("Server") || injected.has("Scheduler") || injected.has("Templates");
}
