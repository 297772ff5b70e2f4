import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import type { DeviceId, UserId } from "../../matrix/identifiers.js";
import { PRESENCE_ALL_USERS, type UserPresenceState } from "../../matrix/records.js";
import type { Clock } from "../../services/clock.js";
import type { PresenceUpdate } from "../../services/presence.js";
import type { Server } from "../../services/server.js";
import { domainOf } from "../domain-of.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import type { RemoteServers } from "../remote-servers.js";
import type { PresenceRow } from "../user-data-rows.js";
import type { Storage } from "../storage.js";
import type { EventStore } from "./event-store.js";

/** The presence that a client receives. @public */
export interface PresenceBatch {
  readonly states: readonly UserPresenceState[];
  /** Where the next read continues. */
  readonly next: number;
}

/** Stores presence, and notifies the users who may see it. @public */
export class PresenceFanout {
  /** Users who get a full snapshot, and the devices that have received it. */
  readonly #snapshots = new Map<UserId, Set<DeviceId>>();

  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "presenceRouter">;
      readonly storage: Pick<Storage, "presence" | "transact">;
      readonly settings: Pick<HomeserverSettings, "roomsWithoutPresence">;
      readonly clock: Clock;
      readonly server: Server;
      readonly remote: RemoteServers;
      readonly store: EventStore;
    },
  ) {}

  /** Sets presence and sends it to other servers immediately; local users read it. */
  async set(updates: ReadonlyMap<UserId, PresenceUpdate>, context?: HookContext): Promise<void> {
    const { storage, clock } = this.parts;
    const changed = await storage.transact(async (inner) => {
      const states: UserPresenceState[] = [];
      for (const [userId, { state, statusMsg }] of updates) {
        const old = await inner.presence.get({ userId });
        const row: PresenceRow = {
          userId,
          lastFederationUpdateTs: 0,
          lastUserSyncTs: 0,
          ...old,
          state,
          statusMsg,
          lastActiveTs: state === "online" ? clock.nowMs() : (old?.lastActiveTs ?? 0),
          currentlyActive: state === "online",
          stream: await inner.next("presence"),
        };
        await inner.presence.put(row);
        states.push(stateOf(row));
      }
      return states;
    });
    await this.#sendToServers(changed, context);
  }

  /**
   * What has changed since an earlier read: the user's own presence, that of users who share a room, and what the presence
   * router's two hooks add. A device whose user gets a snapshot receives everyone who is online, once.
   */
  async read(userId: UserId, deviceId: DeviceId, since = 0, context?: HookContext): Promise<PresenceBatch> {
    const rows = await this.parts.storage.presence.find();
    const next = Math.max(since, ...rows.map(({ stream }) => stream));
    const seen = this.#snapshots.get(userId);
    const isSnapshot = seen !== undefined && !seen.has(deviceId);
    if (isSnapshot) seen.add(deviceId);
    const wanted = rows.filter((row) => (isSnapshot && row.state !== "offline") || row.stream > since);
    return { states: await this.#visible(userId, wanted.map(stateOf), context), next };
  }

  /** Local users get a snapshot with their next read; remote users' servers are sent it now. */
  async sendOnlineSnapshot(users: readonly UserId[], context?: HookContext): Promise<void> {
    const { server, storage, remote } = this.parts;
    const rows = await storage.presence.find();
    const online = rows.filter(({ userId, state }) => state !== "offline" && server.isMine(userId)).map(stateOf);
    for (const userId of users) {
      if (server.isMine(userId)) {
        this.#snapshots.set(userId, new Set());
        continue;
      }
      const visible = await this.#visible(userId, online, context);
      if (visible.length > 0) await remote.sendPresence(domainOf(userId), visible);
    }
  }

  /** The states that a user may receive. */
  async #visible(
    userId: UserId,
    states: readonly UserPresenceState[],
    context?: HookContext,
  ): Promise<UserPresenceState[]> {
    const { presenceRouter } = this.parts.hooks;
    const interesting = await presenceRouter.getInterestedUsers(userId, context);
    const routed = (await presenceRouter.getUsersForStates(states, context)).get(userId) ?? new Set();
    const ownAndShared = await this.#usersAround(userId);
    const added = interesting === PRESENCE_ALL_USERS ? new Set<UserId>() : interesting;
    const routedKeys = new Set(Array.from(routed, ({ userId: about }) => about));
    return states.filter(({ userId: about }) => ownAndShared.has(about) || added.has(about) || routedKeys.has(about));
  }

  /** The user, and everyone who shares a room with them. */
  async #usersAround(userId: UserId): Promise<ReadonlySet<UserId>> {
    const around = new Set([userId]);
    for (const [roomId, membership] of await this.parts.store.membershipsOf(userId)) {
      if (membership !== "join" || this.parts.settings.roomsWithoutPresence.includes(roomId)) continue;
      const members = (await this.parts.store.state(roomId)).ofType("m.room.member");
      for (const [member, event] of members) if (event.membership === "join") around.add(member as UserId);
    }
    return around;
  }

  /** Sends each other server the states that its users share a room with, or that the router sends them. */
  async #sendToServers(states: readonly UserPresenceState[], context?: HookContext): Promise<void> {
    const { server, hooks, remote } = this.parts;
    const byServer = new Map<string, Set<UserPresenceState>>();
    const send = (userId: UserId, sent: Iterable<UserPresenceState>) => {
      if (server.isMine(userId)) return;
      const domain = domainOf(userId);
      byServer.set(domain, new Set([...(byServer.get(domain) ?? []), ...sent]));
    };
    for (const state of states) {
      if (!server.isMine(state.userId)) continue;
      for (const userId of await this.#usersAround(state.userId)) send(userId, [state]);
    }
    for (const [userId, sent] of await hooks.presenceRouter.getUsersForStates(states, context)) send(userId, sent);
    for (const [domain, sent] of byServer) await remote.sendPresence(domain, [...sent]);
  }
}

function stateOf({ stream: _, ...state }: PresenceRow): UserPresenceState {
  return Object.freeze(state);
}
