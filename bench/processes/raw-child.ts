import { Socket } from "node:net";
import type { RoomEventDict } from "ligand";
import { cpuMs } from "../cpu-time.js";
import { MOST_DEPTH, readRaw, writeRaw } from "./raw-protocol.js";

// Answers what its parent asks, over the socket that the parent left open, as one would write it by hand.
const socket = new Socket({ fd: 3, readable: true, writable: true });
const delayMs = Number(process.argv[2]);
const write = delayMs === 0 ? writeRaw : (to: Socket, message: unknown) => setTimeout(writeRaw, delayMs, to, message);
readRaw(socket, ({ id, event }: { id: number; event: Partial<RoomEventDict> }) => {
  const verdict = event.depth! > MOST_DEPTH ? "M_FORBIDDEN" : "NOT_SPAM";
  // An event without a type is the question what this process has cost until now.
  write(socket, { id, answer: event.type === undefined ? cpuMs() : verdict });
});
socket.on("end", () => process.exit(0));
