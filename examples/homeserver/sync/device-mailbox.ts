import type { DeviceId, RoomEvent, UserId } from "ligand";
import type { Homeserver } from "ligand/homeserver";
import type { Position } from "./position.js";

const MOST_MESSAGES = 100;

/** What a sync says to a device about encryption. (Specification, "End-to-End Encryption".) */
export interface DeviceNews {
  readonly to_device: { readonly events: readonly object[] };
  readonly device_lists: { readonly changed: readonly UserId[]; readonly left: readonly UserId[] };
  readonly device_one_time_keys_count: Readonly<Record<string, number>>;
  readonly device_unused_fallback_key_types: readonly string[];
}

/** Encryption is the clients' own affair: the homeserver hands over keys and messages, and says whose devices changed. */
export class DeviceMailbox {
  constructor(private readonly homeserver: Pick<Homeserver, "storage" | "store">) {}

  /** @param members the user's memberships, by which it is known with whom the user shares a room. */
  async read(
    userId: UserId,
    deviceId: DeviceId | null,
    members: readonly RoomEvent[],
    since: Position,
  ): Promise<{ readonly news: DeviceNews; readonly devices: number; readonly toDevice: number }> {
    const { storage } = this.homeserver;
    const { users, devices } = await this.changedSince(since.devices, userId, members);
    const waiting = deviceId === null ? [] : await storage.toDevice.find({ userId, deviceId });
    // Who asks for what comes after these has them.
    for (const message of waiting) if (message.stream <= since.toDevice) await storage.toDevice.delete(message);
    const messages = waiting.filter(({ stream }) => stream > since.toDevice).slice(0, MOST_MESSAGES);
    const keys = deviceId === null ? undefined : await storage.deviceKeys.get({ userId, deviceId });
    return {
      news: {
        to_device: { events: messages.map(({ type, sender, content }) => ({ type, sender, content })) },
        device_lists: { changed: users, left: [] },
        device_one_time_keys_count: countKeys(keys?.oneTimeKeys),
        device_unused_fallback_key_types: Object.keys(keys?.fallbackKeys ?? {}).map((name) => name.split(":")[0]!),
      },
      devices,
      toDevice: Math.max(since.toDevice, ...messages.map(({ stream }) => stream)),
    };
  }

  /** The users whose devices have changed, of those who share a room with one, and the place after these changes. */
  async changedSince(
    since: number,
    userId: UserId,
    members: readonly RoomEvent[],
  ): Promise<{ readonly users: UserId[]; readonly devices: number }> {
    const changes = await this.homeserver.storage.deviceChanges.find({}, { stream: since });
    const shared = changes.length === 0 ? new Set<UserId>() : await this.#sharingWith(userId, members);
    return {
      users: changes.flatMap((row) => (shared.has(row.userId) ? [row.userId] : [])),
      devices: Math.max(since, ...changes.map(({ stream }) => stream)),
    };
  }

  async #sharingWith(userId: UserId, members: readonly RoomEvent[]): Promise<Set<UserId>> {
    const users = new Set([userId]);
    for (const { roomId, membership } of members) {
      if (membership !== "join") continue;
      const inRoom = (await this.homeserver.store.state(roomId)).ofType("m.room.member");
      for (const [other, event] of inRoom) if (event.membership === "join") users.add(other as UserId);
    }
    return users;
  }
}

/** How many keys there are of each algorithm. */
export function countKeys(oneTimeKeys: object = {}): Record<string, number> {
  const counts: Record<string, number> = { signed_curve25519: 0 };
  for (const name of Object.keys(oneTimeKeys)) {
    const [algorithm = ""] = name.split(":");
    counts[algorithm] = (counts[algorithm] ?? 0) + 1;
  }
  return counts;
}
