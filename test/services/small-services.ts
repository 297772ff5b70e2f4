import type { EventId, ParsedUserId, RoomAlias, RoomId, UserId } from "#src/matrix/identifiers.js";
import type { DeepReadonly, JsonObject } from "#src/matrix/json.js";
import { NotFoundError } from "#src/matrix/matrix-error.js";
import type { ProfileInfo } from "#src/matrix/records.js";
import { RoomEvent, type RoomEventDict } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { AccountDataStore } from "#src/services/account-data-store.js";
import { ConfiguredServer } from "#src/services/configured-server.js";
import type { ResolvedAlias } from "#src/services/look-up-alias.js";
import { Presence, type PresenceUpdate } from "#src/services/presence.js";
import { PushRules, type PushRuleAction, type PushRuleKind } from "#src/services/push-rules.js";
import {
  Rooms,
  type CreatedRoom,
  type CreateRoomOptions,
  type MembershipChange,
  type StateFilter,
} from "#src/services/rooms.js";
import { capturedLog } from "./captured-log.js";

/** Implementations over plain values, as small as they can be: what is tested with them are the rules above them. */

export const server = new ConfiguredServer({ serverName: "server" });

/** Account data of the one user `@a:server`. */
export class SmallAccountData extends AccountDataStore {
  protected readonly server = server;
  readonly stored = new Map<string, JsonObject>();

  protected async readGlobal(userId: UserId, type: string): Promise<DeepReadonly<JsonObject> | null> {
    return this.stored.get(`${userId} ${type}`) ?? null;
  }

  protected async writeGlobal(userId: UserId, type: string, data: JsonObject): Promise<void> {
    this.stored.set(`${userId} ${type}`, data);
  }

  protected async isRegistered(userId: UserId): Promise<boolean> {
    return userId === "@a:server";
  }
}

/** Push rules of which there is one, `.m.rule.one`. */
export class SmallPushRules extends PushRules {
  readonly stored: unknown[] = [];

  constructor(protected readonly server = new ConfiguredServer({ serverName: "server" })) {
    super();
  }

  protected async storeActions(
    userId: UserId,
    kind: PushRuleKind,
    ruleId: string,
    actions: readonly PushRuleAction[],
  ): Promise<boolean> {
    this.stored.push([userId, kind, ruleId, actions]);
    return ruleId === ".m.rule.one";
  }
}

/** Presence that records its calls. */
export class SmallPresence extends Presence {
  readonly told: unknown[] = [];

  constructor(readonly writer = true) {
    super();
  }

  protected isWriter(): boolean {
    return this.writer;
  }

  protected async sendOnlineSnapshot(users: readonly UserId[]): Promise<void> {
    this.told.push(users);
  }

  protected async writePresence(users: ReadonlyMap<UserId, PresenceUpdate>): Promise<void> {
    this.told.push([...users]);
  }
}

/** One room whose state is given. */
export class SmallRooms extends Rooms {
  protected readonly server = server;
  readonly log = capturedLog();
  protected readonly logger = this.log.logger;
  readonly done: unknown[] = [];
  readonly aliases = new Map<string, ResolvedAlias>();
  profile: () => ProfileInfo = () => {
    throw new NotFoundError();
  };
  /** Whether a membership event can be loaded once it is there. */
  loads = true;

  constructor(readonly state: readonly RoomEvent[] = []) {
    super();
  }

  async deleteRoom(): Promise<void> {}

  protected async readState(_roomId: RoomId, filter: StateFilter | null): Promise<StateMap<RoomEvent>> {
    const pairs = filter === null ? null : [...filter];
    const chosen = (event: RoomEvent) =>
      pairs?.some(([type, key]) => type === event.type && (key === null || key === event.stateKey)) ?? true;
    return StateMap.ofEvents(this.state.filter(chosen) as (RoomEvent & { stateKey: string })[]);
  }

  protected async changeMembership(change: MembershipChange): Promise<EventId> {
    this.done.push(change);
    return "$member";
  }

  protected async findEvent(eventId: EventId): Promise<RoomEvent | null> {
    const dict: RoomEventDict = {
      event_id: eventId,
      room_id: "!r:server",
      type: "t",
      sender: "@a:server",
      content: {},
    };
    return this.loads ? new RoomEvent(dict) : null;
  }

  protected async fetchProfile(_user: ParsedUserId): Promise<ProfileInfo> {
    return this.profile();
  }

  protected async sendEvent(event: RoomEventDict): Promise<RoomEvent> {
    this.done.push(event);
    return new RoomEvent(event);
  }

  protected async makeRoom(userId: UserId, config: JsonObject, options: CreateRoomOptions): Promise<CreatedRoom> {
    this.done.push([userId, config, options]);
    return { roomId: "!new:server", alias: null };
  }

  protected async resolveAlias(alias: RoomAlias): Promise<ResolvedAlias | null> {
    return this.aliases.get(alias.toString()) ?? null;
  }
}

/** A state event of the room `!r:server`. */
export function stateEvent(type: string, stateKey: string, content: JsonObject = {}): RoomEvent {
  return new RoomEvent({ room_id: "!r:server", type, state_key: stateKey, sender: "@a:server", content });
}
