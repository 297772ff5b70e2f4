import { randomInt } from "node:crypto";
import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { Medium, UserId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { Clock } from "../../services/clock.js";
import { isMailAddress, type Mailer } from "../../services/mailer.js";
import { randomId } from "../random-id.js";
import type { ValidationRow } from "../account-rows.js";
import type { Storage } from "../storage.js";

/** An address in its canonical form for comparison: e-mail in lower case, phone numbers as digits. */
export function canonicalAddress(medium: Medium, address: string): string {
  if (medium === "msisdn") return address.replace(/\D/g, "");
  return address.trim().toLowerCase();
}

/** Manages the e-mail addresses and phone numbers of accounts. @public */
export class Threepids {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "passwordAuth" | "thirdPartyRules">;
      readonly storage: Pick<Storage, "validations" | "threepids" | "pushers">;
      readonly clock: Clock;
      readonly mailer: Mailer;
    },
  ) {}

  /**
   * `POST …/requestToken`: `is3pidAllowed`, then a mail with a token (no SMS is sent). `registration` says whether the
   * address is for a new account.
   *
   * @returns the id of the validation session.
   * @throws {MatrixError} 400 `M_INVALID_PARAM` for what is no e-mail address; 403 `M_THREEPID_DENIED`.
   */
  async requestToken(
    { medium, address, clientSecret }: { medium: Medium; address: string; clientSecret: string },
    registration: boolean,
    context?: HookContext,
  ): Promise<string> {
    const canonical = canonicalAddress(medium, address);
    if (medium === "email" && !isMailAddress(canonical)) {
      throw new MatrixError(400, "The e-mail address isn't one: expected user@example.org", Codes.INVALID_PARAM);
    }
    await this.requireAllowed(medium, canonical, registration, context);
    const row: ValidationRow = {
      sid: randomId("sid"),
      clientSecret,
      medium,
      address: canonical,
      token: String(randomInt(100_000, 1_000_000)),
      validatedAt: null,
    };
    await this.parts.storage.validations.put(row);
    if (medium === "email") {
      const text = `Your token is ${row.token}`;
      await this.parts.mailer.sendMail(canonical, "Validate your address", `<p>${text}</p>`, text);
    }
    return row.sid;
  }

  /** The user has typed the mail's token, or followed its link. */
  async submitToken(sid: string, token: string): Promise<boolean> {
    const { validations } = this.parts.storage;
    const row = await validations.get({ sid });
    if (row?.token !== token) return false;
    await validations.put({ ...row, validatedAt: this.parts.clock.nowMs() });
    return true;
  }

  /** The identifier that a session has verified. @throws {MatrixError} 400 `M_THREEPID_AUTH_FAILED`. */
  async proven(sid: string, clientSecret: string): Promise<ValidationRow & { validatedAt: number }> {
    const row = await this.parts.storage.validations.get({ sid });
    if (row?.clientSecret === clientSecret && row.validatedAt !== null) return { ...row, validatedAt: row.validatedAt };
    throw new MatrixError(400, "The address hasn't been validated", Codes.THREEPID_AUTH_FAILED);
  }

  /** Adds an identifier to an account: it's stored, then all `onAdd…` callbacks run, then the deprecated `onThreepidBind`. */
  async add(userId: UserId, medium: Medium, address: string, context?: HookContext): Promise<void> {
    const { storage, clock, hooks } = this.parts;
    const canonical = canonicalAddress(medium, address);
    const now = clock.nowMs();
    await storage.threepids.put({ medium, address: canonical, userId, validatedAt: now, addedAt: now });
    await hooks.thirdPartyRules.onAddUserThirdPartyIdentifier(userId, medium, canonical, context);
    await hooks.thirdPartyRules.onThreepidBind(userId, medium, canonical, context);
  }

  /** Removes an identifier: it's deleted, then the callbacks run, then the e-mail's pusher is deleted. */
  async remove(userId: UserId, medium: Medium, address: string, context?: HookContext): Promise<void> {
    const { storage, hooks } = this.parts;
    const canonical = canonicalAddress(medium, address);
    const row = await storage.threepids.get({ medium, address: canonical });
    if (row?.userId !== userId) return;
    await storage.threepids.delete(row);
    await hooks.thirdPartyRules.onRemoveUserThirdPartyIdentifier(userId, medium, canonical, context);
    if (medium === "email") await storage.pushers.delete({ userId, appId: "m.email", pushKey: canonical });
  }

  /** @throws {MatrixError} 403 `M_THREEPID_DENIED`. */
  async requireAllowed(medium: Medium, address: string, registration: boolean, context?: HookContext): Promise<void> {
    if (await this.parts.hooks.passwordAuth.is3pidAllowed(medium, address, registration, context)) return;
    throw new MatrixError(403, "This address may not be used on this server", Codes.THREEPID_DENIED);
  }
}
