import { LigandError } from "../errors/ligand-error.js";
import type { UserId } from "../matrix/identifiers.js";
import type { PresenceState } from "../matrix/records.js";
import { assertJson } from "./assert-json.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** The presence to set for a user. @public */
export interface PresenceUpdate {
  readonly state: PresenceState;
  readonly statusMsg: string | null;
}

/** Sets and sends the presence of users, local and remote. @public */
export abstract class Presence {
  static readonly declaration: ServiceDeclaration<Presence> = {
    runsIn: "homeserver",
    methods: {
      sendLocalOnlinePresenceTo: { does: "acts", takes: ["personal"], returns: "nothing" },
      setPresenceForUsers: { does: "acts", takes: ["personal"], returns: "nothing" },
    },
  };

  /**
   * Shows users who is online. A local user receives, once per device and with the next sync, all *online* users they
   * may see. A remote user's server immediately receives what the user is interested in. Offline users receive nothing.
   * (`send_local_online_presence_to`, 1.32.)
   *
   * @throws {LigandError} `LIGAND_NOT_SUPPORTED` in a process that doesn't write presence.
   */
  async sendLocalOnlinePresenceTo(users: Iterable<UserId>): Promise<void> {
    this.#checkWriter();
    const receivers = [...new Set(users)];
    if (receivers.length > 0) await this.sendOnlineSnapshot(receivers);
  }

  /**
   * Sets the state and status message of users, local or remote; the rest of their presence stays. Interested users are
   * always notified. If presence is switched off, it only logs. (`set_presence_for_users`, 1.96.)
   *
   * @throws {LigandError} `LIGAND_NOT_SUPPORTED` in a process that doesn't write presence.
   */
  async setPresenceForUsers(users: ReadonlyMap<UserId, PresenceUpdate>): Promise<void> {
    this.#checkWriter();
    for (const [user, update] of users) assertJson(update, `the presence of ${user}`);
    await this.writePresence(users);
  }

  /** Whether this process writes presence. */
  protected abstract isWriter(): boolean;

  /** @param users at least one, without duplicates. */
  protected abstract sendOnlineSnapshot(users: readonly UserId[]): Promise<void>;

  protected abstract writePresence(users: ReadonlyMap<UserId, PresenceUpdate>): Promise<void>;

  #checkWriter(): void {
    if (!this.isWriter()) {
      throw new LigandError("LIGAND_NOT_SUPPORTED", "this process doesn't write presence", {
        remedy: "Call this in the process that writes presence.",
      });
    }
  }
}
