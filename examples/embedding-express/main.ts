import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { bindService, ConfiguredServer, Server, startModules, Users, type JsonObject } from "ligand";
import { Accounts } from "./accounts.js";
import { createHomeserver } from "./homeserver.js";

const server = new ConfiguredServer({ serverName: "example.org" });
const accounts = new Accounts(server);
const tokens = new Map([
  ["alices-token", accounts.add("alice", { isAdmin: true })],
  ["bobs-token", accounts.add("bob")],
]);

const host = await startModules({
  configFile: "examples/embedding-express/homeserver.yaml",
  services: [bindService(Server, server), bindService(Users, accounts)],
});
const listening = createHomeserver(host, tokens).listen(0, "127.0.0.1");
await once(listening, "listening");

// A homeserver would now wait for clients. The example is its own client.
const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
let transactions = 0;

async function send(token: string, room: string, body: string): Promise<void> {
  transactions += 1;
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${transactions}`;
  await ask("PUT", path, { msgtype: "m.text", body }, token);
}

async function ask(method: string, path: string, content?: JsonObject, token?: string): Promise<void> {
  const response = await fetch(url + path, {
    method,
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    ...(content && { body: JSON.stringify(content) }),
  });
  console.log(`${method} ${path}${content ? ` ${JSON.stringify(content)}` : ""}${token ? `, ${token}` : ""}`);
  console.log(`  ${response.status} ${await response.text()}`);
}

await send("alices-token", "!announcements:example.org", "The canteen opens at noon, darn it");
await send("bobs-token", "!announcements:example.org", "What's for lunch?");
await send("bobs-token", "!lobby:example.org", "What's for lunch?");
await send("no-token", "!lobby:example.org", "Hello?");
await ask("GET", "/_synapse/client/announcements");
await ask("POST", "/_synapse/client/announcements", {});

listening.close();
await host.stop();
