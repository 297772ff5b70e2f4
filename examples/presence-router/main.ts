import { startModules, type PresenceState, type UserId, type UserPresenceState } from "ligand";

const host = await startModules({ configFile: "examples/presence-router/homeserver.yaml" });
const { getUsersForStates, getInterestedUsers } = host.hooks.presenceRouter;

function presence(userId: UserId, state: PresenceState, statusMsg: string | null = null): UserPresenceState {
  const ts = Date.UTC(2026, 2, 2, 8);
  return {
    userId,
    state,
    statusMsg,
    lastActiveTs: ts,
    lastFederationUpdateTs: ts,
    lastUserSyncTs: ts,
    currentlyActive: state === "online",
  };
}

console.log("# Presence changed: who receives it?");
const changes = [
  presence("@alice:example.org", "online", "at the fair"),
  presence("@carol:partner.example", "unavailable"),
  presence("@dave:example.org", "online"),
];
for (const [receiver, states] of await getUsersForStates(changes)) {
  console.log(receiver, "receives", [...states].map(({ userId, state }) => `${userId} (${state})`).join(", "));
}

console.log("\n# A user reads presence: whose?");
for (const reader of [
  "@alice:example.org",
  "@bob:example.org",
  "@dave:example.org",
  "@status-board:example.org",
] as const) {
  const seen = await getInterestedUsers(reader);
  console.log(reader, "sees", seen === "ALL" ? "everyone" : [...seen].join(", ") || "no one beyond shared rooms");
}

await host.stop();
