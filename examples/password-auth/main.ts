import { createLogger, MatrixError, startModules, type AuthResult, type JsonObject } from "ligand";
import { homeserverBindings } from "ligand/homeserver";
import { createInMemoryHomeserver } from "ligand/testing";

const logger = createLogger();
const homeserver = createInMemoryHomeserver({ logger, server: { publicBaseUrl: "https://matrix.example.org/" } });
const { server, services } = homeserver;
const host = await startModules({
  configFile: "examples/password-auth/homeserver.yaml",
  services: homeserverBindings(homeserver),
  logger,
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

console.log("\n# Accounts that the module has created");
for (const userId of ["@alice:example.org", "@bob:example.org", "@nobody:example.org"] as const) {
  const threepids = await services.users.getThreepidsForUser(userId);
  const exists = (await services.users.checkUserExists(userId)) !== null;
  console.log(`${userId}: ${exists ? threepids.map(({ address }) => address).join(", ") : "no account"}`);
}

await onLoggedOut("@alice:example.org", "PHONE", "syt_…");
await host.stop();
