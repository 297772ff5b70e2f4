import { createDecipheriv } from "node:crypto";
import { waitFor, type Client, type Deed } from "./client.js";

/** An event as a client hands it to the program that uses it. */
export interface ClientEvent {
  readonly room_id: string;
  readonly event_id?: string;
  readonly type: string;
  readonly sender?: string;
  readonly state_key?: string;
  readonly content: Readonly<Record<string, unknown>>;
}

interface Relation {
  readonly rel_type?: string;
  readonly event_id?: string;
  readonly key?: string;
  readonly "m.in_reply_to"?: { readonly event_id?: string };
}

interface EncryptedFile {
  readonly url: string;
  readonly key: { readonly k: string };
  readonly iv: string;
}

/** A client whose users are programs: it hands them events. */
export abstract class EventClient implements Client {
  protected readonly events: ClientEvent[] = [];

  constructor(
    readonly name: string,
    readonly userId: string,
  ) {}

  abstract logIn(password: string): Promise<void>;
  abstract createRoom(name: string, invited: readonly string[]): Promise<string>;
  abstract stop(): Promise<void>;
  protected abstract join(roomId: string): Promise<void>;
  protected abstract send(roomId: string, type: string, content: object): Promise<void>;
  /** @returns the address of the file. */
  protected abstract upload(name: string, content: string): Promise<string>;
  protected abstract download(address: string): Promise<Buffer>;

  async acceptInvite(roomId: string): Promise<void> {
    await this.#event(`an invite to ${roomId}`, (event) => {
      const isInvite = event.type === "m.room.member" && event.content.membership === "invite";
      return isInvite && event.room_id === roomId && event.state_key === this.userId;
    });
    await this.join(roomId);
  }

  async act(roomId: string, deed: Deed): Promise<void> {
    if (deed.does === "says") {
      return this.send(roomId, "m.room.message", { msgtype: "m.text", body: deed.body });
    }
    if (deed.does === "shares") {
      const { name: body, content } = deed;
      const url = await this.upload(body, content);
      const info = { mimetype: "text/plain", size: content.length };
      return this.send(roomId, "m.room.message", { msgtype: "m.file", body, url, info });
    }
    const event_id = await this.#idOf(roomId, deed.to);
    if (deed.does === "reacts") {
      return this.send(roomId, "m.reaction", {
        "m.relates_to": { rel_type: "m.annotation", event_id, key: deed.key },
      });
    }
    return this.send(roomId, "m.room.message", {
      msgtype: "m.text",
      body: deed.body,
      "m.relates_to": {
        rel_type: "m.thread",
        event_id,
        is_falling_back: true,
        "m.in_reply_to": { event_id },
      },
    });
  }

  async hears(roomId: string, sender: string, deed: Deed): Promise<void> {
    const about = "to" in deed ? await this.#idOf(roomId, deed.to) : undefined;
    const found = await this.#event(`${sender} ${JSON.stringify(deed)}`, (event) => {
      if (event.room_id !== roomId || event.sender !== sender) return false;
      const { content } = event;
      const relation = (content["m.relates_to"] ?? {}) as Relation;
      if (deed.does === "says") return content.msgtype === "m.text" && content.body === deed.body;
      if (deed.does === "shares") return content.msgtype === "m.file" && content.body === deed.name;
      if (deed.does === "reacts") return relation.event_id === about && relation.key === deed.key;
      // Where a client knows no threads, it replies to the message; older ones quote it, too.
      const isReply = relation.rel_type === "m.thread" || relation["m.in_reply_to"]?.event_id === about;
      return isReply && String(content.body).endsWith(deed.body);
    });
    if (deed.does === "shares") {
      const content = await this.#contentOf(found);
      if (content !== deed.content) throw new Error(`${this.name} downloaded ${JSON.stringify(content)}`);
    }
  }

  async #contentOf({ content }: ClientEvent): Promise<string> {
    // matrix-commander encrypts each file, also where nothing else is encrypted.
    const file = content.file as EncryptedFile | undefined;
    const bytes = await this.download(file?.url ?? String(content.url));
    if (file === undefined) return bytes.toString();
    const [key, iv] = [Buffer.from(file.key.k, "base64url"), Buffer.from(file.iv, "base64")];
    const decipher = createDecipheriv("aes-256-ctr", key, iv);
    return Buffer.concat([decipher.update(bytes), decipher.final()]).toString();
  }

  async #idOf(roomId: string, body: string): Promise<string> {
    const event = await this.#event(`the message ${body}`, (one) => {
      const isThis = one.content.body === body || String(one.content.body).endsWith(`\n${body}`);
      return one.room_id === roomId && one.type === "m.room.message" && isThis;
    });
    return String(event.event_id);
  }

  #event(what: string, isIt: (event: ClientEvent) => boolean): Promise<ClientEvent> {
    return waitFor(
      `${this.name} receives ${what}`,
      () => this.events.find(isIt),
      () => this.events.map((event) => JSON.stringify(event)).join("\n") || "no events",
    );
  }
}
