import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LigandServe, type Entry } from "./ligand-serve.js";
import { MatrixClient } from "./matrix-client.js";
import { RunningSynapse } from "./running-synapse.js";

/** A Synapse, the modules beside it, and a place for what they write down. */
export class BridgedSynapse {
  readonly serve: LigandServe;
  readonly recordFile: string;
  synapse!: RunningSynapse;

  private constructor(readonly directory: string) {
    this.serve = new LigandServe(directory);
    this.recordFile = join(directory, "record.jsonl");
  }

  static async create(): Promise<BridgedSynapse> {
    return new BridgedSynapse(await mkdtemp(join(tmpdir(), "ligand-synapse-")));
  }

  /** An entry of a module of these tests that writes down what it is asked. */
  recording(module: string): Entry {
    return { module, config: { file: this.recordFile } };
  }

  async start(modules: readonly Entry[], bridge: object = {}, settings: object = {}): Promise<void> {
    await this.serve.start(modules);
    await this.startSynapse(bridge, settings);
  }

  async startSynapse(bridge: object = {}, settings: object = {}, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const config = { socket: `unix:${this.serve.socket}`, ...bridge };
    this.synapse = await RunningSynapse.start({
      directory: this.directory,
      modules: [{ module: "ligand_synapse.LigandModules", config }],
      settings,
      env,
    });
  }

  get client(): MatrixClient {
    return new MatrixClient(this.synapse.url);
  }

  /** What modules wrote down of a hook: the arguments of each call. */
  async recorded(hook: string): Promise<unknown[][]> {
    const lines = (await readFile(this.recordFile, "utf8").catch(() => "")).split("\n").filter(Boolean);
    return lines
      .map((line) => JSON.parse(line) as [string, ...unknown[]])
      .flatMap(([name, ...args]) => (name === hook ? [args] : []));
  }

  /** Waits until a hook was asked so that `matches`; Synapse tells of some things after it has answered. */
  async untilRecorded(hook: string, matches: (args: unknown[]) => boolean = () => true): Promise<unknown[]> {
    for (const deadline = Date.now() + 60_000; ; await setTimeout(20)) {
      const found = (await this.recorded(hook)).find(matches);
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`${hook} was not asked`);
    }
  }

  async stop(): Promise<void> {
    await this.synapse?.stop();
    await this.serve.stop();
    await rm(this.directory, { recursive: true });
  }
}

/** A file of modules of these tests. */
export function modulesOf(file: string): string {
  return join(import.meta.dirname, `${file}.js`);
}
