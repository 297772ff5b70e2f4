import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import type { Logger } from "winston";
import { LigandError } from "../../errors/ligand-error.js";
import { ISOLATED_PROCESS } from "../../package.js";
import type { ServiceLookup } from "../../services/bind-service.js";
import { ChannelConnection } from "../wire/connection.js";
import { Peer } from "../wire/peer.js";
import { PeerHandles } from "../wire/peer-handles.js";
import { MarksFile } from "../wire/process-marks.js";
import type { ModuleProcessSettings } from "../wire/process-protocol.js";
import { BlockedWatch } from "./blocked-watch.js";
import type { ModuleLevels } from "./module-levels.js";
import type { NumberedCalls } from "./numbered-calls.js";
import { orphanGuard } from "./orphan-guard.js";
import type { ProcessNames } from "./process-names.js";
import { relayLog } from "./relay-log.js";
import { serveServices } from "./serve-services.js";

/** Options of a process of modules. */
export interface ModuleProcessOptions {
  readonly names: ProcessNames;
  readonly logger: Logger;
  readonly nodeArgs: readonly string[];
  /** Its environment; that of this process by default. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What the process receives when it starts. */
  readonly settings: ModuleProcessSettings;
  /** The services that it may use. */
  readonly services: Pick<ServiceLookup, "find">;
  readonly calls: NumberedCalls;
  /** Writes what it logs. */
  readonly levels: Pick<ModuleLevels, "write">;
  readonly stopTimeoutMs: number;
  readonly blockedLimitMs: number;
  /** The most resident memory, in bytes. */
  readonly memoryBytes?: number | undefined;
}

/** A connection to a process of modules. */
export interface ProcessLink {
  readonly peer: Peer;
  readonly handles: PeerHandles;
}

/** How long to wait for the process's last output, if something else holds its output open. */
const LAST_OUTPUT_MS = 1000;

/** How many descriptors it takes to start a process, and the shell that guards it. */
const DESCRIPTORS = 12;

/** What V8 writes before it aborts a process that needs more than `--max-old-space-size`. */
const HEAP_FULL = "JavaScript heap out of memory";

/**
 * A process that runs modules, from start to end. It's watched meanwhile, and ends with this one. It leads a process
 * group: processes that its modules start, and that would hold its output open, end with it.
 */
export class ModuleProcess {
  /** The connection, until it's lost. */
  link: ProcessLink | undefined;
  /** Resolves once it has exited, with how: `SIGKILL`, `code 1`, `SIGABRT, because its heap was full`. */
  readonly ended: Promise<string>;
  /** The last lines that it wrote besides its log. */
  readonly written: readonly string[];
  readonly #options: ModuleProcessOptions;
  readonly #child: ChildProcess;
  readonly #marks: MarksFile;
  #watch: BlockedWatch | undefined;
  #killedBecause: string | undefined;

