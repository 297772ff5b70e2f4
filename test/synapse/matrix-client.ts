import { createHmac } from "node:crypto";
import { setTimeout } from "node:timers/promises";

/** By which administrators are registered: `registration_shared_secret` of homeserver.yaml. */
export const SHARED_SECRET = "for tests";

/** A body as these tests look into one. */
export type Body = Record<string, unknown>;

/** What a homeserver answered. */
export interface Answer {
  readonly status: number;
  /** JSON read, or text. */
  readonly body: unknown;
  readonly headers: Headers;
}

/** Asks a homeserver as a client would, without hiding what it answers. */
export class MatrixClient {
  #transactions = 0;

  constructor(
    readonly url: string,
    readonly userId = "",
    readonly accessToken?: string,
  ) {}

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const isBytes = body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.accessToken !== undefined && { authorization: `Bearer ${this.accessToken}` }),
        ...(body !== undefined && { "content-type": isBytes ? "application/octet-stream" : "application/json" }),
      },
      ...(body !== undefined && { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
      redirect: "manual",
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : parse(text) };
  }

  /** The body of an answer, which must be 200. */
  async get<T = Body>(path: string): Promise<T> {
    return success(path, await this.ask("GET", path)) as T;
  }

  async put<T = Body>(path: string, body: unknown): Promise<T> {
    return success(path, await this.ask("PUT", path, body)) as T;
  }

  async post<T = Body>(path: string, body: unknown = {}): Promise<T> {
    return success(path, await this.ask("POST", path, body)) as T;
  }

  tryToRegister(username: string, password = "secret"): Promise<Answer> {
    const auth = { type: "m.login.dummy" };
    return this.ask("POST", "/_matrix/client/v3/register", { username, password, auth });
  }

  /** The same account, asked through another process of the homeserver. */
  through(url: string): MatrixClient {
    return new MatrixClient(url, this.userId, this.accessToken);
  }

  /** An account of the same homeserver whose access token is known. */
  of(userId: string, accessToken: string): MatrixClient {
    return new MatrixClient(this.url, userId, accessToken);
  }

  /** A new account. */
  async register(username: string, password = "secret"): Promise<MatrixClient> {
    return this.#loggedIn(success("register", await this.tryToRegister(username, password)));
  }

  /** A new account of an administrator, of a Synapse of these tests. */
  async registerAdmin(username: string, password = "secret"): Promise<MatrixClient> {
    const path = "/_synapse/admin/v1/register";
    const { nonce } = await this.get<{ nonce: string }>(path);
    const parts = [nonce, username, password, "admin"];
    const mac = createHmac("sha1", SHARED_SECRET).update(parts.join("\0")).digest("hex");
    return this.#loggedIn(await this.post(path, { nonce, username, password, admin: true, mac }));
  }

  tryToLogin(user: string, type: string, fields: object): Promise<Answer> {
    const identifier = { type: "m.id.user", user };
    return this.ask("POST", "/_matrix/client/v3/login", { type, identifier, ...fields });
  }

  /** Has the user's pushes go to a gateway. */
  setPusher(url: string): Promise<unknown> {
    return this.post("/_matrix/client/v3/pushers/set", {
      kind: "http",
      app_id: "app",
      pushkey: "key",
      app_display_name: "App",
      device_display_name: "Phone",
      lang: "en",
      data: { url },
    });
  }

  async createRoom(config: object = {}): Promise<string> {
    return (await this.post<{ room_id: string }>("/_matrix/client/v3/createRoom", config)).room_id;
  }

  sendMessage(roomId: string, body: string): Promise<Answer> {
    return this.sendEvent(roomId, "m.room.message", { msgtype: "m.text", body });
  }

  sendEvent(roomId: string, type: string, content: object): Promise<Answer> {
    const transaction = `t${Date.now()}.${this.#transactions++}`;
    return this.ask("PUT", `${roomPath(roomId)}/send/${type}/${transaction}`, content);
  }

  sendState(roomId: string, type: string, content: object, stateKey = ""): Promise<Answer> {
    return this.ask("PUT", `${roomPath(roomId)}/state/${type}/${stateKey}`, content);
  }

  async readEvent(roomId: string, eventId: string): Promise<Body> {
    return this.get(`${roomPath(roomId)}/event/${encodeURIComponent(eventId)}`);
  }

  #loggedIn(body: unknown): MatrixClient {
    const { user_id, access_token } = body as { user_id: string; access_token: string };
    return this.of(user_id, access_token);
  }
}

export function roomPath(roomId: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
}

/** Status and body of an answer, to compare. */
export function seen({ status, body }: Answer): Pick<Answer, "status" | "body"> {
  return { status, body };
}

/** Asks again until the answer has a status. */
export async function untilStatus(status: number, ask: () => Promise<Answer>): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await setTimeout(50)) {
    const answer = await ask();
    if (answer.status === status) return;
    if (Date.now() > deadline) throw new Error(`${answer.status} still: ${JSON.stringify(answer.body)}`);
  }
}

function success(path: string, { status, body }: Answer): unknown {
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not all of a homeserver is JSON.
    return text;
  }
}
