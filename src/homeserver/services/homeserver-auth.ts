import type { Hooks } from "../../catalogue/index.js";
import type { DeviceId, UserId } from "../../matrix/identifiers.js";
import type { Requester } from "../../matrix/records.js";
import { Auth, type LoginTokenOptions, type Session, type SsoLogin } from "../../services/auth.js";
import type { Clock } from "../../services/clock.js";
import { respondWithHtml } from "../../web/respond-with-html.js";
import type { Sessions } from "../pipelines/sessions.js";
import { randomId } from "../random-id.js";
import type { Storage } from "../storage.js";

const LOGIN_TOKEN_MS = 120_000;

/** {@link Auth} of the homeserver. */
export class HomeserverAuth extends Auth {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "accountValidity">;
      readonly storage: Pick<Storage, "loginTokens" | "users" | "connections">;
      readonly clock: Clock;
      readonly sessions: Sessions;
    },
  ) {
    super();
  }

  async createLoginToken(userId: UserId, options: LoginTokenOptions = {}): Promise<string> {
    const { durationMs = LOGIN_TOKEN_MS, authProviderId = null } = options;
    const token = randomId("login");
    const validUntilMs = this.parts.clock.nowMs() + durationMs;
    await this.parts.storage.loginTokens.put({ token, userId, validUntilMs, authProviderId });
    return token;
  }

  async completeSsoLogin(
    registeredUserId: UserId,
    _request: Request,
    clientRedirectUrl: string,
    { authProviderId = "<unknown>" }: SsoLogin = {},
  ): Promise<Response> {
    const user = await this.parts.storage.users.get({ userId: registeredUserId });
    if (user?.isDeactivated) return respondWithHtml(403, "<h1>This account is deactivated</h1>");
    const loginToken = await this.createLoginToken(registeredUserId, { authProviderId });
    await this.parts.hooks.accountValidity.onUserLogin(registeredUserId, "m.login.sso", authProviderId);
    const location = new URL(clientRedirectUrl);
    location.searchParams.set("loginToken", loginToken);
    return new Response(null, { status: 302, headers: { Location: location.href } });
  }

  protected findSession(accessToken: string, request?: Request): Promise<Session | null> {
    return this.parts.sessions.find(accessToken, request);
  }

  protected isUserExpired(userId: UserId): Promise<boolean> {
    return this.parts.sessions.isUserExpired(userId);
  }

  protected async recordConnection(requester: Requester, request: Request): Promise<void> {
    const { storage, clock } = this.parts;
    const { accessTokenId, userId } = requester;
    if (accessTokenId === null) return;
    await storage.connections.put({
      token: String(accessTokenId),
      // A request doesn't say where it came from; a proxy in front of the server does.
      ip: request.headers.get("x-forwarded-for") ?? "127.0.0.1",
      userId,
      userAgent: request.headers.get("user-agent") ?? "",
      lastSeen: clock.nowMs(),
    });
  }

  protected deleteDevice(userId: UserId, deviceId: DeviceId): Promise<void> {
    return this.parts.sessions.deleteDevices(userId, [deviceId]);
  }

  protected deleteAccessToken(accessToken: string): Promise<void> {
    return this.parts.sessions.deleteToken(accessToken);
  }
}
