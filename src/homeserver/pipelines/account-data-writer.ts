import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import type { RoomId, UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import type { Storage } from "../storage.js";

/** Account data: global, and of one user in one room. @public */
export class AccountDataWriter {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "accountData">;
      readonly storage: Pick<Storage, "accountData" | "transact">;
    },
  ) {}

  async read(userId: UserId, roomId: RoomId | null, type: string): Promise<JsonObject | null> {
    const row = await this.parts.storage.accountData.get({ userId, roomId: roomId ?? "", type });
    return row?.content ?? null;
  }

  /** Stores data and notifies `onAccountDataUpdated`, whether or not it changed. */
  async write(
    userId: UserId,
    roomId: RoomId | null,
    type: string,
    content: JsonObject,
    context?: HookContext,
  ): Promise<void> {
    await this.#put(userId, roomId, type, content);
    await this.parts.hooks.accountData.onAccountDataUpdated(userId, roomId, type, content, context);
  }

  /** Removes data and notifies `onAccountDataUpdated` with `{}`, even if there was none. */
  async remove(userId: UserId, roomId: RoomId | null, type: string, context?: HookContext): Promise<void> {
    const { storage, hooks } = this.parts;
    await storage.accountData.delete({ userId, roomId: roomId ?? "", type });
    await hooks.accountData.onAccountDataUpdated(userId, roomId, type, {}, context);
  }

  /** `PUT …/tags/{tag}`. Modules aren't notified of tags. */
  async setTag(userId: UserId, roomId: RoomId, tag: string, content: JsonObject): Promise<void> {
    const old = (await this.read(userId, roomId, "m.tag")) ?? {};
    const tags = { ...(old.tags as JsonObject | undefined), [tag]: content };
    await this.#put(userId, roomId, "m.tag", { tags });
  }

  /** `DELETE …/tags/{tag}`. Modules aren't notified. */
  async removeTag(userId: UserId, roomId: RoomId, tag: string): Promise<void> {
    const old = (await this.read(userId, roomId, "m.tag")) ?? {};
    const { [tag]: _, ...tags } = (old.tags ?? {}) as JsonObject;
    await this.#put(userId, roomId, "m.tag", { tags });
  }

  /** Deletes all of a user's data. Modules aren't notified. */
  async purge(userId: UserId): Promise<void> {
    const { accountData } = this.parts.storage;
    for (const row of await accountData.find({ userId })) await accountData.delete(row);
  }

  /** In a transaction, so that a client that has read up to a place in the stream has missed nothing before it. */
  #put(userId: UserId, roomId: RoomId | null, type: string, content: JsonObject): Promise<void> {
    return this.parts.storage.transact(async (storage) => {
      const stream = await storage.next("accountData");
      await storage.accountData.put({ userId, roomId: roomId ?? "", type, content, stream });
    });
  }
}
