import type { UserId } from "../../matrix/identifiers.js";
import { Presence, type PresenceUpdate } from "../../services/presence.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import type { PresenceFanout } from "../pipelines/presence-fanout.js";

/** {@link Presence} of the homeserver. */
export class HomeserverPresence extends Presence {
  constructor(
    private readonly parts: {
      readonly settings: Pick<HomeserverSettings, "isPresenceWriter">;
      readonly presence: PresenceFanout;
    },
  ) {
    super();
  }

  protected isWriter(): boolean {
    return this.parts.settings.isPresenceWriter;
  }

  protected sendOnlineSnapshot(users: readonly UserId[]): Promise<void> {
    return this.parts.presence.sendOnlineSnapshot(users);
  }

  protected writePresence(users: ReadonlyMap<UserId, PresenceUpdate>): Promise<void> {
    return this.parts.presence.set(users);
  }
}
