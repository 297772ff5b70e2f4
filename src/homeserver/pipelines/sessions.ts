import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { DeviceId, UserId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { Session } from "../../services/auth.js";
import type { Clock } from "../../services/clock.js";
import type { RegisteredDevice } from "../../services/registration.js";
import { requesterFor } from "../caller.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import { randomId } from "../random-id.js";
import type { TokenRow } from "../account-rows.js";
import type { Storage } from "../storage.js";

/** Devices and access tokens: creates, resolves and deletes them. @public */
export class Sessions {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "accountValidity" | "passwordAuth">;
      readonly storage: Pick<
        Storage,
        "devices" | "deviceKeys" | "deviceChanges" | "toDevice" | "tokens" | "users" | "pushers" | "next"
      >;
      readonly settings: Pick<HomeserverSettings, "appServices">;
      readonly clock: Clock;
    },
  ) {}

  /** Creates a device, if needed, and a token for it. Its previous token is deleted, and `onLoggedOut` runs. */
  async create(
    userId: UserId,
    deviceId: DeviceId = randomId("DEVICE"),
    initialDisplayName?: string,
    context?: HookContext,
  ): Promise<RegisteredDevice> {
    const { devices, tokens } = this.parts.storage;
    const known = await devices.get({ userId, deviceId });
    if (!known) await devices.put({ userId, deviceId, displayName: initialDisplayName ?? null });
    await this.#end(await tokens.find({ userId, deviceId }), context);
    const accessToken = randomId("token");
    const id = await this.parts.storage.next("tokens");
    await tokens.put({ token: accessToken, id, userId, deviceId, validUntilMs: null });
    return { deviceId, accessToken, validUntilMs: null, refreshToken: null };
  }

  /** What a token stands for; null for an unknown token. An application service may name one of its users. */
  async find(accessToken: string, request?: Request): Promise<Session | null> {
    const { storage, settings, clock } = this.parts;
    const appService = settings.appServices.find(({ token }) => token === accessToken);
    if (appService) {
      const named = request ? new URL(request.url).searchParams.get("user_id") : null;
      const userId = (named ?? appService.sender) as UserId;
      if (userId !== appService.sender && !appService.owns(userId)) {
        throw new MatrixError(403, "The application service doesn't own this user", Codes.FORBIDDEN);
      }
      const requester = requesterFor(userId, { appServiceId: appService.id });
      return { requester, isLocked: false, isTokenExpired: false };
    }
    const token = await storage.tokens.get({ token: accessToken });
    const user = token && (await storage.users.get({ userId: token.userId }));
    if (!user) return null;
    const requester = requesterFor(user.userId, {
      accessTokenId: token.id,
      deviceId: token.deviceId,
      isGuest: user.isGuest,
      shadowBanned: user.isShadowBanned,
    });
    const isTokenExpired = token.validUntilMs !== null && token.validUntilMs <= clock.nowMs();
    return { requester, isLocked: user.locked, isTokenExpired };
  }

  /** Whether modules say that an account has expired; without an answer, its built-in expiry decides. */
  async isUserExpired(userId: UserId, context?: HookContext): Promise<boolean> {
    const verdict = await this.parts.hooks.accountValidity.isUserExpired(userId, context);
    if (verdict !== undefined) return verdict;
    const user = await this.parts.storage.users.get({ userId });
    return user?.expiresTs != null && user.expiresTs <= this.parts.clock.nowMs();
  }

  /** `POST /logout`. */
  async logOut(accessToken: string, context?: HookContext): Promise<void> {
    const token = await this.parts.storage.tokens.get({ token: accessToken });
    if (!token) return;
    if (token.deviceId === null) await this.#end([token], context);
    else await this.deleteDevices(token.userId, [token.deviceId], context);
  }

  /** `POST /logout/all`. */
  async logOutAll(userId: UserId, context?: HookContext): Promise<void> {
    const { devices, tokens } = this.parts.storage;
    const all = await devices.find({ userId });
    await this.deleteDevices(
      userId,
      all.map(({ deviceId }) => deviceId),
      context,
    );
    await this.#end(await tokens.find({ userId }), context);
  }

  /** Deletes devices with their tokens. `onLoggedOut` runs for each token before the devices' pushers go. */
  async deleteDevices(userId: UserId, deviceIds: readonly DeviceId[], context?: HookContext): Promise<void> {
    const { devices, deviceKeys, deviceChanges, toDevice, tokens, pushers } = this.parts.storage;
    for (const deviceId of deviceIds) {
      await devices.delete({ userId, deviceId });
      if ((await deviceKeys.get({ userId, deviceId })) !== undefined) {
        await deviceKeys.delete({ userId, deviceId });
        await deviceChanges.put({ userId, stream: await this.parts.storage.next("deviceChanges") });
      }
      for (const message of await toDevice.find({ userId, deviceId })) await toDevice.delete(message);
      await this.#end(await tokens.find({ userId, deviceId }), context);
      for (const pusher of await pushers.find({ userId, deviceId })) await pushers.delete(pusher);
    }
  }

  /** Deletes a token that has no device. */
  async deleteToken(accessToken: string, context?: HookContext): Promise<void> {
    await this.#end(await this.parts.storage.tokens.find({ token: accessToken }), context);
  }

  async #end(tokens: readonly TokenRow[], context?: HookContext): Promise<void> {
    const { hooks, storage } = this.parts;
    for (const { token, userId, deviceId } of tokens) {
      await storage.tokens.delete({ token });
      await hooks.passwordAuth.onLoggedOut(userId, deviceId, token, context);
    }
  }
}
