import { Codes } from "../matrix/codes.js";
import type { DeviceId, UserId } from "../matrix/identifiers.js";
import { InvalidCredentialsError, MatrixError } from "../matrix/matrix-error.js";
import { REQUESTER_PRIVACY } from "../matrix/privacy.js";
import type { Requester } from "../matrix/records.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** What an access token stands for. @public */
export interface Session {
  readonly requester: Requester;
  /** Whether an administrator has locked the account. */
  readonly isLocked: boolean;
  /** Whether the token has expired. */
  readonly isTokenExpired: boolean;
}

/** Which requests {@link Auth.getUserByReq} also accepts; neither kind by default. @public */
export interface AuthOptions {
  readonly allowGuest?: boolean;
  /** Whether to accept accounts that `isUserExpired` calls expired. */
  readonly allowExpired?: boolean;
}

/** What a login token carries. @public */
export interface LoginTokenOptions {
  /** Milliseconds; two minutes by default. */
  readonly durationMs?: number;
  readonly authProviderId?: string;
  readonly authProviderSessionId?: string;
}

/** Where a single sign-on ends; see {@link Auth.completeSsoLogin}. @public */
export interface SsoLogin {
  /** Whether the account was created just now. */
  readonly newUser?: boolean;
  /** `<unknown>` by default. */
  readonly authProviderId?: string;
}

/** Access tokens, login tokens and single sign-on. @public */
export abstract class Auth {
  static readonly declaration: ServiceDeclaration<Auth> = {
    runsIn: "homeserver",
    methods: {
      // It records the connection, and asks whether the account has expired.
      getUserByReq: { does: "acts", takes: ["secret", "public"], returns: REQUESTER_PRIVACY },
      invalidateAccessToken: { does: "acts", takes: ["secret"], returns: "nothing" },
      createLoginToken: { does: "acts", takes: ["personal"], returns: "secret" },
      completeSsoLogin: { does: "acts", takes: ["personal", "secret", "secret"], returns: "secret" },
    },
  };

  /**
   * Authenticates a request by the access token in its header or query; it knows application services, too. It records
   * the client's address and user agent. (`get_user_by_req`, 1.39.)
   *
   * @throws {InvalidCredentialsError} 401 `M_MISSING_TOKEN`, `M_UNKNOWN_TOKEN` or `M_USER_LOCKED`.
   * @throws {MatrixError} 403 `ORG_MATRIX_EXPIRED_ACCOUNT` or `M_GUEST_ACCESS_FORBIDDEN`.
   */
  async getUserByReq(
    request: Request,
    { allowGuest = false, allowExpired = false }: AuthOptions = {},
  ): Promise<Requester> {
    const { requester, isLocked } = await this.#session(accessTokenOf(request), request);
    if (isLocked) {
      throw new InvalidCredentialsError("The account is locked", Codes.USER_LOCKED, { softLogout: true });
    }
    // Application services decide for themselves whether their users' accounts expire.
    const mayExpire = !allowExpired && requester.appServiceId === null;
    if (mayExpire && (await this.isUserExpired(requester.userId))) {
      throw new MatrixError(403, "The account has expired", Codes.EXPIRED_ACCOUNT);
    }
    if (requester.isGuest && !allowGuest) {
      throw new MatrixError(403, "Guests may not do this", Codes.GUEST_ACCESS_FORBIDDEN);
    }
    await this.recordConnection(requester, request);
    return requester;
  }

  /**
   * Invalidates an access token: deletes its device, or the token alone if it has none. `onLoggedOut` is called either
   * way. (`invalidate_access_token`, 0.25.)
   *
   * @throws {InvalidCredentialsError} 401 `M_UNKNOWN_TOKEN` for an invalid token.
   */
  async invalidateAccessToken(accessToken: string): Promise<void> {
    const { requester } = await this.#session(accessToken);
    if (requester.deviceId === null) await this.deleteAccessToken(accessToken, requester);
    else await this.deleteDevice(requester.userId, requester.deviceId);
  }

  /** Creates a token with which a user can log in once, by `m.login.token`. (`create_login_token`, 1.69.) */
  abstract createLoginToken(userId: UserId, options?: LoginTokenOptions): Promise<string>;

  /**
   * The response that ends a single sign-on in the browser. Deactivated users get an HTML page with status 403. Otherwise
   * `onUserLogin` is called, and the browser goes on to `clientRedirectUrl` with a `loginToken`: immediately if the URL is
   * trusted, or else after a page that asks for confirmation. (`complete_sso_login_async`, 1.13.)
   */
  abstract completeSsoLogin(
    registeredUserId: UserId,
    request: Request,
    clientRedirectUrl: string,
    options?: SsoLogin,
  ): Promise<Response>;

  /** What a token stands for, or null for an unknown token. `request` is absent when no request is involved. */
  protected abstract findSession(accessToken: string, request?: Request): Promise<Session | null>;

  /** Whether the account-validity hooks or the configuration call the account expired. */
  protected abstract isUserExpired(userId: UserId): Promise<boolean>;

  /** Records the address and user agent of a client that was accepted. */
  protected abstract recordConnection(requester: Requester, request: Request): Promise<void>;

  /** Deletes a device with its tokens, and calls `onLoggedOut`. */
  protected abstract deleteDevice(userId: UserId, deviceId: DeviceId): Promise<void>;

  /** Deletes a token that has no device, and calls `onLoggedOut`. */
  protected abstract deleteAccessToken(accessToken: string, requester: Requester): Promise<void>;

  async #session(accessToken: string, request?: Request): Promise<Session> {
    const session = await this.findSession(accessToken, request);
    if (session === null) throw new InvalidCredentialsError();
    if (session.isTokenExpired) {
      throw new InvalidCredentialsError("The access token has expired", Codes.UNKNOWN_TOKEN, { softLogout: true });
    }
    return session;
  }
}

/** The token in `Authorization: Bearer …` or, failing that, in the query. */
function accessTokenOf(request: Request): string {
  const header = request.headers.get("authorization");
  const token =
    header === null ? new URL(request.url).searchParams.get("access_token") : /^Bearer (\S+)$/.exec(header)?.[1];
  if (!token) throw new InvalidCredentialsError("The request has no access token", Codes.MISSING_TOKEN);
  return token;
}
