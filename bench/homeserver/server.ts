// The example homeserver in memory with a number of modules, in a process of its own: node server.js COUNT
// Sends its parent what a client needs to send messages, and answers each message of it with its processor time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, Module, NOT_SPAM, SpamChecker, ThirdPartyRules, type RoomEvent } from "#src/index.js";
import { createInMemoryStorage } from "#src/homeserver.js";
import { startHomeserver } from "#examples/homeserver/start-homeserver.js";
import { cpuMs } from "../cpu-time.js";

/** Looks at each message twice, as a module for spam would. */
@Module()
class Looks {
  @SpamChecker.checkEventForSpam()
  async check(event: RoomEvent) {
    return event.content.body === "spam" ? "M_FORBIDDEN" : NOT_SPAM;
  }

  @ThirdPartyRules.checkEventAllowed()
  async checkAllowed(): Promise<[boolean, null]> {
    return [true, null];
  }
}

/** Where messages can be sent. */
export interface Room {
  readonly url: string;
  readonly roomId: string;
  readonly accessToken: string;
}

const dataDir = await mkdtemp(join(tmpdir(), "ligand-bench-"));
const running = await startHomeserver({
  modules: Array.from({ length: Number(process.argv[2]) }, (_, index) => ({ module: Looks, id: `looks-${index}` })),
  server: { serverName: "bench.example" },
  storage: createInMemoryStorage(),
  logger: createLogger({ level: "error" }),
  dataDir,
  port: 0,
});
const { homeserver, url } = running;
const userId = await homeserver.accounts.create({ localpart: "alice" });
const { accessToken } = await homeserver.sessions.create(userId);
const { roomId } = await homeserver.services.rooms.createRoom(userId, {});

process.on("message", () => process.send!(cpuMs()));
process.once("disconnect", async () => {
  await running.stop();
  await rm(dataDir, { recursive: true });
});
process.send!({ url, roomId, accessToken } satisfies Room);