  constructor(options: ModuleProcessOptions) {
    this.#options = options;
    const { names, logger, nodeArgs, env, settings } = options;
    const program = programOfProcess();
    assertDescriptors(program, names.process);
    this.#marks = new MarksFile();
    const child = fork(program, {
      execArgv: [...nodeArgs],
      ...(env && { env: { ...env } }),
      detached: true,
      serialization: "advanced",
      // What modules print isn't part of the log.
      stdio: ["ignore", "inherit", "pipe", "pipe", "ipc", this.#marks.fd],
    });
    this.#child = child;
    child.on("error", (error) => logger.error(`${names.process}: ${error.message}`));
    // Another thread was faster.
    if (!child.stderr) {
      this.#marks.close();
      throw withoutDescriptors(names.process);
    }
    const { pid, stderr } = child;
    if (pid !== undefined) {
      orphanGuard.add(pid, (error) =>
        logger.warn(`If ${names.process} is blocked, it would outlive this one: ${error.message}`),
      );
      child.once("exit", () => {
        this.#killGroup();
        orphanGuard.release(pid);
        setTimeout(() => stderr.destroy(), LAST_OUTPUT_MS).unref();
      });
    }
    this.written = relayLog(stderr, logger, names.modules, (entry) => {
      // Which process shuts down isn't said by a line that's about none of its modules.
      options.levels.write(entry.module === undefined ? { ...entry, process: names.process } : entry);
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#watch?.stop();
        this.#marks.close();
        this.link = undefined;
        const isHeapFull = signal === "SIGABRT" && this.written.some((line) => line.includes(HEAP_FULL));
        resolve(isHeapFull ? "SIGABRT, because its heap was full" : (signal ?? `code ${code}`));
      });
    });
    // If the message can't be delivered, the process will be seen to have exited.
    child.send(settings, () => undefined);
    this.#connect();
  }

  #connect(): void {
    const { overChannel } = this.#options.settings;
    const peer = new Peer(overChannel ? new ChannelConnection(this.#child) : (this.#child.stdio[3] as Socket));
    const handles = new PeerHandles(peer);
    serveServices(peer, handles, this.#options.services, this.#options.calls);
    peer.listen();
    this.link = { peer, handles };
    void peer.closed.then((error) => {
      this.link = undefined;
      // Without its connection it's useless, whatever it does.
      if (error instanceof LigandError) this.kill(error.message);
      else this.#killGroup();
    });
  }

  /** From now on it's killed when it's blocked, or takes too much memory: until its modules run, they may block. */
  watch(): void {
    const { names, logger, blockedLimitMs, memoryBytes } = this.#options;
    this.#watch ??= new BlockedWatch({
      marks: this.#marks,
      isAwaited: (call) => this.link?.peer.awaits(call) ?? false,
      process: names.process,
      logger,
      limitMs: blockedLimitMs,
      memoryBytes,
      kill: (why) => this.kill(why),
    });
  }

  /** Why it was killed, if it was. */
  get killedBecause(): string | undefined {
    return this.#killedBecause;
  }

  /** Kills it now. */
  kill(why: string): void {
    if (this.#killedBecause !== undefined || !this.#runs) return;
    this.#killedBecause = why;
    const { names, logger } = this.#options;
    logger.error(`killing ${names.process}: ${why}`);
    this.#killGroup();
  }

  /** Lets it shut down, within its time. */
  async stop(): Promise<void> {
    if (!this.#runs) return;
    const { stopTimeoutMs } = this.#options;
    const killed = setTimeout(() => this.kill(`it didn't stop within ${stopTimeoutMs / 1000} s`), stopTimeoutMs);
    this.#child.kill("SIGTERM");
    await once(this.#child, "close");
    clearTimeout(killed);
  }

  #killGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nothing of it is left.
    }
  }

  get #runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}

/**
 * Node leaves pipes open that it has made for a process when it can't make the others.
 *
 * @param file any that can be read
 * @throws {LigandError} `LIGAND_START_FAILED` where fewer are left than a process takes
 */
function assertDescriptors(file: string, process: string): void {
  const held: number[] = [];
  try {
    while (held.length < DESCRIPTORS) held.push(openSync(file, "r"));
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EMFILE", "ENFILE"].includes(code)) throw withoutDescriptors(process, error);
  } finally {
    for (const fd of held) closeSync(fd);
  }
}

function withoutDescriptors(process: string, cause?: unknown): LigandError {
  return new LigandError("LIGAND_START_FAILED", `${process} can't be started: no more files can be opened`, {
    remedy: "Raise the limit of open files: `ulimit -n`, or `LimitNOFILE=` where systemd starts the homeserver.",
    ...(cause !== undefined && { cause }),
  });
}

function programOfProcess(): string {
  if (ISOLATED_PROCESS !== undefined) return ISOLATED_PROCESS;
  throw new LigandError("LIGAND_START_FAILED", "a process of modules needs a program that isn't part of a bundle", {
    remedy: "Leave `ligand` out of the bundle (esbuild: `--external:ligand`), and install it beside the bundle.",
  });
}
