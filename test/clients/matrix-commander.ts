import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Deed } from "./client.js";
import { EventClient, type ClientEvent } from "./event-client.js";

/** matrix-commander, from a command line: a process for each command, and one that listens. */
export class MatrixCommander extends EventClient {
  #folder = "";
  #listening: ChildProcess | undefined;
  /** It expects a server name in the id of a room, which rooms of version 12 don't have; so it's given aliases. */
  readonly #aliases = new Map<string, string>();

  constructor(
    userId: string,
    private readonly program: string,
    private readonly url: string,
  ) {
    super("matrix-commander", userId);
  }

  async logIn(password: string): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "matrix-commander-"));
    const account = ["--user-login", this.userId, "--password", password, "--device", "commander"];
    await this.#run("--login", "password", "--homeserver", this.url, ...account, "--room-default", "!none:example.org");
    this.#listen();
  }

  async createRoom(name: string, invited: readonly string[]): Promise<string> {
    const room = await this.#run("--room-create", "commander", "--plain", "--name", name, "--output", "json");
    const { room_id: roomId, alias_full: alias } = JSON.parse(room) as { room_id: string; alias_full: string };
    this.#aliases.set(roomId, alias);
    await this.#run("--room-invite", alias, "--user", ...invited);
    return roomId;
  }

  override async act(roomId: string, deed: Deed): Promise<void> {
    if (deed.does === "says") {
      await this.#run("--room", this.#aliasOf(roomId), "--message", deed.body);
    } else if (deed.does === "shares") {
      const file = join(this.#folder, deed.name);
      await writeFile(file, deed.content);
      await this.#run("--room", this.#aliasOf(roomId), "--file", file);
    } else {
      await super.act(roomId, deed);
    }
  }

  override async hears(roomId: string, sender: string, deed: Deed): Promise<void> {
    // Its user sees messages alone.
    if (deed.does !== "reacts") await super.hears(roomId, sender, deed);
  }

  async stop(): Promise<void> {
    const listening = this.#listening;
    if (listening !== undefined && listening.exitCode === null) {
      const ended = once(listening, "close");
      listening.kill("SIGKILL");
      await ended;
    }
    if (this.#folder !== "") await rm(this.#folder, { recursive: true });
  }

  protected async join(roomId: string): Promise<void> {
    await this.#request("POST", {}, `join/${encodeURIComponent(roomId)}`);
    const alias = `#commander-${this.#aliases.size}:example.org`;
    await this.#request("PUT", { room_id: roomId }, `directory/room/${encodeURIComponent(alias)}`);
    this.#aliases.set(roomId, alias);
  }

  protected async send(roomId: string, type: string, content: object): Promise<void> {
    const file = join(this.#folder, "event.json");
    await writeFile(file, JSON.stringify({ type, content }));
    await this.#run("--room", this.#aliasOf(roomId), "--event", file);
  }

  protected async upload(name: string, content: string): Promise<string> {
    const file = join(this.#folder, name);
    await writeFile(file, content);
    const [address = ""] = (await this.#run("--upload", file, "--plain")).split(/\s/);
    return address;
  }

  protected async download(address: string): Promise<Buffer> {
    const file = join(this.#folder, "downloaded");
    await this.#run("--download", address, "--file-name", file, "--plain");
    return readFile(file);
  }

  #aliasOf(roomId: string): string {
    return this.#aliases.get(roomId) ?? roomId;
  }

  async #request(method: string, body: object, path: string): Promise<void> {
    const url = `__homeserver__/_matrix/client/v3/${path}?access_token=__access_token__`;
    await this.#run("--rest", method, JSON.stringify(body), url);
  }

  #listen(): void {
    const args = ["--listen", "forever", "--listen-self", "--room-invites", "list", "--output", "json"];
    const command = [...this.#own(), ...args];
    this.#listening = spawn(this.program, command, {
      stdio: ["ignore", "pipe", "inherit"],
      env: this.#environment(),
    });
    createInterface({ input: this.#listening.stdout! }).on("line", (line) => {
      this.events.push(eventOf(line, this.userId));
    });
  }

  async #run(...args: readonly string[]): Promise<string> {
    const options = { env: this.#environment() };
    const running = promisify(execFile)(this.program, [...this.#own(), ...args], options);
    // From a pipe that is open it would read another message.
    running.child.stdin?.end();
    return (await running).stdout.trim();
  }

  /** It keeps files in the home directory of its user. */
  #environment(): NodeJS.ProcessEnv {
    return { ...process.env, HOME: this.#folder };
  }

  #own(): string[] {
    return ["--credentials", join(this.#folder, "credentials.json"), "--store", join(this.#folder, "store")];
  }
}

interface Line {
  readonly source?: Omit<ClientEvent, "room_id">;
  readonly room?: { readonly room_id: string };
  readonly room_id?: string;
  readonly membership?: string;
}

/** A line is what nio knows of an event, with the event itself in it; of an invite it has less. */
function eventOf(line: string, userId: string): ClientEvent {
  const { source, room, room_id = room?.room_id ?? "", membership } = JSON.parse(line) as Line;
  return source
    ? { ...source, room_id }
    : { type: "m.room.member", room_id, state_key: userId, content: { membership } };
}
