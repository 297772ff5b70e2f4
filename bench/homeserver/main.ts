// Throughput of sending messages to the example homeserver, in memory, with 0, 1 and 10 modules: `npm run bench:homeserver`.
// Counted in the time of the processor, which other programs on the machine take little from. It includes the client's part,
// which is in the same process.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import { createLogger, Module, NOT_SPAM, SpamChecker, ThirdPartyRules, type RoomEvent } from "#src/index.js";
import { createInMemoryStorage } from "#src/homeserver.js";
import { startHomeserver } from "#examples/homeserver/start-homeserver.js";
import { machine } from "../machine.js";

const COUNTS = [0, 1, 10] as const;
const ROUNDS = 6;
const REQUESTS = 2_000;

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

/** Requests per second of the processor. */
async function measure(count: number): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), "ligand-bench-"));
  const running = await startHomeserver({
    modules: Array.from({ length: count }, (_, index) => ({ module: Looks, id: `looks-${index}` })),
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
  const before = process.cpuUsage();
  const result = await autocannon({
    url,
    amount: REQUESTS,
    connections: 10,
    idReplacement: true,
    requests: [
      {
        method: "PUT",
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/[<id>]`,
        headers: { authorization: `Bearer ${accessToken}` },
        body: JSON.stringify({ msgtype: "m.text", body: "hello" }),
      },
    ],
  });
  const { user, system } = process.cpuUsage(before);
  await running.stop();
  await rm(dataDir, { recursive: true });
  if (result["2xx"] !== REQUESTS) throw new RangeError(`${result["2xx"]} of ${REQUESTS} messages were accepted`);
  return REQUESTS / ((user + system) / 1e6);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

for (const count of [...COUNTS, ...COUNTS]) await measure(count); // Warms up.
const rates = new Map<number, number[]>(COUNTS.map((count) => [count, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  // Turn and turn about, so that none always comes first.
  for (const count of round % 2 === 0 ? COUNTS : COUNTS.toReversed()) rates.get(count)!.push(await measure(count));
}
const base = median(rates.get(0)!);
console.log(JSON.stringify(machine()));
console.log("modules | ratio to none");
for (const [count, measured] of rates) console.log(`${count} | ${(median(measured) / base).toFixed(2)}`);
