import type { LoginCallback, LoginResponse, Server, UserId } from "ligand";

/**
 * Does what a homeserver does after a login that a module let pass: makes the response, and hands it to the module's
 * success callback. Gives the response. Any other result comes back as it is.
 */
export async function finishLogin(result: unknown, server: Server): Promise<unknown> {
  if (!isLogin(result)) return result;
  const [userId, onLogin] = result;
  const response: LoginResponse = {
    user_id: userId,
    access_token: "(secret)",
    home_server: server.serverName,
    device_id: "REPLAY",
  };
  await onLogin?.(response);
  return response;
}

function isLogin(result: unknown): result is [UserId, LoginCallback | null] {
  if (!Array.isArray(result) || result.length !== 2) return false;
  const [userId, onLogin] = result as unknown[];
  return typeof userId === "string" && userId.startsWith("@") && (onLogin === null || typeof onLogin === "function");
}
