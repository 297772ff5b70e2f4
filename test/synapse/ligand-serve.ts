import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { until } from "../until.js";
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
  readonly #outputFile: string;
  #process: ChildProcess | undefined;

  constructor(directory: string, name = "ligand") {
    this.socket = join(directory, `${name}.sock`);
    this.configFile = join(directory, `${name}.yaml`);
    this.#outputFile = join(directory, `${name}.log`);
  }

  /** What it has written since its start. It writes the file itself: what it logs before it answers is there with the answer. */
  get output(): string {
    return existsSync(this.#outputFile) ? readFileSync(this.#outputFile, "utf8") : "";
  }

  /** Waits until it has written a string. */
  printed(text: string): Promise<void> {
    return until(() => this.output.includes(text));
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
    await using output = await open(this.#outputFile, "w");
    const child = untilExit(spawn(program, args, { stdio: ["ignore", output.fd, output.fd] }));
    this.#process = child;
    while (!this.output.includes("listening on")) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`ligand serve ended with status ${child.exitCode ?? child.signalCode}:\n${this.output}`);
      }
      await setTimeout(20);
    }
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
  }
}
