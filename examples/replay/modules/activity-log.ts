import { LRUCache } from "lru-cache";
import {
  AccountData,
  AccountValidity,
  inject,
  Module,
  ModuleLogger,
  preDestroy,
  ThirdPartyRules,
  UnsignedFields,
  type EventId,
  type JsonObject,
  type ProfileInfo,
  type RoomEvent,
  type RoomId,
  type UserId,
} from "ligand";

/** Counts what happens, and numbers the messages of each room in `unsigned`. Decides nothing. */
@Module()
export class ActivityLog {
  readonly #counts = new Map<string, number>();
  /** Of the latest messages; clients rarely ask for others. */
  readonly #numbers = new LRUCache<EventId, number>({ max: 10_000 });
  readonly #messagesByRoom = new Map<RoomId, number>();

  constructor(@inject(ModuleLogger) private readonly log: ModuleLogger) {}

  @ThirdPartyRules.onNewEvent()
  noteEvent(event: RoomEvent): void {
    this.#count(event.isState() ? "state events" : "events");
    if (event.type !== "m.room.message") return;
    const number = (this.#messagesByRoom.get(event.roomId) ?? 0) + 1;
    this.#messagesByRoom.set(event.roomId, number);
    this.#numbers.set(event.eventId, number);
  }

  @UnsignedFields.addFieldToUnsigned()
  addNumber(event: RoomEvent): JsonObject {
    const number = this.#numbers.get(event.eventId);
    return number === undefined ? {} : { "org.example.message_number": number };
  }

  @ThirdPartyRules.onProfileUpdate()
  noteProfile(_userId: UserId, _profile: ProfileInfo, byAdmin: boolean): void {
    this.#count(byAdmin ? "profiles changed by administrators" : "profiles changed");
  }

  @ThirdPartyRules.onUserDeactivationStatusChanged()
  noteDeactivation(_userId: UserId, deactivated: boolean): void {
    this.#count(deactivated ? "accounts deactivated" : "accounts reactivated");
  }

  @ThirdPartyRules.onAddUserThirdPartyIdentifier()
  noteAddress(): void {
    this.#count("addresses added");
  }

  @AccountData.onAccountDataUpdated()
  noteAccountData(_userId: UserId, roomId: RoomId | null): void {
    this.#count(roomId === null ? "global account data" : "account data of rooms");
  }

  @AccountValidity.onUserLogin()
  noteLogin(): void {
    this.#count("logins");
  }

  @preDestroy()
  report(): void {
    this.log.info("what happened", Object.fromEntries(this.#counts));
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}
