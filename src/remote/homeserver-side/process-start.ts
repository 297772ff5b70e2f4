import type { Container } from "inversify";
import type { JsonSchema } from "../../config/json-schema.js";
import type { ModuleEntry } from "../../config/module-entry.js";
import { LigandError } from "../../errors/ligand-error.js";
import type { LogLevel } from "../../logging/create-logger.js";
import type { CodeProblems } from "../../modules/holding.js";
import type { ModuleInfo } from "../../modules/tokens.js";
import type { ServiceName } from "../../services/services.js";
import type { RequestType } from "../wire/json-rpc.js";
import {
  DescribeEntries,
  DescribeModules,
  LoadModules,
  OfferServices,
  SetLogLevel,
  StartModule,
  StopModule,
  type DescribedMethod,
  type DescribedModules,
  type FoundInProcess,
  type ModuleDescription,
  type WireRead,
} from "../wire/process-protocol.js";
import type { HomeserverInfo, Wire, WireProblem } from "../wire/protocol.js";
import { isLoss } from "./link.js";
import type { ProcessLink } from "./module-process.js";
import type { ProcessNames } from "./process-names.js";

/**
 * How much later the answer to a step may come. The process says by itself which module took too long, but first has to
 * start, which on a busy machine takes many seconds.
 */
const ANSWER_MS = 30_000;

/** What the start of modules in a process needs. */
export interface ProcessStartOptions {
  readonly names: ProcessNames;
  readonly entries: readonly ModuleEntry[];
  /** What their code may not have when the process is replaced. */
  readonly laterProblems?: CodeProblems | undefined;
  /** How long each step may take, in milliseconds. */
  readonly startTimeoutMs: number;
  /** The current connection. @throws {LigandError} `LIGAND_REMOTE_LOST` while there is none. */
  readonly link: () => ProcessLink;
  /** The log level of a module's own. */
  readonly levelOf: (id: string) => LogLevel | undefined;
}

/** What the modules of a process are given. */
export interface OfferedToProcess {
  /** Null where the homeserver has no `Server`, or no module injects it. */
  readonly homeserver: HomeserverInfo | null;
  readonly services: Pick<Container, "get">;
  /** The services that they inject and that the homeserver has. */
  readonly lent: readonly ServiceName[];
  readonly settings: Wire;
  /** Notes what the callback that's running asked in the process, where that's recorded. */
  readonly noteReads?: ((reads: readonly WireRead[]) => void) | undefined;
}

/** The steps in which the modules of a process start. They are noted, to be the same in a process that takes its place. */
export class ProcessStart {
  #infos: readonly (ModuleInfo | null)[] = [];
  #descriptions: readonly (ModuleDescription | null)[] = [];
  #offered: OfferedToProcess | undefined;
  /** The ids of the modules that run, in the order of their start. */
  readonly #started = new Set<string>();

  constructor(private readonly options: ProcessStartOptions) {}

  /** By the place of the entry; null for one whose module wasn't found. */
  get infos(): readonly (ModuleInfo | null)[] {
    return this.#infos;
  }

  /** By the place of the entry. */
  get descriptions(): readonly (ModuleDescription | null)[] {
    return this.#descriptions;
  }

  get offered(): OfferedToProcess | undefined {
    return this.#offered;
  }

  get started(): ReadonlySet<string> {
    return this.#started;
  }

  /** Whether all modules run that were described. */
  get isComplete(): boolean {
    return this.#started.size === this.#descriptions.filter((description) => description !== null).length;
  }

  /** Has the modules imported. */
  load(): Promise<readonly FoundInProcess[]> {
    return this.#ask(LoadModules, {});
  }

  /** Has the configs of modules validated. @param infos by the place of the entry; null for one that wasn't found */
  async describe(infos: readonly (ModuleInfo | null)[]): Promise<DescribedModules> {
    this.#infos = infos;
    const described = await this.#ask(DescribeModules, { infos });
    this.#descriptions = described.descriptions;
    return described;
  }

  /** What may stand in the entries of the modules, by the place of the entry; null for one that wasn't found. */
  describeEntries(): Promise<readonly (JsonSchema | null)[]> {
    return this.#ask(DescribeEntries, {});
  }

  /** Gives the modules what they inject. @returns what is missing, by the id of the module */
  offer(offered: OfferedToProcess): Promise<readonly { readonly id: string; readonly problem: WireProblem }[]> {
    this.#offered = offered;
    return this.#bind(offered);
  }

  /** Constructs a module. @returns its methods, as they are now */
  async start(module: string): Promise<readonly DescribedMethod[]> {
    const methods = await this.#construct(module);
    this.#started.add(module);
    return methods;
  }

  /** Has a module that runs log from its level on. A process that takes the place of this one reads it as it starts. */
  setLevel(module: string): void {
    const { link, levelOf } = this.options;
    try {
      link().peer.notify(SetLogLevel, { module, level: levelOf(module) ?? null });
    } catch (error) {
      if (!isLoss(error)) throw error;
    }
  }

  /** @returns whether the module has stopped in time */
  async stop(module: string, timeoutMs: number): Promise<boolean> {
    this.#started.delete(module);
    // Half of the time is for the module, the other half for running calls.
    const { stopped } = await this.#ask(StopModule, { module, timeoutMs: timeoutMs / 2 }, timeoutMs);
    return stopped;
  }

  /** All steps, in a process that has taken the place of the one before. */
  async again(): Promise<void> {
    await this.#assertHeld();
    await this.load();
    const { descriptions } = await this.#ask(DescribeModules, { infos: this.#infos });
    // Callbacks are called by their place.
    if (JSON.stringify(descriptions) !== JSON.stringify(this.#descriptions)) {
      throw new LigandError("LIGAND_START_FAILED", "the code of the modules has changed since they were started", {
        remedy: "Restart the homeserver, or reload its configuration.",
      });
    }
    await this.#bind(this.#offered!);
    for (const id of this.#started) await this.#construct(id);
  }

  /** The host has checked its first import against the lock. */
  async #assertHeld(): Promise<void> {
    const { entries, laterProblems } = this.options;
    const problems = (await Promise.all(entries.map(async (entry) => (await laterProblems?.(entry)) ?? []))).flat();
    if (problems.length === 0) return;
    const { code, remedy } = problems[0]!;
    throw new LigandError(code, problems.map(({ message }) => message).join("; "), { remedy });
  }

  #bind({ homeserver, lent, settings, noteReads }: OfferedToProcess) {
    return this.#ask(OfferServices, { homeserver, lent, settings, notesReads: noteReads !== undefined });
  }

  #construct(module: string): Promise<readonly DescribedMethod[]> {
    const { startTimeoutMs: timeoutMs, levelOf } = this.options;
    return this.#ask(StartModule, { module, timeoutMs, level: levelOf(module) ?? null });
  }

  #ask<Params, Answer>(
    type: RequestType<Params, Answer>,
    params: Params,
    timeoutMs = this.options.startTimeoutMs + ANSWER_MS,
  ): Promise<Answer> {
    const { link, names } = this.options;
    return link().peer.ask(type, params, names.modules, { timeoutMs });
  }
}
