import { Client } from "undici";
import { MatrixClient, roomPath } from "../../test/synapse/matrix-client.js";

/** What became of a message that was sent. */
export interface Sent {
  readonly startedAt: number;
  readonly tookMs: number;
  readonly status: number;
}

/** Sends messages to a room over one connection, one after the other. */
export class Sender {
  static #last = 0;
  #transactions = 0;

  private constructor(
    private readonly number: number,
    private readonly client: Client,
    private readonly path: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** Sends as a user of its own to a room of its own. */
  static async create(url: string): Promise<Sender> {
    const account = await new MatrixClient(url).register(`sender${Sender.#last + 1}`);
    return Sender.in(account, await account.createRoom());
  }

  static in({ url, accessToken }: MatrixClient, room: string): Sender {
    const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
    return new Sender(++Sender.#last, new Client(url), `${roomPath(room)}/send/m.room.message`, headers);
  }

  async send(body = "ham"): Promise<Sent> {
    const startedAt = performance.now();
    const answer = await this.client.request({
      method: "PUT",
      path: `${this.path}/${this.number}.${++this.#transactions}`,
      headers: this.headers,
      body: JSON.stringify({ msgtype: "m.text", body }),
    });
    await answer.body.dump();
    return { startedAt, tookMs: performance.now() - startedAt, status: answer.statusCode };
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
