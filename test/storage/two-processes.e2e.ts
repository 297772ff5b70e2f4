import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { SERVER } from "./cluster.js";
import { POSTGRESQL } from "./lasting-kinds.js";

const MAIN = "build/examples/homeserver/main.js";

/** Starts the homeserver as `npm start` does; gives its address. */
async function start(env: Record<string, string>): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /runs at (http:\S+[0-9])/.exec(line)?.[1];
    if (url !== undefined) return { child, url };
  }
  throw new RangeError("the homeserver ended before it ran");
}

async function request(method: string, address: string, token = "", body?: object): Promise<Record<string, never>> {
  const response = await fetch(address, {
    method,
    headers: { Authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, never>;
}

if (SERVER !== undefined) {
  describe("the example homeserver started twice", () => {
    it("the example homeserver started twice is one world: a sync at one process wakes when an event is sent at the other", async () => {
      const { place, remove } = await POSTGRESQL.create();
      const DATA_DIR = await mkdtemp(join(tmpdir(), "ligand-homeserver-"));
      const env = { DATABASE_URL: (place as { url: string }).url, PORT: "0", DATA_DIR };
      const both = [await start(env), await start(env)] as const;
      const [here, there] = both.map(({ url }) => `${url}/_matrix/client/v3`) as [string, string];

      const auth = { type: "m.login.dummy" };
      const registered = await request("POST", `${here}/register`, "", { username: "me", password: "se-cret-9", auth });
      const token: string = registered.access_token!;
      const { room_id: room } = await request("POST", `${here}/createRoom`, token, {});
      const { next_batch: since } = await request("GET", `${there}/sync`, token);
      const syncing = request("GET", `${there}/sync?timeout=50000&since=${encodeURIComponent(since!)}`, token);
      const path = `rooms/${encodeURIComponent(room!)}/send/m.room.message/1`;
      const sent = await request("PUT", `${here}/${path}`, token, { msgtype: "m.text", body: "hello" });
      const synced = (await syncing) as { rooms?: { join: Record<string, { timeline: { events: object[] } }> } };

      for (const { child } of both) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      await remove();
      await rm(DATA_DIR, { recursive: true });
      expect(synced.rooms?.join[room!]?.timeline.events).to.have.length(1);
      expect(synced.rooms?.join[room!]?.timeline.events[0]).to.include({
        event_id: sent.event_id,
        type: "m.room.message",
      });
    });
  });
}
