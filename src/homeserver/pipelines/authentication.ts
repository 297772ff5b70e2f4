import type { AuthResult, LoginCallback } from "../../catalogue/auth-checkers.js";
import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { Medium, UserId } from "../../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { Server } from "../../services/server.js";
import type { Users } from "../../services/users.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import { isPassword } from "../passwords.js";
import type { Storage } from "../storage.js";
import { canonicalAddress } from "./threepids.js";

export const PASSWORD = "m.login.password";

/** A user who has authenticated. @public */
export interface Authenticated {
  readonly userId: UserId;
  /** The module's callback to run once the login is complete. */
  readonly onLogin: LoginCallback | null;
}

/** Authenticates users, by password or by what modules ask for: at login, and again later. @public */
export class Authentication {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "passwordAuth">;
      readonly storage: Pick<Storage, "threepids" | "users">;
      readonly settings: Pick<HomeserverSettings, "localPasswords">;
      readonly server: Server;
      readonly users: Users;
    },
  ) {}

  /** The supported login types, `m.login.password` first. */
  loginTypes(isPasswordEnabled: boolean): string[] {
    const { settings, hooks } = this.parts;
    const ofModules = hooks.passwordAuth.loginTypes.map(({ type }) => type);
    const types = new Set([...(settings.localPasswords ? [PASSWORD] : []), ...ofModules]);
    if (!isPasswordEnabled) types.delete(PASSWORD);
    return [...types];
  }

  /**
   * Checks a login. The order: the type; for an e-mail address or a phone number `check3pidAuth`, then its owner; the
   * modules' auth checkers; the homeserver's own passwords.
   *
   * @throws {MatrixError} 400 when the login makes no sense; 403 `M_FORBIDDEN` when it fails.
   */
  async authenticate(login: JsonObject, isPasswordEnabled: boolean, context?: HookContext): Promise<Authenticated> {
    const { hooks, settings, server } = this.parts;
    const { type } = login;
    if (typeof type !== "string") throw new MatrixError(400, "The login type isn't a string", Codes.INVALID_PARAM);
    if (type === PASSWORD && !isPasswordEnabled) throw new MatrixError(400, "Logging in by password is disabled");
    if (type === PASSWORD && typeof login.password !== "string") {
      throw new MatrixError(400, "The password isn't a string", Codes.INVALID_PARAM);
    }
    const isOffered = hooks.passwordAuth.loginTypes.some((offered) => offered.type === type);
    const isLocal = type === PASSWORD && settings.localPasswords;
    if (!isOffered && !isLocal && type !== PASSWORD) throw new MatrixError(400, `Unknown login type ${type}`);

    const named = await this.#identify(login, context);
    if (typeof named !== "string") return named;
    const byModule = await hooks.passwordAuth.checkAuth(named, type, login, context);
    if (byModule) return authenticated(byModule);
    const userId = server.getQualifiedUserId(named);
    const owner = isLocal ? await this.#ownerOf(userId, login.password as string) : null;
    if (owner !== null) return { userId: owner, onLogin: null };
    if (!isOffered && !isLocal) throw new MatrixError(400, `Unknown login type ${type}`);
    throw new MatrixError(403, "Wrong user name or password", Codes.FORBIDDEN);
  }

  /** The user whom a login names, or a module's answer to a third-party identifier. */
  async #identify(login: JsonObject, context?: HookContext): Promise<string | Authenticated> {
    const identifier = identifierOf(login);
    const threepid = threepidOf(identifier);
    if (threepid === null) {
      if (identifier.type !== "m.id.user") throw new MatrixError(400, "Unknown login identifier type");
      if (typeof identifier.user === "string") return identifier.user;
      throw new MatrixError(400, "The login names no user", Codes.INVALID_PARAM);
    }
    if (login.type !== PASSWORD) throw new MatrixError(400, "Only passwords go with a third-party identifier");
    const { medium, address } = threepid;
    const { passwordAuth } = this.parts.hooks;
    const byModule = await passwordAuth.check3pidAuth(medium, address, login.password as string, context);
    if (byModule) return authenticated(byModule);
    const owner = await this.parts.storage.threepids.get({ medium, address });
    if (!owner) throw new MatrixError(403, "Wrong user name or password", Codes.FORBIDDEN);
    return owner.userId;
  }

  /** The account that has a password; its id may differ in case from what a user types. */
  async #ownerOf(userId: UserId, password: string): Promise<UserId | null> {
    const canonical = await this.parts.users.checkUserExists(userId);
    const user = canonical && (await this.parts.storage.users.get({ userId: canonical }));
    return user?.passwordHash != null && (await isPassword(password, user.passwordHash)) ? canonical : null;
  }
}

function authenticated([userId, onLogin]: AuthResult): Authenticated {
  return { userId, onLogin };
}

/** Whom a login names, also as clients say it that know the API as it was before there were identifiers. */
function identifierOf({ identifier, user, medium, address }: JsonObject): Record<string, unknown> {
  if (isPlainObject(identifier)) return identifier;
  const isThreepid = user === undefined && medium !== undefined && address !== undefined;
  return isThreepid ? { type: "m.id.thirdparty", medium, address } : { type: "m.id.user", user };
}

/** A phone number may come with a country; only its digits count. */
function threepidOf(identifier: Record<string, unknown>): { medium: Medium; address: string } | null {
  if (identifier.type === "m.id.thirdparty") {
    const medium: Medium = identifier.medium === "msisdn" ? "msisdn" : "email";
    return { medium, address: canonicalAddress(medium, String(identifier.address)) };
  }
  if (identifier.type !== "m.id.phone") return null;
  return { medium: "msisdn", address: canonicalAddress("msisdn", String(identifier.phone ?? identifier.number)) };
}
