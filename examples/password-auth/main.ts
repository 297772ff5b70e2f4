import { join } from "node:path";
import {
  bindService,
  ConfiguredServer,
  MatrixError,
  Server,
  startModules,
  type AuthResult,
  type JsonObject,
} from "ligand";

const server = new ConfiguredServer({ serverName: "example.org", publicBaseUrl: "https://matrix.example.org/" });
const host = await startModules({
  configFile: join(import.meta.dirname, "homeserver.yaml"),
  services: [bindService(Server, server)],
});
const { loginTypes, checkAuth, check3pidAuth, onLoggedOut } = host.hooks.passwordAuth;

console.log("# What GET /login offers");
for (const { type, fields } of loginTypes) console.log(`${type} with ${fields.join(" and ")}`);

/** What a homeserver does with the answer: it creates device and token, and lets the module see the response. */
async function finish(result: AuthResult | undefined): Promise<string> {
  if (!result) return "no module knows this login; the homeserver tries its own passwords";
  const [userId, onLogin] = result;
  const response = { user_id: userId, access_token: "syt_…", home_server: server.serverName, device_id: "PHONE" };
  await onLogin?.(response);
  return JSON.stringify(response);
}

async function login(user: string, type: string, fields: JsonObject): Promise<void> {
  const shown = Object.keys(fields).join(", ");
  try {
    console.log(`${user}, ${type} (${shown})\n  ${await finish(await checkAuth(user, type, fields))}`);
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    console.log(`${user}, ${type} (${shown})\n  ${error.status} ${JSON.stringify(error.body())}`);
  }
}

console.log("\n# POST /login");
await login("alice", "m.login.password", { password: "correct horse battery staple" });
await login("@alice:example.org", "m.login.password", { password: "correct horse battery staple" });
await login("alice", "m.login.password", { password: "wrong" });
await login("nobody", "m.login.password", { password: "wrong" });
await login("@alice:elsewhere.example", "m.login.password", { password: "correct horse battery staple" });
await login("alice", "m.login.password", {});
await login("alice", "org.example.login.app_password", { app: "calendar", password: "tulip-otter-seven" });
await login("alice", "org.example.login.app_password", { app: "backup", password: "tulip-otter-seven" });

console.log("\n# POST /login by e-mail address");
console.log("bob@example.org:", await finish(await check3pidAuth("email", "bob@example.org", "hunter2")));
console.log("eve@example.org:", await finish(await check3pidAuth("email", "eve@example.org", "hunter2")));

await onLoggedOut("@alice:example.org", "PHONE", "syt_…");
await host.stop();
