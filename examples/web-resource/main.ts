import { bindService, Clock, startModules } from "ligand";
import { FakeClock } from "ligand/testing";

const DAY_MS = 24 * 60 * 60 * 1000;
const clock = new FakeClock(Date.UTC(2026, 2, 2, 8));
const host = await startModules({
  configFile: "examples/web-resource/homeserver.yaml",
  services: [bindService(Clock, clock)],
});

console.log("# Paths");
for (const { path, methods, module } of host.webPaths) console.log(`${path}: ${methods.join(", ")} by ${module.id}`);

/** What the homeserver's HTTP server does with every request before its own routes. */
async function ask(method: string, path: string, body?: string): Promise<void> {
  const request = new Request(`https://matrix.example.org${path}`, { method, ...(body !== undefined && { body }) });
  const response = await host.fetch(request);
  console.log(`\n# ${method} ${path}${body === undefined ? "" : ` ${body}`}`);
  if (!response) return console.log("no module serves this path; the homeserver goes on with its own routes");
  const location = response.headers.get("Location");
  console.log(`${response.status}${location === null ? "" : ` to ${location}`}\n${await response.text()}`.trimEnd());
}

await ask("POST", "/_synapse/client/guestbook", "name=Alice&text=What+a+%3Cb%3Enice%3C%2Fb%3E+server");
await ask("POST", "/_synapse/client/guestbook/entries", JSON.stringify({ name: "Bob", text: "I was here" }));
await ask("GET", "/_synapse/client/guestbook");
await ask("POST", "/_synapse/client/guestbook/entries", JSON.stringify({ name: "Bob" }));
await ask("POST", "/_synapse/client/guestbook/entries", "name=Bob");
await ask("DELETE", "/_synapse/client/guestbook/entries");
await clock.advance(8 * DAY_MS);
await ask("GET", "/_synapse/client/guestbook/entries");
await ask("GET", "/_matrix/client/versions");

await host.stop();
