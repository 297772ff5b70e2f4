import type { UserId } from "../../matrix/identifiers.js";
import { Presence, type PresenceUpdate } from "../../services/presence.js";
import type { Homeserver } from "../homeserver.js";

/** {@link Presence} of a {@link Homeserver}. */
export class HomeserverPresence extends Presence {
  constructor(private readonly homeserver: Homeserver) {
    super();
  }

  protected isWriter(): boolean {
    return this.homeserver.settings.isPresenceWriter;
  }

  protected sendOnlineSnapshot(users: readonly UserId[]): Promise<void> {
    return this.homeserver.presence.sendOnlineSnapshot(users);
  }

  protected writePresence(users: ReadonlyMap<UserId, PresenceUpdate>): Promise<void> {
    return this.homeserver.presence.set(users);
  }
}
