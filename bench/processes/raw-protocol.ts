import type { Socket } from "node:net";

/** Events that are deeper are spam. */
export const MOST_DEPTH = 1_000_000;

/** Writes a message as its length, in four bytes, and its JSON. */
export function writeRaw(socket: Socket, message: unknown): void {
  const json = JSON.stringify(message);
  const length = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32LE(length, 0);
  frame.write(json, 4);
  socket.write(frame);
}

/** Reads messages that {@link writeRaw} wrote. */
export function readRaw(socket: Socket, take: (message: never) => void): void {
  let received: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    let at = 0;
    while (received.length >= at + 4) {
      const end = at + 4 + received.readUInt32LE(at);
      if (received.length < end) break;
      take(JSON.parse(received.toString("utf8", at + 4, end)) as never);
      at = end;
    }
    received = received.subarray(at);
  });
}
