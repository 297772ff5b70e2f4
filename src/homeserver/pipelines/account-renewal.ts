import type { Renewal } from "../../catalogue/account-validity.js";
import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { UserId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { Clock } from "../../services/clock.js";
import type { Mailer } from "../../services/mailer.js";
import type { Server } from "../../services/server.js";
import { parseJsonObject } from "../../web/parse-json-object.js";
import { respondWithHtml } from "../../web/respond-with-html.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import { randomId } from "../random-id.js";
import type { Storage } from "../storage.js";

/** Renews accounts: in the homeserver's own way, or in that of the module that owns the legacy hooks. @public */
export class AccountRenewal {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "accountValidity">;
      readonly storage: Pick<Storage, "threepids" | "renewals" | "users">;
      readonly settings: Pick<HomeserverSettings, "accountValidityMs">;
      readonly clock: Clock;
      readonly server: Server;
      readonly mailer: Mailer;
    },
  ) {}

  /** `POST /_matrix/client/unstable/account_validity/send_mail`. */
  async sendMail(userId: UserId, context?: HookContext): Promise<void> {
    const { hooks, storage, server, mailer } = this.parts;
    const { onLegacySendMail } = hooks.accountValidity;
    if (onLegacySendMail.callbacks.length > 0) return onLegacySendMail(userId, context);
    const [email] = await storage.threepids.find({ userId, medium: "email" });
    if (!email) throw new MatrixError(400, "The account has no e-mail address");
    const token = randomId("renewal");
    await storage.renewals.put({ token, userId, isUsed: false });
    const path = `_matrix/client/unstable/account_validity/renew?token=${token}`;
    const link = `${server.publicBaseUrl}${path}`;
    const html = `<p><a href="${link}">Renew your account</a></p>`;
    await mailer.sendMail(email.address, "Renew your account", html, `Renew your account: ${link}`);
  }

  /** `GET …/account_validity/renew?token=`: a page that says whether the token was accepted. */
  async renew(token: string, context?: HookContext): Promise<Response> {
    const { onLegacyRenew } = this.parts.hooks.accountValidity;
    const isOwned = onLegacyRenew.callbacks.length > 0;
    const renewal = isOwned ? await onLegacyRenew(token, context) : await this.#renewByToken(token);
    const [isValid, isStale, expiresTs] = renewal ?? [false, false, 0];
    const until = new Date(expiresTs).toISOString();
    if (isValid) return respondWithHtml(200, `<h1>Your account is valid until ${until}</h1>`);
    if (isStale) return respondWithHtml(200, `<h1>Your account has already been renewed, until ${until}</h1>`);
    return respondWithHtml(404, "<h1>This link isn't valid</h1>");
  }

  /** `POST /_synapse/admin/v1/account_validity/validity`. The caller has been checked to be an administrator. */
  async administer(request: Request, context?: HookContext): Promise<{ readonly expiration_ts: number }> {
    const { onLegacyAdminRequest } = this.parts.hooks.accountValidity;
    if (onLegacyAdminRequest.callbacks.length > 0) {
      return { expiration_ts: (await onLegacyAdminRequest(request, context))! };
    }
    const { user_id: userId, expiration_ts: given } = await parseJsonObject(request);
    if (typeof userId !== "string") throw new MatrixError(400, "user_id is missing", Codes.MISSING_PARAM);
    return { expiration_ts: await this.#prolong(userId as UserId, typeof given === "number" ? given : undefined) };
  }

  /** A token works once; using it again changes nothing. */
  async #renewByToken(token: string): Promise<Renewal> {
    const { renewals, users } = this.parts.storage;
    const row = await renewals.get({ token });
    if (!row) return [false, false, 0];
    if (row.isUsed) return [false, true, (await users.get({ userId: row.userId }))?.expiresTs ?? 0];
    await renewals.put({ ...row, isUsed: true });
    return [true, false, await this.#prolong(row.userId)];
  }

  /** By default, as long as a new account is valid. */
  async #prolong(userId: UserId, expiresTs = this.#validFromNow()): Promise<number> {
    const { users } = this.parts.storage;
    const user = await users.get({ userId });
    if (!user) throw new MatrixError(404, `User ${userId} doesn't exist`, Codes.NOT_FOUND);
    await users.put({ ...user, expiresTs });
    return expiresTs;
  }

  #validFromNow(): number {
    const { clock, settings } = this.parts;
    return clock.nowMs() + (settings.accountValidityMs ?? 0);
  }
}
