/** What a homeserver answered. */
export interface Answer {
  readonly status: number;
  readonly body: any;
  readonly headers: Headers;
}

/** Asks a homeserver as a client would, without hiding what it answers. */
export class MatrixClient {
  constructor(
    readonly url: string,
    readonly userId?: string,
    private readonly accessToken?: string,
  ) {}

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.accessToken !== undefined && { authorization: `Bearer ${this.accessToken}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
      redirect: "manual",
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : parse(text) };
  }

  /** The body of an answer that must be 200. */
  async get(path: string): Promise<any> {
    return success(path, await this.ask("GET", path));
  }

  async put(path: string, body: unknown): Promise<any> {
    return success(path, await this.ask("PUT", path, body));
  }

  async post(path: string, body: unknown = {}): Promise<any> {
    return success(path, await this.ask("POST", path, body));
  }

  /** A new account. */
  async register(username: string, password = "secret"): Promise<MatrixClient> {
    const auth = { type: "m.login.dummy" };
    const { user_id, access_token } = await this.post("/_matrix/client/v3/register", { username, password, auth });
    return new MatrixClient(this.url, user_id, access_token);
  }

  async createRoom(config: object = {}): Promise<string> {
    return (await this.post("/_matrix/client/v3/createRoom", config)).room_id;
  }

  sendMessage(roomId: string, body: string): Promise<Answer> {
    return this.sendEvent(roomId, "m.room.message", { msgtype: "m.text", body });
  }

  #transactions = 0;
  sendEvent(roomId: string, type: string, content: object): Promise<Answer> {
    const transaction = `t${Date.now()}.${this.#transactions++}`;
    return this.ask(
      "PUT",
      `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/${type}/${transaction}`,
      content,
    );
  }

  sendState(roomId: string, type: string, content: object, stateKey = ""): Promise<Answer> {
    return this.ask("PUT", `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/${type}/${stateKey}`, content);
  }
}

function success(path: string, { status, body }: Answer): unknown {
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not all of a homeserver is JSON.
    return text;
  }
}
