// Drives matrix-js-sdk: `node js-sdk-program.js URL USER_ID`, on Node 22 or newer.
import { createInterface } from "node:readline";
import { createClient, ClientEvent, type MatrixClient, type MatrixEvent } from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import type { ClientEvent as Heard } from "./event-client.js";

const [, , baseUrl = "", userId = ""] = process.argv;
// Standard output is for our lines.
(logger as unknown as { disableAll(): void }).disableAll();
for (const level of ["log", "info", "debug"] as const) console[level] = console.error;

let client: MatrixClient;

const operations: Record<string, (...args: never[]) => Promise<unknown>> = {
  async log_in(password: string) {
    const login = await createClient({ baseUrl, logger }).loginRequest({
      type: "m.login.password",
      identifier: { type: "m.id.user", user: userId },
      password,
    });
    client = createClient({
      baseUrl,
      userId,
      accessToken: login.access_token,
      deviceId: login.device_id,
      logger,
    });
    client.on(ClientEvent.Event, (event) => write({ event: toJson(event) }));
    const synced = new Promise((resolve) => client.once(ClientEvent.Sync, resolve));
    await client.startClient({ threadSupport: true, lazyLoadMembers: true });
    return [await synced];
  },
  async create_room(name: string, invite: string[]) {
    return (await client.createRoom({ name, invite })).room_id;
  },
  async join(roomId: string) {
    await client.joinRoom(roomId);
  },
  async send(roomId: string, type: string, content: { "m.relates_to"?: { rel_type: string; event_id: string } }) {
    const relation = content["m.relates_to"];
    const threadId = relation?.rel_type === "m.thread" ? relation.event_id : null;
    await client.sendEvent(roomId, threadId, type as never, content as never);
  },
  async upload(name: string, content: string) {
    const blob = new Blob([content], { type: "text/plain" });
    return (await client.uploadContent(blob, { name, type: "text/plain" })).content_uri;
  },
  async download(address: string) {
    const url = client.mxcUrlToHttp(address, undefined, undefined, undefined, true, true, true)!;
    const response = await fetch(url, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
    return Buffer.from(await response.arrayBuffer()).toString("base64");
  },
  async call(method: string, ...args: unknown[]) {
    const known = client as unknown as Record<string, (...given: unknown[]) => unknown>;
    return (await known[method]!(...args)) ?? null;
  },
};

function toJson(event: MatrixEvent): Heard {
  const { room_id, ...json } = event.getEffectiveEvent() as Heard;
  return { room_id: event.getRoomId() ?? room_id, ...json };
}

function write(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { id: number; do: string; with: never[] };
  try {
    write({ id: request.id, result: (await operations[request.do]!(...request.with)) ?? null });
  } catch (error) {
    write({ id: request.id, error: String(error instanceof Error ? error.stack : error) });
  }
}
process.exit();
