import {
  RoomEvent,
  StateMap,
  type EventId,
  type JsonObject,
  type Medium,
  type MxcUri,
  type PresenceState,
  type RoomEventDict,
  type RoomId,
  type UserId,
} from "#src/index.js";
import type { ProfileChange, Upload, UserSearchResult } from "#src/homeserver.js";
import { TestAdmin, TestUser } from "#src/testing.js";
import { hashPassword } from "#src/homeserver/passwords.js";
import { HttpClient, type Sent } from "./http-client.js";

const CLIENT = "/_matrix/client/v3";
const ADMIN = "/_synapse/admin";
let transactions = 0;

/** A {@link TestUser} whose requests go over HTTP to the example homeserver, as far as that has them. */
export class HttpUser extends TestUser {
  readonly client: HttpClient;
  override readonly admin: HttpAdmin;
  #since: string | undefined;

  constructor(user: TestUser, url: string) {
    // A user of the kit's own: the rest of what it can do stays.
    super(user["homeserver"], user.userId, user.accessToken, user.deviceId);
    this.client = new HttpClient(url, user.accessToken);
    this.admin = new HttpAdmin(user["homeserver"], this);
  }

  /** A request, and what it has started. */
  async ask<T = JsonObject>(method: string, path: string, sent?: Sent): Promise<T> {
    const answer = await this.client.ask<T>(method, path, sent);
    await this.homeserver.settled();
    return answer;
  }

  override async whoAmI(): Promise<UserId> {
    return (await this.ask<{ user_id: UserId }>("GET", `${CLIENT}/account/whoami`)).user_id;
  }

  override async createRoom(body: JsonObject = {}): Promise<RoomId> {
    return (await this.ask<{ room_id: RoomId }>("POST", `${CLIENT}/createRoom`, { body })).room_id;
  }

  override async upgradeRoom(roomId: RoomId, newVersion = "11"): Promise<RoomId> {
    const body = { new_version: newVersion };
    const path = `${room(roomId)}/upgrade`;
    return (await this.ask<{ replacement_room: RoomId }>("POST", path, { body })).replacement_room;
  }

  override send(roomId: RoomId, type: string, content: JsonObject): Promise<EventId> {
    return this.#event(HttpClient.path(`${room(roomId)}/send`, type, String((transactions += 1))), content);
  }

  override sendState(roomId: RoomId, type: string, content: JsonObject, stateKey = ""): Promise<EventId> {
    return this.#event(HttpClient.path(`${room(roomId)}/state`, type, stateKey), content);
  }

  override redact(roomId: RoomId, eventId: EventId, reason?: string): Promise<EventId> {
    const path = HttpClient.path(`${room(roomId)}/redact`, eventId, String((transactions += 1)));
    return this.#event(path, reason === undefined ? {} : { reason });
  }

  override async join(roomIdOrAlias: string): Promise<EventId> {
    const answer = await this.ask<{ room_id: RoomId }>("POST", HttpClient.path(`${CLIENT}/join`, roomIdOrAlias));
    return this.#membership(answer.room_id, this.userId);
  }

  /** The endpoint has no content: what a test gives goes the way of the kit. */
  override invite(roomId: RoomId, target: UserId, content: JsonObject = {}): Promise<EventId> {
    if (Object.keys(content).length > 0) return super.invite(roomId, target, content);
    return this.#change(roomId, "invite", target);
  }

  override async invite3pid(roomId: RoomId, medium: Medium, address: string): Promise<EventId> {
    const body = { medium, address, id_server: "id.example", id_access_token: "token" };
    await this.ask("POST", `${room(roomId)}/invite`, { body });
    return "$";
  }

  override async leave(roomId: RoomId): Promise<EventId> {
    await this.ask("POST", `${room(roomId)}/leave`);
    return this.#membership(roomId, this.userId);
  }

  override kick(roomId: RoomId, target: UserId, reason?: string): Promise<EventId> {
    return this.#change(roomId, "kick", target, reason);
  }

  override ban(roomId: RoomId, target: UserId, reason?: string): Promise<EventId> {
    return this.#change(roomId, "ban", target, reason);
  }

  override async messages(roomId: RoomId): Promise<RoomEventDict[]> {
    const query = { dir: "f", limit: "100" };
    return (await this.ask<{ chunk: RoomEventDict[] }>("GET", `${room(roomId)}/messages`, { query })).chunk;
  }

