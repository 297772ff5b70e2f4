// A real Synapse with TypeScript modules beside it, from nothing: installs Synapse, starts it and `ligand serve` with
// modules of `examples/`, uses it as people would, and prints which module decided what.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LogLevel, LogService, MatrixAuth, MatrixClient } from "matrix-bot-sdk";
import { LigandServe } from "../../build/test/synapse/ligand-serve.js";
import { RunningSynapse } from "../../build/test/synapse/running-synapse.js";
import { makeVenv } from "./venv.mjs";

const ROOT = join(import.meta.dirname, "..", "..");
const EXAMPLES = join(ROOT, "build", "examples");
const SERVER_NAME = "synapse.test";

const MODULES = [
  {
    module: `${EXAMPLES}/spam-filter/spam-filter.js#SpamFilter`,
    config: {
      patterns: [{ regex: "double your (bitcoin|crypto|money)", reason: "No advertisements for investments here" }],
      disposable_email_domains: ["mailinator.example"],
      // The hash of the text "a banned picture".
      banned_files: ["6ab7a0d85e8e7f0e6bbf4cb0556e6338547794932d9102ceb8fb4337a20f16d5"],
    },
  },
  { module: `${EXAMPLES}/third-party-rules/censor.js#Censor`, config: { words: ["darn"], force_encryption: false } },
  {
    module: `${EXAMPLES}/presence-router/team-presence.js#TeamPresence`,
    config: { teams: [{ name: "sales", members: [`@alice:${SERVER_NAME}`, `@bob:${SERVER_NAME}`] }] },
  },
  {
    module: `${EXAMPLES}/password-auth/file-users.js#FileUsers`,
    config: { users_file: `${ROOT}/examples/password-auth/users.json` },
  },
  { module: `${EXAMPLES}/web-resource/guestbook.js#Guestbook`, config: { title: "Guestbook", keep_days: 7 } },
];

makeVenv();
LogService.setLevel(LogLevel.ERROR);
// What Synapse refuses is what this is about: it is printed below.
LogService.setLogger({ trace() {}, debug() {}, info() {}, warn() {}, error() {} });

const directory = await mkdtemp(join(tmpdir(), "ligand-demo-"));
const serve = new LigandServe(directory);
let synapse;
let shown = 0;

/** Does something, and prints what came of it and what the modules had to say. */
async function step(title, action) {
  let outcome;
  let result;
  try {
    result = await action();
    outcome = typeof result === "string" ? result : "done";
  } catch (error) {
    // An error of the client's library says what Synapse answered.
    if (error.body === undefined) throw error;
    const body = typeof error.body === "string" ? JSON.parse(error.body) : error.body;
    outcome = `refused with ${error.statusCode} ${body.errcode}: ${body.error}`;
  }
  console.log(`\n${title}\n  ${outcome}`);
  // Synapse tells of some things after it has answered.
  await setTimeout(300);
  const lines = serve.output.split("\n").slice(0, -1);
  const decisions = lines
    .slice(shown)
    .map((line) => JSON.parse(line))
    .filter(({ callback }) => callback !== undefined);
  shown = lines.length;
  const counts = new Map();
  for (const { message } of decisions) counts.set(message, (counts.get(message) ?? 0) + 1);
  for (const [message, count] of counts) console.log(`    ${message}${count > 1 ? ` (${count} ×)` : ""}`);
  return result;
}

try {
  await serve.start(MODULES, "--log-decisions", "--log-format", "json");
  synapse = await RunningSynapse.start({
    directory,
    modules: [{ module: "ligand_synapse.LigandModules", config: { socket: `unix:${serve.socket}` } }],
  });
  console.log(
    `Synapse runs at ${synapse.url} with the modules ${MODULES.map(({ module }) => module.split("#")[1]).join(", ")}.`,
  );
  const auth = new MatrixAuth(synapse.url);

  const carol = await step("Carol registers", () => auth.passwordRegister("carol", "a password of Synapse's own"));
  const alice = await step("Alice logs in by the password of a TypeScript module, which makes her account", () =>
    auth.passwordLogin("alice", "correct horse battery staple"),
  );
  const bob = await step("Bob logs in by e-mail address", async () => {
    const answer = await auth.createTemplateClient().doRequest("POST", "/_matrix/client/v3/login", null, {
      type: "m.login.password",
      identifier: { type: "m.id.thirdparty", medium: "email", address: "bob@example.org" },
      password: "hunter2",
    });
    return new MatrixClient(synapse.url, answer.access_token);
  });
  await step("Mallory tries Alice's account", () => auth.passwordLogin("alice", "letmein"));

  const room = await step("Alice creates a room", () => alice.createRoom({ name: "What the darn thing is for" }));
  await step("Alice invites Bob, who joins", async () => {
    await alice.inviteUser(await bob.getUserId(), room);
    await bob.joinRoom(room);
  });
  await step("Bob sends ham", () => bob.sendText(room, "How do you do?"));
  await step("Bob sends spam", () => bob.sendText(room, "Double your bitcoin with me!"));
  await step("Bob swears", async () => {
    const eventId = await bob.sendText(room, "Where is my darn key?");
    return `the room reads: ${(await bob.getEvent(room, eventId)).content.body}`;
  });
  await step("Bob goes online; Alice, of his team, sees it though she asks for presence alone", async () => {
    await bob.setPresenceStatus("online", "selling");
    const filter = encodeURIComponent(JSON.stringify({ room: { types: [] } }));
    const { presence } = await alice.doRequest("GET", `/_matrix/client/v3/sync?filter=${filter}`);
    const seen = presence.events.map(({ sender, content }) => `${sender} is ${content.presence}`);
    return seen.join(", ");
  });
  await step("Alice uploads a picture", () => alice.uploadContent(Buffer.from("a picture"), "image/png", "a.png"));
  await step("Alice uploads a banned picture", () =>
    alice.uploadContent(Buffer.from("a banned picture"), "image/png", "b.png"),
  );
  await step("Alice writes into the guest book, a web page of a module", async () => {
    const path = "/_synapse/client/guestbook/entries";
    await alice.doRequest("POST", path, null, { name: "Alice", text: "I was here" });
    return JSON.stringify(await alice.doRequest("GET", path));
  });
  await step("Carol deactivates her account", async () => {
    const identifier = { type: "m.id.user", user: "carol" };
    await carol.doRequest("POST", "/_matrix/client/v3/account/deactivate", null, {
      auth: { type: "m.login.password", identifier, password: "a password of Synapse's own" },
    });
  });
} finally {
  await synapse?.stop();
  await serve.stop();
  await rm(directory, { recursive: true });
}
