import type { Hooks } from "../../catalogue/index.js";
import type { EmailThreepid } from "../../catalogue/spam-checker.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { Medium, UserId } from "../../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { LoginResponse } from "../../matrix/records.js";
import type { Server } from "../../services/server.js";
import type { AuthSessionRow } from "../account-rows.js";
import type { Storage } from "../storage.js";
import type { Accounts } from "./accounts.js";
import type { InteractiveAuth } from "./interactive-auth.js";
import type { Origin } from "./login.js";
import type { Sessions } from "./sessions.js";
import type { Threepids } from "./threepids.js";

const MAX_LENGTH = 512;
const TEXTS = ["username", "password", "device_id", "initial_device_display_name"] as const;

/** The body of a successful registration; without token and device if the client wanted none. @public */
export type RegistrationResponse = Pick<LoginResponse, "user_id" | "home_server"> & Partial<LoginResponse>;

/** Registers accounts for clients. @public */
export class ClientRegistration {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "passwordAuth">;
      readonly storage: Pick<Storage, "authSessions">;
      readonly server: Server;
      readonly sessions: Sessions;
      readonly threepids: Threepids;
      readonly accounts: Accounts;
      readonly interactiveAuth: InteractiveAuth;
    },
  ) {}

  /**
   * `POST /register`. The order: the stages of user-interactive authentication; `is3pidAllowed` again for the verified
   * addresses; `getUsernameForRegistration`, `getDisplaynameForRegistration`; the account; a device, unless the client
   * says `inhibit_login`. A session creates only one account.
   *
   * @throws {InteractiveAuthError} while stages are missing.
   * @throws {MatrixError} 400 `M_INVALID_PARAM` for a name, a password or a device that isn't a string, or is too long.
   */
  async register(body: JsonObject, origin: Origin, context?: HookContext): Promise<RegistrationResponse> {
    const { interactiveAuth, storage, sessions, server } = this.parts;
    for (const key of TEXTS) refuseOtherThanText(body[key], key);
    const session = await interactiveAuth.register(body, origin);
    const userId = session.createdUserId ?? (await this.#createAccount(session, context));
    await storage.authSessions.put({ ...session, createdUserId: userId });
    const { device_id: deviceId, initial_device_display_name: name, inhibit_login: isInhibited } = session.params;
    if (isInhibited === true) return { user_id: userId, home_server: server.serverName };
    const device = await sessions.create(
      userId,
      typeof deviceId === "string" ? deviceId : undefined,
      typeof name === "string" ? name : undefined,
      context,
    );
    return {
      user_id: userId,
      access_token: device.accessToken,
      home_server: server.serverName,
      device_id: device.deviceId,
    };
  }

  /** `POST /register?kind=guest`: no stages, no names from modules. */
  async registerGuest(context?: HookContext): Promise<LoginResponse> {
    const { accounts, sessions, server } = this.parts;
    const userId = await accounts.create({ localpart: null, isGuest: true }, context);
    const { accessToken, deviceId } = await sessions.create(userId);
    return { user_id: userId, access_token: accessToken, home_server: server.serverName, device_id: deviceId };
  }

  async #createAccount({ results, params, requestInfo }: AuthSessionRow, context?: HookContext): Promise<UserId> {
    const { threepids, hooks, accounts } = this.parts;
    const { passwordAuth } = hooks;
    const proven = Object.values(results).filter(isThreepid);
    for (const { medium, address } of proven) await threepids.requireAllowed(medium, address, true, context);

    const requested = typeof params.username === "string" ? params.username : undefined;
    const username = (await passwordAuth.getUsernameForRegistration(results, params, context)) ?? requested;
    const displayname = await passwordAuth.getDisplaynameForRegistration(results, params, context);
    const email = proven.find((threepid): threepid is EmailThreepid => threepid.medium === "email");
    return accounts.create(
      {
        localpart: username?.toLowerCase() ?? null,
        ...(typeof params.password === "string" && { password: params.password }),
        ...(displayname !== undefined && { displayname }),
        ...(email && { emailThreepid: email, emails: [email.address] }),
        requestInfo,
      },
      context,
    );
  }
}

function refuseOtherThanText(value: unknown, key: string): void {
  if (value === undefined || value === null) return;
  const fault = typeof value !== "string" ? "isn't a string" : value.length > MAX_LENGTH ? "is too long" : undefined;
  if (fault !== undefined) throw new MatrixError(400, `${key} ${fault}`, Codes.INVALID_PARAM);
}

function isThreepid(result: unknown): result is { medium: Medium; address: string; validated_at: number } {
  return isPlainObject(result) && typeof result.medium === "string" && typeof result.address === "string";
}