  override event(roomId: RoomId, eventId: EventId): Promise<RoomEventDict> {
    return this.ask("GET", HttpClient.path(`${room(roomId)}/event`, eventId));
  }

  override async state(roomId: RoomId): Promise<StateMap<RoomEvent>> {
    const events = await this.ask<RoomEventDict[]>("GET", `${room(roomId)}/state`);
    return StateMap.ofEvents(events.map((dict) => new RoomEvent(dict)));
  }

  override async createAlias(roomId: RoomId, alias: string): Promise<void> {
    await this.ask("PUT", HttpClient.path(`${CLIENT}/directory/room`, alias), { body: { room_id: roomId } });
  }

  override async deleteAlias(alias: string): Promise<void> {
    await this.ask("DELETE", HttpClient.path(`${CLIENT}/directory/room`, alias));
  }

  override async setVisibility(roomId: RoomId, visibility: "public" | "private"): Promise<void> {
    await this.ask("PUT", HttpClient.path(`${CLIENT}/directory/list/room`, roomId), { body: { visibility } });
  }

  override async setDisplayname(displayName: string | null): Promise<void> {
    await this.ask("PUT", `${this.#own("profile")}/displayname`, { body: { displayname: displayName } });
  }

  override async setAvatarUrl(avatarUrl: MxcUri | null): Promise<void> {
    await this.ask("PUT", `${this.#own("profile")}/avatar_url`, { body: { avatar_url: avatarUrl } });
  }

  override searchUsers(term: string, limit = 10): Promise<UserSearchResult> {
    return this.ask("POST", `${CLIENT}/user_directory/search`, { body: { search_term: term, limit } });
  }

  override async setPresence(state: PresenceState, statusMsg: string | null = null): Promise<void> {
    const body = { presence: state, status_msg: statusMsg };
    await this.ask("PUT", `${this.#own("presence")}/status`, { body });
  }

  override async syncPresence() {
    interface Answer {
      next_batch: string;
      presence: { events: { sender: UserId; content: { presence: PresenceState; status_msg?: string } }[] };
    }
    const query = this.#since === undefined ? {} : { since: this.#since };
    const answer = await this.ask<Answer>("GET", `${CLIENT}/sync`, { query });
    this.#since = answer.next_batch;
    return answer.presence.events.map(({ sender, content: { presence, status_msg: statusMsg = null } }) => ({
      userId: sender,
      state: presence,
      statusMsg,
    }));
  }

  override async setAccountData(type: string, content: JsonObject, roomId: RoomId | null = null): Promise<void> {
    if (type === "m.fully_read") return super.setAccountData(type, content, roomId);
    const start = roomId === null ? this.#own("user") : HttpClient.path(`${this.#own("user")}/rooms`, roomId);
    await this.ask("PUT", HttpClient.path(`${start}/account_data`, type), { body: content });
  }

  override async setTag(roomId: RoomId, tag: string, content: JsonObject = {}): Promise<void> {
    const start = HttpClient.path(`${this.#own("user")}/rooms`, roomId);
    await this.ask("PUT", HttpClient.path(`${start}/tags`, tag), { body: content });
  }

  override mediaConfig(): Promise<JsonObject> {
    return this.ask("GET", "/_matrix/client/v1/media/config");
  }

  override async upload({ content, contentType, name }: Upload): Promise<MxcUri> {
    const headers = { "Content-Type": contentType ?? "application/octet-stream" };
    const sent = { body: new Uint8Array(content), headers, query: name === undefined ? {} : { filename: name } };
    return (await this.ask<{ content_uri: MxcUri }>("POST", "/_matrix/media/v3/upload", sent)).content_uri;
  }

  override async requestToken(address: string, clientSecret = "secret"): Promise<string> {
    const body = { email: address, client_secret: clientSecret, send_attempt: 1 };
    return (await this.ask<{ sid: string }>("POST", `${CLIENT}/account/3pid/email/requestToken`, { body })).sid;
  }

