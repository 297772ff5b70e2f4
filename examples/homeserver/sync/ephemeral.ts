import type { EventId, RoomId, UserId } from "ligand";
import type { Homeserver, ReceiptRow, TypingRow } from "ligand/homeserver";

/** An event that is in no timeline. */
export interface EphemeralEvent {
  readonly type: "m.receipt" | "m.typing";
  readonly content: object;
}

type ReceiptKey = Pick<ReceiptRow, "roomId" | "userId" | "type" | "threadId">;

/** Who types, and how far users have read. (Specification, "Typing notifications" and "Receipts".) */
export class Ephemeral {
  constructor(private readonly homeserver: Pick<Homeserver, "storage" | "clock" | "store">) {}

  /** A receipt never goes back to an earlier event. */
  async markRead(key: ReceiptKey, eventId: EventId): Promise<void> {
    const { storage, clock, store } = this.homeserver;
    const placeOf = async (id: EventId) => (await store.find(id))?.internalMetadata.streamOrdering ?? 0;
    const place = await placeOf(eventId);
    const old = await storage.receipts.get(key);
    if (old && (await placeOf(old.eventId)) >= place) return;
    await storage.transact(async (inner) => {
      await inner.receipts.put({ ...key, eventId, ts: clock.nowMs(), stream: await inner.next("receipts") });
    });
  }

  /** @param timeoutMs after which the user counts as no longer typing; 0 for a user who has stopped. */
  async setTyping(roomId: RoomId, userId: UserId, timeoutMs: number): Promise<void> {
    const untilTs = timeoutMs === 0 ? 0 : this.homeserver.clock.nowMs() + timeoutMs;
    await this.#putTyping({ roomId, userId, untilTs });
  }

  /** A user whose time is over stops typing. @returns all users who type or have typed. */
  async typing(): Promise<readonly TypingRow[]> {
    const { storage, clock } = this.homeserver;
    for (const row of await storage.typing.find({}, { untilTs: 0 })) {
      if (row.untilTs <= clock.nowMs()) await this.#putTyping({ ...row, untilTs: 0 });
    }
    return storage.typing.find();
  }

  /** How long it takes until the next one who types stops, unless something happens before. */
  async nextTypingEndMs(): Promise<number> {
    const { storage, clock } = this.homeserver;
    const rows = await storage.typing.find({}, { untilTs: 0 });
    return Math.min(...rows.map(({ untilTs }) => Math.max(1, untilTs - clock.nowMs())));
  }

  async #putTyping(row: Omit<TypingRow, "stream">): Promise<void> {
    await this.homeserver.storage.transact(async (inner) => {
      await inner.typing.put({ ...row, stream: await inner.next("typing") });
    });
  }
}

/** What the receipts of a room say to one of its users; nothing where there are none. */
export function receiptEvents(rows: readonly Readonly<ReceiptRow>[], userId: UserId): EphemeralEvent[] {
  const content: Record<EventId, Record<string, Record<UserId, object>>> = {};
  for (const row of rows) {
    if (row.type === "m.read.private" && row.userId !== userId) continue;
    const thread = row.threadId !== "" && { thread_id: row.threadId };
    ((content[row.eventId] ??= {})[row.type] ??= {})[row.userId] = { ts: row.ts, ...thread };
  }
  return Object.keys(content).length === 0 ? [] : [{ type: "m.receipt", content }];
}

/** Who types in a room; nothing where that has not changed. */
export function typingEvents(rows: readonly Readonly<TypingRow>[], since: number): EphemeralEvent[] {
  if (!rows.some(({ stream }) => stream > since)) return [];
  const typing = rows.filter(({ untilTs }) => untilTs > 0).map(({ userId }) => userId);
  return since === 0 && typing.length === 0 ? [] : [{ type: "m.typing", content: { user_ids: typing } }];
}
