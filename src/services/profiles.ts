import type { Logger } from "winston";
import { Codes } from "../matrix/codes.js";
import { ParsedUserId, type UserId } from "../matrix/identifiers.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { PROFILE_PRIVACY } from "../matrix/privacy.js";
import type { ProfileInfo } from "../matrix/records.js";
import type { Server } from "./server.js";
import type { ServiceDeclaration } from "./service-declaration.js";

const MAX_DISPLAYNAME_LENGTH = 256;

/** Reads and changes the profiles of the homeserver's users. @public */
export abstract class Profiles {
  static readonly declaration: ServiceDeclaration<Profiles> = {
    runsIn: "homeserver",
    methods: {
      getProfileForUser: { does: "reads", takes: ["personal"], returns: PROFILE_PRIVACY },
      setDisplayname: { does: "acts", takes: ["personal", "personal", "public"], returns: "nothing" },
    },
  };

  protected abstract readonly server: Server;
  protected abstract readonly logger: Logger;

  /** The profile of a local user; for an unknown one, both members are null. (`get_profile_for_user`, 1.39.) */
  async getProfileForUser(localpart: string): Promise<ProfileInfo> {
    return (await this.readProfile(localpart)) ?? { displayName: null, avatarUrl: null };
  }

  /**
   * Changes a display name as an administrator would: `onProfileUpdate` is called, and the user directory and the user's
   * memberships follow. Whitespace around the name is removed; an empty string removes the name.
   * (`set_displayname`, 1.76.)
   *
   * @param deactivation has had no effect since 1.150; passing it logs an error.
   * @throws {MatrixError} 400 when the user isn't local, the name isn't a string (`M_INVALID_PARAM`), or the name is longer
   *   than 256 characters.
   */
  async setDisplayname(userId: UserId | ParsedUserId, newDisplayname: string, deactivation?: unknown): Promise<void> {
    const user = typeof userId === "string" ? ParsedUserId.fromString(userId) : userId;
    if (deactivation !== undefined) {
      this.logger.error("setDisplayname() no longer uses `deactivation`; remove it from the call");
    }
    if (!this.server.isMine(user)) throw new MatrixError(400, `User ${user} isn't hosted on this server`);
    if (typeof newDisplayname !== "string") {
      throw new MatrixError(400, "The display name isn't a string", Codes.INVALID_PARAM);
    }
    if ([...newDisplayname].length > MAX_DISPLAYNAME_LENGTH) {
      throw new MatrixError(400, `The display name is longer than ${MAX_DISPLAYNAME_LENGTH} characters`);
    }
    await this.changeDisplayname(user, newDisplayname === "" ? null : newDisplayname.trim());
  }

  /** The stored profile of a local user, or null for an unknown one. */
  protected abstract readProfile(localpart: string): Promise<ProfileInfo | null>;

  /** Stores a display name that has been checked, null for none, and does what follows from the change. */
  protected abstract changeDisplayname(user: ParsedUserId, displayname: string | null): Promise<void>;
}