  override async addThreepid(sid: string, clientSecret = "secret"): Promise<void> {
    const body = { sid, client_secret: clientSecret, auth: await this.#proof() };
    await this.ask("POST", `${CLIENT}/account/3pid/add`, { body });
  }

  override async removeThreepid(medium: Medium, address: string): Promise<void> {
    await this.ask("POST", `${CLIENT}/account/3pid/delete`, { body: { medium, address } });
  }

  override async logOut(): Promise<void> {
    await this.ask("POST", `${CLIENT}/logout`);
  }

  override async logOutAll(): Promise<void> {
    await this.ask("POST", `${CLIENT}/logout/all`);
  }

  override async deleteDevice(deviceId: string, auth?: JsonObject): Promise<void> {
    const body = auth === undefined ? {} : { auth };
    await this.ask("DELETE", HttpClient.path(`${CLIENT}/devices`, deviceId), { body });
  }

  override async requestRenewalMail(): Promise<void> {
    await this.ask("POST", "/_matrix/client/unstable/account_validity/send_mail");
  }

  override async deactivate({ erase = false } = {}): Promise<void> {
    await this.ask("POST", `${CLIENT}/account/deactivate`, { body: { erase, auth: await this.#proof() } });
  }

  async #event(path: string, content: JsonObject): Promise<EventId> {
    return (await this.ask<{ event_id: EventId }>("PUT", path, { body: content })).event_id;
  }

  async #change(roomId: RoomId, action: string, target: UserId, reason?: string): Promise<EventId> {
    const body = { user_id: target, ...(reason !== undefined && { reason }) };
    await this.ask("POST", `${room(roomId)}/${action}`, { body });
    return this.#membership(roomId, target);
  }

  /** The endpoints of memberships do not tell it. */
  async #membership(roomId: RoomId, target: UserId): Promise<EventId> {
    return (await this.homeserver.store.stateEvent(roomId, "m.room.member", target))?.eventId ?? "$";
  }

  /** By a password, which users of the kit need not have. */
  async #proof(): Promise<JsonObject> {
    const { users } = this.homeserver.storage;
    const user = (await users.get({ userId: this.userId }))!;
    await users.put({ ...user, passwordHash: await hashPassword("proof", 1024) });
    return { type: "m.login.password", identifier: { type: "m.id.user", user: this.userId }, password: "proof" };
  }

  #own(area: string): string {
    return HttpClient.path(`${CLIENT}/${area}`, this.userId);
  }
}

/** A {@link TestAdmin} whose requests go over HTTP. */
class HttpAdmin extends TestAdmin {
  constructor(
    homeserver: HttpUser["homeserver"],
    private readonly asker: HttpUser,
  ) {
    super(homeserver, asker);
  }

  override changeProfile(userId: UserId, change: ProfileChange): Promise<void> {
    const { displayName: displayname, avatarUrl: avatar_url } = change;
    return this.#put(userId, {
      ...(displayname != null && { displayname }),
      ...(avatar_url != null && { avatar_url }),
    });
  }

  override addThreepid(userId: UserId, medium: Medium, address: string): Promise<void> {
    return this.#put(userId, { threepids: [{ medium, address }] });
  }

  override removeThreepid(userId: UserId): Promise<void> {
    return this.#put(userId, { threepids: [] });
  }

  override deactivate(userId: UserId, { erase = false } = {}): Promise<void> {
    if (!erase) return this.#put(userId, { deactivated: true });
    return this.#ask("POST", HttpClient.path(`${ADMIN}/v1/deactivate`, userId), { erase });
  }

  override reactivate(userId: UserId, password: string): Promise<void> {
    return this.#put(userId, { deactivated: false, password });
  }

  override shutDownRoom(roomId: RoomId): Promise<void> {
    return this.#ask("DELETE", HttpClient.path(`${ADMIN}/v1/rooms`, roomId));
  }

  override deleteRoom(roomId: RoomId): Promise<void> {
    return this.#ask("DELETE", HttpClient.path(`${ADMIN}/v2/rooms`, roomId));
  }

  override setValidity(userId: UserId, expirationTs?: number): Promise<{ readonly expiration_ts: number }> {
    const body = { user_id: userId, ...(expirationTs !== undefined && { expiration_ts: expirationTs }) };
    return this.asker.ask("POST", `${ADMIN}/v1/account_validity/validity`, { body });
  }

  #put(userId: UserId, body: JsonObject): Promise<void> {
    return this.#ask("PUT", HttpClient.path(`${ADMIN}/v2/users`, userId), body);
  }

  async #ask(method: string, path: string, body: JsonObject = {}): Promise<void> {
    await this.asker.ask(method, path, { body });
  }
}

function room(roomId: RoomId): string {
  return HttpClient.path(`${CLIENT}/rooms`, roomId);
}
