import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { LoginResponse } from "../../matrix/records.js";
import type { Clock } from "../../services/clock.js";
import type { Server } from "../../services/server.js";
import { throwIfDenied } from "../denied.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import type { Storage } from "../storage.js";
import type { Accounts } from "./accounts.js";
import type { Authentication } from "./authentication.js";
import type { Authenticated } from "./authentication.js";
import type { Sessions } from "./sessions.js";

/** Where a request came from. @public */
export interface Origin {
  readonly ip: string;
  readonly userAgent: string | null;
}

interface ProvenLogin extends Authenticated {
  readonly authProviderId: string | null;
}

const MAX_DEVICE_ID_LENGTH = 512;

/** Logs users in. @public */
export class Login {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker" | "accountValidity">;
      readonly storage: Pick<Storage, "loginTokens">;
      readonly settings: Pick<HomeserverSettings, "passwordLogin">;
      readonly clock: Clock;
      readonly server: Server;
      readonly sessions: Sessions;
      readonly accounts: Accounts;
      readonly authentication: Authentication;
    },
  ) {}

  /** `GET /login`: the login types. */
  flows(): { readonly type: string }[] {
    const { authentication, settings } = this.parts;
    return authentication.loginTypes(settings.passwordLogin).map((type) => ({ type }));
  }

  /**
   * `POST /login`. The order: the proof; whether the account may be used; `checkLoginForSpam`; device and token;
   * `onUserLogin`; the module's own callback, which may change the response.
   */
  async logIn(body: JsonObject, { ip, userAgent }: Origin, context?: HookContext): Promise<LoginResponse> {
    const { accounts, hooks, sessions, server } = this.parts;
    const { userId, onLogin, authProviderId } = await this.#prove(body, context);
    await accounts.requireActive(userId);
    const deviceId = textOrNull(body, "device_id");
    const displayName = textOrNull(body, "initial_device_display_name");
    if (deviceId !== null && deviceId.length > MAX_DEVICE_ID_LENGTH) {
      throw new MatrixError(400, `A device id has at most ${MAX_DEVICE_ID_LENGTH} characters`, Codes.INVALID_PARAM);
    }
    const info = [[userAgent, ip] as const];
    const { spamChecker, accountValidity } = hooks;
    const verdict = await spamChecker.checkLoginForSpam(userId, deviceId, displayName, info, authProviderId, context);
    throwIfDenied(verdict, "This login was refused");

    const device = await sessions.create(userId, deviceId ?? undefined, displayName ?? undefined, context);
    const response: LoginResponse = {
      user_id: userId,
      access_token: device.accessToken,
      home_server: server.serverName,
      device_id: device.deviceId,
    };
    await accountValidity.onUserLogin(userId, body.type as string, authProviderId, context);
    await onLogin?.(response);
    return response;
  }

  async #prove(body: JsonObject, context?: HookContext): Promise<ProvenLogin> {
    const { authentication, settings } = this.parts;
    if (body.type === "m.login.token") return this.#useLoginToken(body.token);
    return { ...(await authentication.authenticate(body, settings.passwordLogin, context)), authProviderId: null };
  }

  /** A login token works once. */
  async #useLoginToken(token: unknown): Promise<ProvenLogin> {
    const { storage, clock } = this.parts;
    const row = typeof token === "string" ? await storage.loginTokens.get({ token }) : undefined;
    if (row) await storage.loginTokens.delete(row);
    if (!row || row.validUntilMs <= clock.nowMs()) {
      throw new MatrixError(403, "The login token isn't valid", Codes.FORBIDDEN);
    }
    return { userId: row.userId, onLogin: null, authProviderId: row.authProviderId };
  }
}

function textOrNull(body: JsonObject, key: string): string | null {
  const value = body[key] ?? null;
  if (value !== null && typeof value !== "string")
    throw new MatrixError(400, `${key} isn't a string`, Codes.INVALID_PARAM);
  return value;
}
