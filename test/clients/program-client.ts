import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { EventClient, type ClientEvent } from "./event-client.js";

type Line =
  | { readonly event: ClientEvent }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A client library in a process of its own, which is asked by lines of JSON; `lines.py` and `lines.ts` are the other side. */
export class ProgramClient extends EventClient {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;
  #errors = "";

  constructor(name: string, userId: string, command: readonly string[], url: string) {
    super(name, userId);
    const [program, ...args] = [...command, url, userId];
    this.#process = spawn(program!, args, { stdio: ["pipe", "pipe", "pipe"] });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => this.#hear(JSON.parse(line) as Line));
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    this.#process.on("close", () => this.#failAll(new Error(`${name} has ended: ${this.#errors}`)));
    this.#process.on("error", (error) => this.#failAll(error));
  }

  async logIn(password: string): Promise<void> {
    await this.ask("log_in", password);
  }

  createRoom(name: string, invited: readonly string[]): Promise<string> {
    return this.ask("create_room", name, invited);
  }

  /** Calls any method of the library's client. */
  call<T = unknown>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.ask("call", method, ...args);
  }

  ask<T>(operation: string, ...args: readonly unknown[]): Promise<T> {
    this.#requests += 1;
    const id = this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        resolve: resolve as (result: unknown) => void,
        reject: (error) => reject(new Error(`${this.name} ${operation}: ${error.message}\n${this.#errors}`)),
      });
      this.#process.stdin!.write(`${JSON.stringify({ id, do: operation, with: args })}\n`);
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "close");
    this.#process.stdin!.end();
    const kill = setTimeout(() => this.#process.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(kill);
  }

  protected join(roomId: string): Promise<void> {
    return this.ask("join", roomId);
  }

  protected send(roomId: string, type: string, content: object): Promise<void> {
    return this.ask("send", roomId, type, content);
  }

  protected upload(name: string, content: string): Promise<string> {
    return this.ask("upload", name, content);
  }

  protected async download(address: string): Promise<Buffer> {
    return Buffer.from(await this.ask<string>("download", address), "base64");
  }

  #hear(line: Line): void {
    if ("event" in line) {
      this.events.push(line.event);
      return;
    }
    const waiting = this.#waiting.get(line.id);
    this.#waiting.delete(line.id);
    if ("error" in line) waiting?.reject(new Error(line.error));
    else waiting?.resolve(line.result);
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
