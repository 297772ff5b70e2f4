import type { MatrixClient } from "./matrix-client.js";

/** What a device is shown of a user's presence. */
export interface ShownPresence {
  readonly userId: string;
  readonly presence: string;
  readonly statusMsg?: string;
}

interface PresenceEvent {
  readonly sender: string;
  readonly content: { readonly presence: string; readonly status_msg?: string };
}

/** A device that syncs without being there itself. */
export class PresenceReader {
  #since: string | undefined;

  constructor(private readonly client: MatrixClient) {}

  /** The presence in the next sync, in order of users. */
  async next(): Promise<ShownPresence[]> {
    const since = this.#since === undefined ? "" : `&since=${this.#since}`;
    const path = `/_matrix/client/v3/sync?set_presence=offline${since}`;
    const { next_batch, presence } = await this.client.get<{
      next_batch: string;
      presence?: { events: PresenceEvent[] };
    }>(path);
    this.#since = next_batch;
    const shown = (presence?.events ?? []).map(({ sender, content }) => ({
      userId: sender,
      presence: content.presence,
      ...(content.status_msg !== undefined && { statusMsg: content.status_msg }),
    }));
    return shown.sort((one, other) => (one.userId < other.userId ? -1 : 1));
  }

  /** Whose presence is in the next sync. */
  async nextUsers(): Promise<string[]> {
    return (await this.next()).map(({ userId }) => userId);
  }
}

export async function setPresence(user: MatrixClient, presence: string, statusMsg?: string): Promise<void> {
  const path = `/_matrix/client/v3/presence/${user.userId}/status`;
  await user.put(path, { presence, ...(statusMsg !== undefined && { status_msg: statusMsg }) });
}
