import { randomBytes } from "node:crypto";
import type { Hooks } from "../../catalogue/index.js";
import { Codes } from "../../matrix/codes.js";
import type { Medium, RoomId } from "../../matrix/identifiers.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { StateSelection } from "../../matrix/state-selection.js";
import type { Caller } from "../caller.js";
import { throwIfDenied } from "../denied.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import type { RemoteServers } from "../remote-servers.js";
import { ShadowBanError } from "../shadow-ban-error.js";
import type { Administrators } from "./administrators.js";
import type { EventStore } from "./event-store.js";
import type { Events } from "./events.js";
import type { Memberships } from "./memberships.js";

/** Invites people of whom only an address is known. @public */
export class ThreepidInvites {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker" | "thirdPartyRules">;
      readonly settings: Pick<HomeserverSettings, "blockNonAdminInvites" | "threepidLookup">;
      readonly remote: RemoteServers;
      readonly administrators: Administrators;
      readonly store: EventStore;
      readonly events: Events;
      readonly memberships: Memberships;
    },
  ) {}

  /**
   * `POST /rooms/{roomId}/invite` with a third-party identifier. The order: who may invite, shadow-ban,
   * `checkThreepidCanBeInvited`, look-up. An address that belongs to a user becomes an ordinary invite; for any other,
   * `userMaySend3pidInvite` is asked. Administrators aren't exempt.
   */
  async invite(
    caller: Caller,
    roomId: RoomId,
    { medium, address }: { readonly medium: Medium; readonly address: string },
  ): Promise<RoomEvent> {
    const { hooks, settings, store, remote } = this.parts;
    const { requester, context } = caller;
    if (settings.blockNonAdminInvites && !(await this.parts.administrators.isAdmin(requester))) {
      throw new MatrixError(403, "Only administrators may invite users", Codes.FORBIDDEN);
    }
    if (requester.shadowBanned) throw new ShadowBanError();
    const state = (wanted?: StateSelection) => store.state(roomId, wanted);
    if (!(await hooks.thirdPartyRules.checkThreepidCanBeInvited(medium, address, state, context))) {
      throw new MatrixError(403, "This address can't be invited to this room", Codes.FORBIDDEN);
    }
    if (!settings.threepidLookup) throw new MatrixError(403, "Looking up addresses is disabled");
    const target = await remote.lookup3pid(medium, address);
    if (target !== null) return this.parts.memberships.change(caller, { roomId, target, membership: "invite" });

    const verdict = await hooks.spamChecker.userMaySend3pidInvite(requester.userId, medium, address, roomId, context);
    throwIfDenied(verdict, "You may not invite this address");
    await remote.store3pidInvite(medium, address, roomId, requester.userId);
    return this.parts.events.sendNonMember(caller, {
      roomId,
      type: "m.room.third_party_invite",
      sender: requester.userId,
      stateKey: randomBytes(16).toString("base64url"),
      content: { display_name: `${address.slice(0, 1)}…`, key_validity_url: "", public_key: "" },
    });
  }
}
