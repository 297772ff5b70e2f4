import type { Caller } from "../homeserver/caller.js";
import type { Homeserver } from "../homeserver/homeserver.js";
import type { Upload } from "../homeserver/pipelines/media.js";
import type { ProfileChange } from "../homeserver/pipelines/profile-changes.js";
import type { UserSearchResult } from "../homeserver/pipelines/user-directory.js";
import type { DeviceId, EventId, Medium, MxcUri, RoomId, UserId } from "../matrix/identifiers.js";
import type { JsonObject, JsonValue } from "../matrix/json.js";
import type { PresenceState } from "../matrix/records.js";
import type { AuthOptions } from "../services/auth.js";
import { asEndpoint, TEST_ORIGIN } from "./endpoint.js";

/** Logging out works even if the account has expired. */
const EXPIRED_TOO: AuthOptions = { allowExpired: true };

/** The account requests of a user's client; see {@link TestUser}. @public */
export abstract class TestAccount {
  #presencePosition = 0;
  #requests = 0;

  constructor(
    protected readonly homeserver: Homeserver,
    readonly userId: UserId,
    readonly accessToken: string,
    readonly deviceId: DeviceId,
  ) {}

  /** Makes any request as this user: authenticates, runs it, and waits for what it started. */
  async request<T>(run: (caller: Caller) => Promise<T>, options?: AuthOptions): Promise<T> {
    return asEndpoint(this.homeserver, async () => run(await this.#authenticate(options)));
  }

  /** Who am I? The simplest request there is. */
  whoAmI(): Promise<UserId> {
    return this.request(async ({ requester }) => requester.userId);
  }

  setDisplayname(displayName: string | null): Promise<void> {
    return this.#changeProfile({ displayName });
  }

  setAvatarUrl(avatarUrl: MxcUri | null): Promise<void> {
    return this.#changeProfile({ avatarUrl });
  }

  /** A custom field; null removes it. */
  setProfileField(name: string, value: JsonValue): Promise<void> {
    return this.#changeProfile({ custom: { [name]: value } });
  }

  searchUsers(term: string, limit?: number): Promise<UserSearchResult> {
    return this.request((caller) => this.homeserver.userDirectory.search(caller, term, limit));
  }

  setPresence(state: PresenceState, statusMsg: string | null = null): Promise<void> {
    return this.request(({ requester, context }) =>
      this.homeserver.presence.set(new Map([[requester.userId, { state, statusMsg }]]), context),
    );
  }

  /** The presence in this device's next sync: what's new since the last one. */
  syncPresence(): Promise<{ userId: UserId; state: PresenceState; statusMsg: string | null }[]> {
    return this.request(async ({ requester, context }) => {
      const { presence } = this.homeserver;
      const batch = await presence.read(requester.userId, this.deviceId, this.#presencePosition, context);
      this.#presencePosition = batch.next;
      return batch.states.map(({ userId, state, statusMsg }) => ({ userId, state, statusMsg }));
    });
  }

  /** @param roomId without one, the data is global. */
  setAccountData(type: string, content: JsonObject, roomId: RoomId | null = null): Promise<void> {
    return this.request(({ context }) =>
      this.homeserver.accountData.write(this.userId, roomId, type, content, context),
    );
  }

  removeAccountData(type: string, roomId: RoomId | null = null): Promise<void> {
    return this.request(({ context }) => this.homeserver.accountData.remove(this.userId, roomId, type, context));
  }

  setTag(roomId: RoomId, tag: string, content: JsonObject = {}): Promise<void> {
    return this.request(() => this.homeserver.accountData.setTag(this.userId, roomId, tag, content));
  }

  setReadMarker(roomId: RoomId, eventId: EventId): Promise<void> {
    return this.setAccountData("m.fully_read", { event_id: eventId }, roomId);
  }

  mediaConfig(): Promise<JsonObject> {
    return this.request(({ context }) => this.homeserver.media.config(this.userId, context));
  }

  upload(upload: Upload): Promise<MxcUri> {
    return this.request(({ context }) => this.homeserver.media.upload(this.userId, upload, context));
  }

  /** Requests a mail with a token, to add an address to the account. Returns the session's id. */
  requestToken(address: string, clientSecret = "secret"): Promise<string> {
    const wanted = { medium: "email", address, clientSecret } as const;
    return this.request(({ context }) => this.homeserver.threepids.requestToken(wanted, false, context));
  }

  /** Adds the address that a session has verified. */
  addThreepid(sid: string, clientSecret = "secret"): Promise<void> {
    return this.request(async ({ context }) => {
      const { medium, address } = await this.homeserver.threepids.proven(sid, clientSecret);
      await this.homeserver.threepids.add(this.userId, medium, address, context);
    });
  }

  removeThreepid(medium: Medium, address: string): Promise<void> {
    return this.request(({ context }) => this.homeserver.threepids.remove(this.userId, medium, address, context));
  }

  logOut(): Promise<void> {
    return this.request(({ context }) => this.homeserver.sessions.logOut(this.accessToken, context), EXPIRED_TOO);
  }

  logOutAll(): Promise<void> {
    return this.request(({ context }) => this.homeserver.sessions.logOutAll(this.userId, context), EXPIRED_TOO);
  }

  /** @param auth reauthenticates the user; without it the response says how to do that. */
  deleteDevice(deviceId: DeviceId, auth?: JsonObject): Promise<void> {
    return this.request(async ({ context }) => {
      await this.homeserver.interactiveAuth.confirm(this.userId, auth, context);
      await this.homeserver.sessions.deleteDevices(this.userId, [deviceId], context);
    });
  }

  /** Requests a renewal mail for the account. */
  requestRenewalMail(): Promise<void> {
    return this.request(({ context }) => this.homeserver.accountRenewal.sendMail(this.userId, context), EXPIRED_TOO);
  }

  /** All other sessions end. */
  changePassword(newPassword: string): Promise<void> {
    return this.request(({ context }) =>
      this.homeserver.accounts.changePassword(this.userId, newPassword, this.deviceId, context),
    );
  }

  deactivate({ erase = false } = {}): Promise<void> {
    return this.request(({ context }) =>
      this.homeserver.deactivation.deactivate(this.userId, { byAdmin: false, erase, context }),
    );
  }

  async #authenticate(options: AuthOptions = {}): Promise<Caller> {
    const headers = {
      authorization: `Bearer ${this.accessToken}`,
      "user-agent": TEST_ORIGIN.userAgent ?? "",
      "x-forwarded-for": TEST_ORIGIN.ip,
    };
    const request = new Request("https://client.invalid/", { headers });
    const requester = await this.homeserver.services.auth.getUserByReq(request, { allowGuest: true, ...options });
    this.#requests += 1;
    return {
      requester,
      context: Object.freeze({ origin: "local", requestId: `${requester.user.localpart}-${this.#requests}` }),
    };
  }

  #changeProfile(change: ProfileChange): Promise<void> {
    const { profileChanges } = this.homeserver;
    return this.request(({ context }) => profileChanges.changeAs(this.userId, this.userId, change, context));
  }
}
