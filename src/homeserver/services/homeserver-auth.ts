import type { DeviceId, UserId } from "../../matrix/identifiers.js";
import type { Requester } from "../../matrix/records.js";
import { Auth, type LoginTokenOptions, type Session, type SsoLogin } from "../../services/auth.js";
import { respondWithHtml } from "../../web/respond-with-html.js";
import type { Homeserver } from "../homeserver.js";
import { randomId } from "../random-id.js";

const LOGIN_TOKEN_MS = 120_000;

/** {@link Auth} of a {@link Homeserver}. */
export class HomeserverAuth extends Auth {
  constructor(private readonly homeserver: Homeserver) {
    super();
  }

  async createLoginToken(userId: UserId, options: LoginTokenOptions = {}): Promise<string> {
    const { durationMs = LOGIN_TOKEN_MS, authProviderId = null } = options;
    const token = randomId("login");
    const validUntilMs = this.homeserver.clock.nowMs() + durationMs;
    await this.homeserver.storage.loginTokens.put({ token, userId, validUntilMs, authProviderId });
    return token;
  }

  async completeSsoLogin(
    registeredUserId: UserId,
    _request: Request,
    clientRedirectUrl: string,
    { authProviderId = "<unknown>" }: SsoLogin = {},
  ): Promise<Response> {
    const user = await this.homeserver.storage.users.get({ userId: registeredUserId });
    if (user?.isDeactivated) return respondWithHtml(403, "<h1>This account is deactivated</h1>");
    const loginToken = await this.createLoginToken(registeredUserId, { authProviderId });
    await this.homeserver.hooks.accountValidity.onUserLogin(registeredUserId, "m.login.sso", authProviderId);
    const location = new URL(clientRedirectUrl);
    location.searchParams.set("loginToken", loginToken);
    return new Response(null, { status: 302, headers: { Location: location.href } });
  }

  protected findSession(accessToken: string, request?: Request): Promise<Session | null> {
    return this.homeserver.sessions.find(accessToken, request);
  }

  protected isUserExpired(userId: UserId): Promise<boolean> {
    return this.homeserver.sessions.isUserExpired(userId);
  }

  protected async recordConnection(requester: Requester, request: Request): Promise<void> {
    const { storage, clock } = this.homeserver;
    const { accessTokenId, userId } = requester;
    if (accessTokenId === null) return;
    await storage.connections.put({
      token: String(accessTokenId),
      // A request does not say where it came from; a proxy in front of the server does.
      ip: request.headers.get("x-forwarded-for") ?? "127.0.0.1",
      userId,
      userAgent: request.headers.get("user-agent") ?? "",
      lastSeen: clock.nowMs(),
    });
  }

  protected deleteDevice(userId: UserId, deviceId: DeviceId): Promise<void> {
    return this.homeserver.sessions.deleteDevices(userId, [deviceId]);
  }

  protected deleteAccessToken(accessToken: string): Promise<void> {
    return this.homeserver.sessions.deleteToken(accessToken);
  }
}
