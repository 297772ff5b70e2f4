import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { untilExit } from "./until-exit.js";

export const LIGAND = resolve("dist/cli/main.js");

/** An entry of `modules:`. */
export interface Entry {
  readonly module: string;
  readonly config?: object;
  readonly id?: string;
  readonly operate?: object;
}

/** A `ligand serve` with some modules, on a socket in a directory. */
export class LigandServe {
  readonly socket: string;
  readonly configFile: string;
  output = "";
  #process: ChildProcess | undefined;

  constructor(directory: string, name = "ligand") {
    this.socket = join(directory, `${name}.sock`);
    this.configFile = join(directory, `${name}.yaml`);
  }

  /** The command, for tests that run it themselves. */
  command(...options: string[]): string[] {
    return [process.execPath, LIGAND, "serve", this.configFile, "--listen", `unix:${this.socket}`, ...options];
  }

  async configure(modules: readonly Entry[]): Promise<void> {
    await writeFile(this.configFile, JSON.stringify({ modules }, null, 2));
  }

  async start(modules: readonly Entry[], ...options: string[]): Promise<void> {
    await this.configure(modules);
    const [program, ...args] = this.command(...options) as [string, ...string[]];
    const child = untilExit(spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] }));
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      const take = (data: Buffer) => {
        this.output += data.toString();
        if (this.output.includes("listening on")) resolve();
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.once("exit", (status) => reject(new Error(`ligand serve ended with status ${status}:\n${this.output}`)));
    });
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  /** Sends it a signal that it survives. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
    this.output = "";
  }
}
