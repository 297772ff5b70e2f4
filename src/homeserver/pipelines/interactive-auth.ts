import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { UserId } from "../../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../../matrix/json.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { Server } from "../../services/server.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import { randomId } from "../random-id.js";
import type { AuthSessionRow } from "../account-rows.js";
import type { Storage } from "../storage.js";
import type { Authentication } from "./authentication.js";
import type { Origin } from "./login.js";
import type { Threepids } from "./threepids.js";

/**
 * 401 with what a client must do next. After a failed stage, the body also has its error.
 * (Matrix specification, "User-interactive authentication".)
 *
 * @public
 */
export class InteractiveAuthError extends MatrixError {
  readonly #failed: MatrixError | undefined;

  constructor(
    session: string,
    flows: readonly (readonly string[])[],
    completed: readonly string[],
    failed?: MatrixError,
  ) {
    const fields = { session, flows: flows.map((stages) => ({ stages })), params: {}, completed };
    super(401, failed?.message ?? "More authentication is needed", failed?.errcode ?? Codes.UNAUTHORIZED, { fields });
    this.#failed = failed;
  }

  /** Without `errcode` and `error` if nothing has failed. */
  override body(): Record<string, unknown> {
    return this.#failed ? super.body() : { ...this.fields };
  }
}

/** Authenticates clients stage by stage. @public */
export class InteractiveAuth {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "authSessions">;
      readonly settings: Pick<HomeserverSettings, "registrationFlows" | "passwordReauthentication">;
      readonly server: Server;
      readonly threepids: Threepids;
      readonly authentication: Authentication;
    },
  ) {}

  /**
   * One step of a registration: either the client has completed a flow, or it receives the missing stages.
   *
   * @returns the finished session; the body of its first request counts, merged with what later ones add.
   * @throws {InteractiveAuthError} while stages are missing.
   */
  async register(body: JsonObject, origin: Origin): Promise<AuthSessionRow> {
    const { registrationFlows } = this.parts.settings;
    const { auth = {}, ...params } = body;
    if (!isPlainObject(auth)) throw new MatrixError(400, "auth is not an object", Codes.BAD_JSON);
    let session = await this.#session(auth.session, params, origin);
    if (typeof auth.type === "string") {
      const result = await this.#pass(auth.type, auth as JsonObject, session, registrationFlows);
      session = { ...session, results: { ...session.results, [auth.type]: result } };
      await this.parts.storage.authSessions.put(session);
    }
    const completed = Object.keys(session.results);
    const isDone = registrationFlows.some((stages) => stages.every((stage) => completed.includes(stage)));
    if (!isDone) throw new InteractiveAuthError(session.session, registrationFlows, completed);
    return session;
  }

  /**
   * A user reauthenticates with one login type. The callbacks that auth checkers return aren't called.
   *
   * @throws {InteractiveAuthError} without a proof, or when it fails.
   * @throws {MatrixError} 403 `M_FORBIDDEN` when another user authenticated.
   */
  async confirm(userId: UserId, auth: JsonObject | undefined, context?: HookContext): Promise<void> {
    const { authentication, settings } = this.parts;
    const isPasswordEnabled = settings.passwordReauthentication;
    const flows = authentication.loginTypes(isPasswordEnabled).map((type) => [type]);
    const session = typeof auth?.session === "string" ? auth.session : randomId("session");
    if (auth?.type === undefined) throw new InteractiveAuthError(session, flows, []);
    const proven = await this.#try(
      () => authentication.authenticate({ user: userId, ...auth }, isPasswordEnabled, context),
      (error) => new InteractiveAuthError(session, flows, [], error),
    );
    const canonical = this.parts.server.getQualifiedUserId(proven.userId);
    if (canonical !== userId) throw new MatrixError(403, "This is another user", Codes.FORBIDDEN);
  }

  async #session(id: unknown, params: JsonObject, { userAgent, ip }: Origin): Promise<AuthSessionRow> {
    const { authSessions } = this.parts.storage;
    const known = typeof id === "string" ? await authSessions.get({ session: id }) : undefined;
    const seen = known?.requestInfo ?? [];
    const isSeen = seen.some(([agent, address]) => agent === userAgent && address === ip);
    const session: AuthSessionRow = {
      session: known?.session ?? randomId("session"),
      results: known?.results ?? {},
      params: { ...known?.params, ...params },
      requestInfo: isSeen ? seen : [...seen, [userAgent, ip]],
      createdUserId: known?.createdUserId ?? null,
    };
    await authSessions.put(session);
    return session;
  }

  /** What a stage has verified. */
  async #pass(
    type: string,
    auth: JsonObject,
    session: AuthSessionRow,
    flows: readonly (readonly string[])[],
  ): Promise<JsonObject[string]> {
    if (type === "m.login.dummy") return true;
    if (type === "m.login.registration_token" && typeof auth.token === "string") return auth.token;
    const { threepid_creds: creds } = auth;
    if ((type === "m.login.email.identity" || type === "m.login.msisdn") && isPlainObject(creds)) {
      const { medium, address, validatedAt } = await this.#try(
        () => this.parts.threepids.proven(String(creds.sid), String(creds.client_secret)),
        (error) => new InteractiveAuthError(session.session, flows, Object.keys(session.results), error),
      );
      return { medium, address, validated_at: validatedAt };
    }
    throw new MatrixError(400, `The stage ${type} is unknown, or its data is missing`, Codes.UNRECOGNIZED);
  }

  /** A refused proof becomes a 401, after which the client can try again. */
  async #try<T>(prove: () => Promise<T>, refused: (error: MatrixError) => MatrixError): Promise<T> {
    try {
      return await prove();
    } catch (error) {
      const isRefusal =
        error instanceof MatrixError &&
        (error.errcode === Codes.FORBIDDEN || error.errcode === Codes.THREEPID_AUTH_FAILED);
      throw isRefusal ? refused(error) : error;
    }
  }
}
