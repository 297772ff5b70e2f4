import type { UsernameRules } from "../../services/check-username.js";
import type { Server } from "../../services/server.js";
import type { Users } from "../../services/users.js";
import type { HomeserverSettings } from "../homeserver-settings.js";

/** Knows which user names are reserved, and which are taken. */
export function usernameRules({
  server,
  settings,
  users,
}: {
  readonly server: Server;
  readonly settings: Pick<HomeserverSettings, "appServices" | "serverNoticesUser">;
  readonly users: Users;
}): UsernameRules {
  const { appServices, serverNoticesUser } = settings;
  return {
    serverName: server.serverName,
    isReserved: async (userId) => userId === serverNoticesUser || appServices.some(({ owns }) => owns(userId)),
    isTaken: async (userId) => (await users.checkUserExists(userId)) !== null,
  };
}
