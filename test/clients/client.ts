import { setTimeout } from "node:timers/promises";

/** What a user does in a room. A message that it is about is named by its text: that is what a user sees. */
export type Deed =
  | { readonly does: "says"; readonly body: string }
  | { readonly does: "reacts"; readonly to: string; readonly key: string }
  | { readonly does: "replies"; readonly to: string; readonly body: string }
  | { readonly does: "shares"; readonly name: string; readonly content: string };

/** A program by which a user is at the homeserver, driven by its own interface. */
export interface Client {
  readonly name: string;
  readonly userId: string;
  /** Logs in; the client then receives what happens. */
  logIn(password: string): Promise<void>;
  /** @returns the id of the new room. */
  createRoom(name: string, invited: readonly string[]): Promise<string>;
  /** Waits until the client shows the invite, and accepts it. */
  acceptInvite(roomId: string): Promise<void>;
  act(roomId: string, deed: Deed): Promise<void>;
  /** Waits until the client has received, without being asked to look, what another user did. */
  hears(roomId: string, sender: string, deed: Deed): Promise<void>;
  stop(): Promise<void>;
}

/** How long a test waits for what a client should receive. */
export const PATIENCE_MS = 60_000;

/** Waits for a value. @throws when it does not come, with what was awaited and what there was in its place. */
export async function waitFor<T>(
  what: string,
  find: () => T | undefined,
  seen: () => string,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  for (const end = Date.now() + patienceMs; ; await setTimeout(20)) {
    const found = find();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not within ${patienceMs / 1_000} s: ${what}. Instead:\n${seen()}`);
  }
}
