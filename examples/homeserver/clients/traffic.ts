import { setTimeout } from "node:timers/promises";
import { MatrixAuth, MatrixError, type MatrixClient } from "matrix-bot-sdk";

/** What users noticed in some time. */
export interface Noticed {
  readonly sent: number;
  /** How often each refusal was seen. */
  readonly refused: ReadonlyMap<string, number>;
  readonly slowestMs: number;
}

const PAUSE_MS = 50;

/** A user, with a real client, who never stops sending to some rooms. */
export class Traffic {
  readonly rooms: string[] = [];
  #client!: MatrixClient;
  #sent = 0;
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
      await this.#client.sendText(room, body);
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
    const noticed = { sent: this.#sent, refused: this.#refused, slowestMs: Math.round(this.#slowestMs) };
    [this.#sent, this.#slowestMs, this.#refused] = [0, 0, new Map()];
    return noticed;
  }

  async #send(): Promise<void> {
    for (let count = 0; !this.#isStopping; count++) {
      await this.say(`message ${count}`, this.rooms[count % this.rooms.length]);
      await setTimeout(PAUSE_MS);
    }
  }
}
