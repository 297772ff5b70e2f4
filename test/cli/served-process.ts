import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { until } from "../until.js";

/** What runs `ligand serve`, after `node`. */
export const PROGRAM = ["dist/cli/main.js", "serve"];

/** A line of its log. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly [data: string]: unknown;
}

/** The real program, and what it writes. */
export class ServedProcess {
  readonly lines: Line[] = [];
  /** Its log and everything else that it wrote. */
  output = "";
  /** What it ended with, once all that it wrote is read: its exit code, or the signal. */
  readonly ended: Promise<string>;

  constructor(
    readonly child: ChildProcess,
    readonly address: string,
    onLine: (line: Line) => void = () => undefined,
  ) {
    this.ended = once(child, "close").then(([code, signal]) => String(signal ?? code));
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.output += `${line}\n`;
        // What modules write is no part of the log.
        if (!line.startsWith("{")) return;
        const read = JSON.parse(line) as Line;
        this.lines.push(read);
        onLine(read);
      });
    }
  }

  /** The first line of the log whose message matches. */
  async line(message: RegExp): Promise<Line> {
    await until(() => this.lines.some((line) => message.test(line.message)));
    return this.lines.find((line) => message.test(line.message))!;
  }
}

export interface ServeProcessOptions {
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** Called with each line of the log. */
  readonly onLine?: (line: Line) => void;
}

/** Starts `ligand serve`, and waits until it listens. */
export async function serveProcess(
  configFile: string,
  address: string,
  { args = [], nodeArgs = [], onLine }: ServeProcessOptions = {},
): Promise<ServedProcess> {
  const all = [...nodeArgs, ...PROGRAM, configFile, "--listen", address, "--log-format", "json", ...args];
  const child = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "pipe"] });
  const served = new ServedProcess(child, address, onLine);
  await until(() => served.output.includes(`listening on ${address}`));
  return served;
}
