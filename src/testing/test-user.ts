import type { RoomVisibility } from "../catalogue/third-party-rules.js";
import {
  RoomAlias,
  type DeviceId,
  type EventId,
  type Medium,
  type MxcUri,
  type RoomId,
  type UserId,
} from "../matrix/identifiers.js";
import type { JsonObject, JsonValue } from "../matrix/json.js";
import type { PresenceState } from "../matrix/records.js";
import type { RoomEvent, RoomEventDict } from "../matrix/room-event.js";
import type { StateMap } from "../matrix/state-map.js";
import type { AuthOptions } from "../services/auth.js";
import type { Caller } from "./caller.js";
import { asEndpoint, TEST_ORIGIN } from "./endpoint.js";
import type { Homeserver } from "./homeserver.js";
import type { Upload } from "./pipelines/media.js";
import type { MembershipRequest } from "./pipelines/memberships.js";
import type { UserSearchResult } from "./pipelines/user-directory.js";
import { randomId } from "./random-id.js";
import { ShadowBanError } from "./shadow-ban-error.js";
import { TestAdmin } from "./test-admin.js";

/** Logging out is possible when the account has expired, too. */
const EXPIRED_TOO: AuthOptions = { allowExpired: true };

/**
 * A user's client: each method is a request of the Matrix client-server API, authenticated by the user's token. It
 * throws the `MatrixError` that the client would receive.
 */
export class TestUser {
  /** What only administrators may do. */
  readonly admin: TestAdmin;
  #presencePosition = 0;
  #requests = 0;

  constructor(
    private readonly homeserver: Homeserver,
    readonly userId: UserId,
    readonly accessToken: string,
    readonly deviceId: DeviceId,
  ) {
    this.admin = new TestAdmin(homeserver, this);
  }

  /** Makes any request as this user: authenticates, runs it, and waits for what it has started. */
  async request<T>(run: (caller: Caller) => Promise<T>, options?: AuthOptions): Promise<T> {
    return asEndpoint(this.homeserver, async () => run(await this.#authenticate(options)));
  }

  /** Who am I? The plainest request there is. */
  whoAmI(): Promise<UserId> {
    return this.request(async ({ requester }) => requester.userId);
  }

  createRoom(body: JsonObject = {}): Promise<RoomId> {
    return this.request(async (caller) => (await this.homeserver.roomCreation.create(caller, body)).roomId);
  }

  upgradeRoom(roomId: RoomId, newVersion?: string): Promise<RoomId> {
    return this.request((caller) => this.homeserver.roomUpgrade.upgrade(caller, roomId, newVersion));
  }

  sendText(roomId: RoomId, body: string): Promise<EventId> {
    return this.send(roomId, "m.room.message", { msgtype: "m.text", body });
  }

  send(roomId: RoomId, type: string, content: JsonObject): Promise<EventId> {
    return this.#event((caller) => this.homeserver.events.send(caller, roomId, type, content));
  }

  sendState(roomId: RoomId, type: string, content: JsonObject, stateKey = ""): Promise<EventId> {
    return this.#event((caller) => this.homeserver.events.sendState(caller, roomId, type, stateKey, content));
  }

  redact(roomId: RoomId, eventId: EventId, reason?: string): Promise<EventId> {
    return this.#event((caller) => this.homeserver.events.redact(caller, roomId, eventId, reason));
  }

  join(roomIdOrAlias: string): Promise<EventId> {
    return this.#event((caller) => this.homeserver.memberships.join(caller, roomIdOrAlias));
  }

  invite(roomId: RoomId, target: UserId, content: JsonObject = {}): Promise<EventId> {
    return this.#change({ roomId, target, membership: "invite", content });
  }

  invite3pid(roomId: RoomId, medium: Medium, address: string): Promise<EventId> {
    return this.#event((caller) => this.homeserver.threepidInvites.invite(caller, roomId, { medium, address }));
  }

  leave(roomId: RoomId): Promise<EventId> {
    return this.#change({ roomId, target: this.userId, membership: "leave" });
  }

  knock(roomId: RoomId): Promise<EventId> {
    return this.#change({ roomId, target: this.userId, membership: "knock" });
  }

  kick(roomId: RoomId, target: UserId, reason?: string): Promise<EventId> {
    return this.#change({ roomId, target, membership: "leave", content: reason === undefined ? {} : { reason } });
  }

  ban(roomId: RoomId, target: UserId, reason?: string): Promise<EventId> {
    return this.#change({ roomId, target, membership: "ban", content: reason === undefined ? {} : { reason } });
  }

  /** The events of a room in the form in which clients receive them, the oldest first. */
  messages(roomId: RoomId): Promise<RoomEventDict[]> {
    return this.request(async ({ requester, context }) => {
      await this.homeserver.events.requireJoined(roomId, requester.userId);
      const events = await this.homeserver.store.timeline(roomId);
      return this.homeserver.clientEvents.serialise(events, this.userId, context);
    });
  }

  state(roomId: RoomId): Promise<StateMap<RoomEvent>> {
    return this.request(({ requester }) => this.homeserver.events.requireJoined(roomId, requester.userId));
  }

  createAlias(roomId: RoomId, alias: string): Promise<void> {
    const { directory } = this.homeserver;
    return this.request((caller) => directory.createAlias(caller, RoomAlias.fromString(alias), roomId));
  }

  deleteAlias(alias: string): Promise<void> {
    return this.request((caller) => this.homeserver.directory.deleteAlias(caller, RoomAlias.fromString(alias)));
  }

  /** Puts a room into the public room list, or takes it out. */
  setVisibility(roomId: RoomId, visibility: RoomVisibility): Promise<void> {
    return this.request((caller) => this.homeserver.directory.setVisibility(caller, roomId, visibility));
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

  /** The presence that a sync of this device would bring: what is new since the last time. */
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

  /** Asks for a mail with a token, to add an address to the account. Answers the id of the session. */
  requestToken(address: string, clientSecret = "secret"): Promise<string> {
    const wanted = { medium: "email", address, clientSecret } as const;
    return this.request(({ context }) => this.homeserver.threepids.requestToken(wanted, false, context));
  }

  /** Adds the address that a session has proven. */
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

  /** @param auth proves once more who the user is; without it the request answers how that can be done. */
  deleteDevice(deviceId: DeviceId, auth?: JsonObject): Promise<void> {
    return this.request(async ({ context }) => {
      await this.homeserver.interactiveAuth.confirm(this.userId, auth, context);
      await this.homeserver.sessions.deleteDevices(this.userId, [deviceId], context);
    });
  }

  /** Asks for the mail by which an account is renewed. */
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

  #change(change: MembershipRequest): Promise<EventId> {
    return this.#event((caller) => this.homeserver.memberships.change(caller, change));
  }

  #changeProfile(change: Parameters<Homeserver["profileChanges"]["change"]>[1]): Promise<void> {
    const { profileChanges } = this.homeserver;
    return this.request(({ context }) => profileChanges.changeAs(this.userId, this.userId, change, context));
  }

  /** A shadow-banned user is told the id of an event that does not exist. */
  #event(send: (caller: Caller) => Promise<RoomEvent>): Promise<EventId> {
    return this.request(async (caller) => {
      try {
        return (await send(caller)).eventId;
      } catch (error) {
        if (error instanceof ShadowBanError) return `$${randomId("nothing")}` as const;
        throw error;
      }
    });
  }
}
