// Drives the homeserver with two real clients: `npm run demo`, or `npm run demo -- --url http://127.0.0.1:8008` for one that
// runs. What modules decide is printed where it happens; a server that runs already prints it in its own log.
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createLogger, Denial, type Observation } from "ligand";
import { MatrixAuth } from "matrix-bot-sdk";
import { createClient, SyncState } from "matrix-js-sdk";
import { readServer } from "../../replay/read-server.js";
import { quietClients } from "./quiet-clients.js";
import { startHomeserver } from "../start-homeserver.js";
import { openStorage } from "../storage/open-storage.js";

const { values } = parseArgs({ options: { url: { type: "string" } } });
quietClients();

const own = values.url === undefined ? await startOwn() : undefined;
const url = values.url ?? own!.url;
try {
  await drive();
} finally {
  await own?.stop();
}
// The clients keep timers that nothing ends.
process.exit();

async function drive(): Promise<void> {
  say(`A bot (matrix-bot-sdk) registers at ${url}.`);
  const bot = await new MatrixAuth(url).passwordRegister(`bot-${randomInt(1e9)}`, "secret");
  const botId = await bot.getUserId();
  const received: string[] = [];
  bot.on("room.message", (_room: string, { sender, content }: { sender: string; content: { body: string } }) => {
    if (sender !== botId) received.push(content.body);
  });
  await bot.start();

  say("Alice (matrix-js-sdk) logs in with the password that a file of the module FileUsers has.");
  const login = {
    identifier: { type: "m.id.user", user: "alice" },
    password: "correct horse battery staple",
    type: "m.login.password",
  };
  const stranger = createClient({ baseUrl: url });
  const { user_id: userId, access_token: accessToken, device_id: deviceId } = await stranger.loginRequest(login);
  const alice = createClient({ baseUrl: url, userId, accessToken, deviceId });
  await alice.startClient({ initialSyncLimit: 20 });
  await until("alice has synced", () => alice.getSyncState() === SyncState.Prepared || alice.isInitialSyncComplete());

  say("She opens a direct chat with the bot, which a module lets in.");
  const { room_id: room } = await alice.createRoom({ is_direct: true, invite: [botId] });
  await until("the bot is in the room", () => alice.getRoom(room)?.getMember(botId)?.membership === "join");

  say("She writes what a module changes.");
  await alice.sendTextMessage(room, "Well, darn it");
  await until("the bot received it", () => received.length > 0);
  say(`The bot received ${JSON.stringify(received)}.`);

  say("The bot writes what a module refuses.");
  const refusal = await bot.sendText(room, "Double your bitcoin!").catch((error: unknown) => error);
  say(`The homeserver answered ${JSON.stringify((refusal as { body?: unknown }).body)}.`);

  say("The bot sends a file, and Alice looks at it.");
  const mxc = await bot.uploadContent(Buffer.from("a file"), "text/plain", "file.txt");
  const address = alice.mxcUrlToHttp(mxc, undefined, undefined, undefined, false, true, true)!;
  const file = await fetch(address, { headers: { Authorization: `Bearer ${accessToken}` } });
  say(`It says ${JSON.stringify(await file.text())}.`);

  say("The bot says that it is away.");
  await bot.setPresenceStatus("unavailable", "maintenance");
  await until("Alice has seen it", () => alice.getUser(botId)?.presenceStatusMsg === "maintenance");

  say("A visitor without an account reads the guestbook that a module serves.");
  const page = await fetch(`${url}/_synapse/client/guestbook`);
  say(`${page.status} ${page.headers.get("content-type")}`);

  alice.stopClient();
  bot.stop();
}

/** A homeserver in a temporary folder. */
async function startOwn(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "ligand-demo-"));
  const configFile = "examples/homeserver/homeserver.yaml";
  const storage = await openStorage({ folder: join(folder, "storage") });
  const running = await startHomeserver({
    configFile,
    storage,
    dataDir: folder,
    port: 0,
    server: await readServer(configFile),
    logger: createLogger({ level: "error" }),
    observer: printDecision,
  });
  const stop = async () => {
    await running.stop();
    await storage.close();
    await rm(folder, { recursive: true });
  };
  return { url: running.url, stop };
}

/** What ended a dispatch: not each callback that was content. */
function printDecision({ hook, module, decided, answer, error }: Observation): void {
  if (decided || error !== undefined) console.log(`    ${module} decides ${hook}: ${outcomeOf(answer, error)}`);
}

function outcomeOf(answer: unknown, error: unknown): string {
  if (error !== undefined) return String(error);
  if (answer instanceof Denial) return `denied, ${answer.code}, ${answer.error ?? ""}`;
  // Of an event that replaces another, what it says.
  const [allowed, replacement] = Array.isArray(answer) ? (answer as [unknown, { content?: object } | null]) : [];
  return JSON.stringify(replacement?.content ? [allowed, replacement.content] : answer) ?? "";
}

function say(text: string): void {
  console.log(text);
}

async function until(what: string, isSo: () => boolean | undefined): Promise<void> {
  const end = Date.now() + 15_000;
  while (!isSo()) {
    if (Date.now() > end) throw new RangeError(`It did not come about in 15 s that ${what}`);
    await setTimeout(50);
  }
}
