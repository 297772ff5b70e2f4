import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { MatrixAuth, MatrixError, type MatrixClient } from "matrix-bot-sdk";

/** What users noticed in some time. */
export interface Noticed {
  readonly sent: number;
  /** How many of them the homeserver had to be asked again for, because it couldn't be reached. */
  readonly again: number;
  /** How often each refusal was seen. */
  readonly refused: ReadonlyMap<string, number>;
  readonly slowestMs: number;
}

const PAUSE_MS = 50;

/** After which time a client asks again, and how often it does. */
const AGAIN_MS = 250;
const MOST_TRIES = 240;

/** A user, with a real client, who never stops sending to some rooms. */
export class Traffic {
  readonly rooms: string[] = [];
  #client!: MatrixClient;
  #sent = 0;
  #again = 0;
  #slowestMs = 0;
  #refused = new Map<string, number>();
  #isStopping = false;
  #loop: Promise<void> | undefined;

  async start(url: string, roomCount: number): Promise<void> {
    this.#client = await new MatrixAuth(url).passwordRegister(`user-${Date.now()}`, "secret");
    for (let index = 0; index < roomCount; index++) this.rooms.push(await this.#client.createRoom());
    this.#loop = this.#send();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#loop;
  }

  /** Sends a message. @returns "passes", or what the homeserver answered */
  async say(body: string, room = this.rooms[0]!): Promise<string> {
    const began = performance.now();
    try {
      await this.#put(room, body);
      return "passes";
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      const refusal = `refused with ${error.statusCode} ${error.errcode}: ${error.error}`;
      this.#refused.set(refusal, (this.#refused.get(refusal) ?? 0) + 1);
      return refusal;
    } finally {
      this.#sent++;
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - began);
    }
  }

  /** What users noticed since it was last asked. */
  noticed(): Noticed {
    const noticed = {
      sent: this.#sent,
      again: this.#again,
      refused: this.#refused,
      slowestMs: Math.round(this.#slowestMs),
    };
    [this.#sent, this.#again, this.#slowestMs, this.#refused] = [0, 0, 0, new Map()];
    return noticed;
  }

  /** Asks until there's an answer, as clients do: the transaction makes one message of it. */
  async #put(room: string, body: string): Promise<void> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${randomUUID()}`;
    for (let tries = 1; ; tries++) {
      try {
        await this.#client.doRequest("PUT", path, null, { msgtype: "m.text", body });
        return;
      } catch (error) {
        if (tries === MOST_TRIES || (error instanceof MatrixError && error.statusCode !== 503)) throw error;
        if (tries === 1) this.#again++;
        await setTimeout(AGAIN_MS);
      }
    }
  }

  async #send(): Promise<void> {
    for (let count = 0; !this.#isStopping; count++) {
      await this.say(`message ${count}`, this.rooms[count % this.rooms.length]);
      await setTimeout(PAUSE_MS);
    }
  }
}
