import type { Caller } from "../homeserver/caller.js";
import type { Homeserver } from "../homeserver/homeserver.js";
import type { ProfileChange } from "../homeserver/pipelines/profile-changes.js";
import { Codes } from "../matrix/codes.js";
import type { EventId, Medium, RoomId, UserId } from "../matrix/identifiers.js";
import { MatrixError } from "../matrix/matrix-error.js";
import type { TestAccount } from "./test-account.js";

/** Administrators' requests; for other users they are 403 `M_FORBIDDEN`. @public */
export class TestAdmin {
  constructor(
    private readonly homeserver: Homeserver,
    private readonly user: TestAccount,
  ) {}

  changeProfile(userId: UserId, change: ProfileChange): Promise<void> {
    return this.#request(({ context }) =>
      this.homeserver.profileChanges.change(userId, change, { byAdmin: true, context }),
    );
  }

  addThreepid(userId: UserId, medium: Medium, address: string): Promise<void> {
    return this.#request(({ context }) => this.homeserver.threepids.add(userId, medium, address, context));
  }

  removeThreepid(userId: UserId, medium: Medium, address: string): Promise<void> {
    return this.#request(({ context }) => this.homeserver.threepids.remove(userId, medium, address, context));
  }

  deactivate(userId: UserId, { erase = false } = {}): Promise<void> {
    return this.#request(({ context }) =>
      this.homeserver.deactivation.deactivate(userId, { byAdmin: true, erase, context }),
    );
  }

  reactivate(userId: UserId, password: string): Promise<void> {
    return this.#request(({ context }) => this.homeserver.deactivation.reactivate(userId, password, context));
  }

  /** Redacts all messages of a user, and returns why some couldn't be redacted, by event. */
  redactAllOf(userId: UserId): Promise<ReadonlyMap<EventId, string>> {
    return this.#request(() => this.homeserver.massRedaction.redactAllOf(userId));
  }

  /** The first version of the request: done when it resolves. */
  shutDownRoom(roomId: RoomId): Promise<void> {
    return this.#request(({ context }) => this.homeserver.roomShutdown.shutDown(this.user.userId, roomId, context));
  }

  /** The second version: the room is deleted in the background. */
  deleteRoom(roomId: RoomId): Promise<void> {
    return this.#request(({ context }) => this.homeserver.roomShutdown.schedule(this.user.userId, roomId, context));
  }

  /** Sets how long an account is valid; without a time, as long as a new one. */
  setValidity(userId: UserId, expirationTs?: number): Promise<{ readonly expiration_ts: number }> {
    const body = JSON.stringify({ user_id: userId, expiration_ts: expirationTs });
    const url = "https://client.invalid/_synapse/admin/v1/account_validity/validity";
    const request = new Request(url, { method: "POST", body });
    return this.#request(({ context }) => this.homeserver.accountRenewal.administer(request, context));
  }

  #request<T>(run: (caller: Caller) => Promise<T>): Promise<T> {
    return this.user.request(async (caller) => {
      if (await this.homeserver.administrators.isAdmin(caller.requester)) return run(caller);
      throw new MatrixError(403, "You're not a server administrator", Codes.FORBIDDEN);
    });
  }
}
