import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Health } from "ligand";

const MAIN = "build/examples/homeserver/main.js";

/** What a process of the example homeserver is started with. */
export interface HomeserverProcessOptions {
  readonly configFile: string;
  readonly modulesFile: string;
  /** For its data and for the configuration that ran last. */
  readonly folder: string;
  /** Called with each line of its log. */
  readonly onLine: (line: string) => void;
}

/** The example homeserver as `npm start` runs it, in a process of its own. */
export class HomeserverProcess {
  #child!: ChildProcess;
  #url: string | undefined;
  readonly #waiting = new Set<(line: string) => void>();

  private constructor(private readonly options: HomeserverProcessOptions) {}

  static async start(options: HomeserverProcessOptions): Promise<HomeserverProcess> {
    const homeserver = new HomeserverProcess(options);
    await homeserver.#start();
    return homeserver;
  }

  get url(): string {
    return this.#url!;
  }

  /** Has it reload, and waits until that has ended, whatever it came to. */
  async reload(): Promise<void> {
    const ended = this.#line(/ (Reloaded the configuration|Reload refused)/);
    this.#child.kill("SIGHUP");
    await ended;
  }

  async health(): Promise<Health> {
    const response = await fetch(`${this.url}/health`);
    return (await response.json()) as Health;
  }

  /** Ends the process and starts another one at the same address. @returns how that's doing */
  async reboot(): Promise<string> {
    await this.stop();
    await this.#start();
    return `GET /health says ${(await this.health()).state}`;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }

  async #start(): Promise<void> {
    const { configFile, modulesFile, folder } = this.options;
    const { DATABASE_URL: _, ...env } = process.env;
    const port = this.#url === undefined ? "0" : new URL(this.#url).port;
    const ofServer = { CONFIG_FILE: configFile, MODULES_FILE: modulesFile, DATA_DIR: join(folder, "data"), PORT: port };
    this.#child = spawn(process.execPath, [MAIN], {
      env: { ...env, ...ofServer, INSPECTOR: "tcp:127.0.0.1:0" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    createInterface({ input: this.#child.stderr! }).on("line", (line) => {
      this.options.onLine(line);
      for (const heard of this.#waiting) heard(line);
    });
    for await (const line of createInterface({ input: this.#child.stdout! })) {
      this.#url = / runs at (http:\S+)\. /.exec(line)?.[1];
      if (this.#url === undefined) continue;
      this.#child.stdout!.resume();
      return;
    }
    throw new Error("the homeserver ended before it ran");
  }

  /** Waits for a line of the log. */
  #line(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const heard = (line: string) => {
        if (!pattern.test(line)) return;
        this.#waiting.delete(heard);
        resolve();
      };
      this.#waiting.add(heard);
    });
  }
}
