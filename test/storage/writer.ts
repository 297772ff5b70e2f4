// Writes to a storage until it is killed, and says on its standard output what it has written.
import { writeSync } from "node:fs";
import { openStorage, type StoragePlace } from "#examples/homeserver/storage/open-storage.js";
import type { RoomEventDict } from "#src/index.js";

const storage = await openStorage(JSON.parse(process.argv[2]!) as StoragePlace);
for (;;) {
  const number = await storage.transact(async (inner) => {
    const streamOrdering = await inner.next("events");
    const [roomId, eventId] = ["!r:x", `$${streamOrdering}`] as const;
    const dict = {
      event_id: eventId,
      content: { body: "x".repeat(streamOrdering % 5000) },
    } as unknown as RoomEventDict;
    await inner.events.put({ eventId, roomId, streamOrdering, dict, roomVersion: "11", internalMetadata: {} });
    await inner.state.put({ roomId, type: "last", stateKey: eventId, eventId });
    return streamOrdering;
  });
  await storage.devices.put({ userId: "@a:x", deviceId: String(number), displayName: null });
  writeSync(1, `${number}\n`);
}
