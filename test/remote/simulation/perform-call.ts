import { RoomEvent, StateMap, type RoomId, type UserId } from "#src/index.js";
import type { Hooks } from "#src/catalogue/index.js";
import type { Call } from "./call.js";

/** What calls are made to: a host in this process or in another one. */
export interface Callee {
  readonly hooks: Hooks;
  fetch(request: Request, options?: { readonly requestId?: string }): Promise<Response | undefined>;
}

/** How a call is made. */
export interface PerformOptions {
  readonly signal: AbortSignal;
  /** Called for what the caller uses no more, such as a function that it won't call. */
  readonly drop?: (value: object) => void;
}

/** Makes a call, and uses what its answer brings as planned. @returns what it came to, to be compared. */
export async function performCall(call: Call, host: Callee, { signal, drop = () => undefined }: PerformOptions) {
  const { hooks } = host;
  const { name, text, requestId } = call;
  const context = { signal, requestId };
  const { follows, n, kind } = call.plan;
  switch (kind) {
    case "spam":
      return hooks.spamChecker.checkEventForSpam(eventOf(call), context);
    case "create": {
      const content = { call: name, text, by: [] };
      await hooks.thirdPartyRules.onCreateRoom(REQUESTER, content, false, context);
      return content;
    }
    case "allowed":
      return hooks.thirdPartyRules.checkEventAllowed(eventOf(call), stateOf(call), context);
    case "login": {
      const found = await hooks.passwordAuth.checkAuth(name, "m.login.sim", { call: name }, context);
      if (!found) return null;
      const [user, onLogin] = found;
      const response = { user_id: user, access_token: "" };
      if (follows === "uses") await onLogin?.(response as never);
      if (onLogin) drop(onLogin);
      return [user, response];
    }
    case "config":
      return hooks.mediaRepository.getMediaConfigForUser(`@${name}:x` as UserId, context);
    case "file": {
      const file = {
        path: `/sim/${name}`,
        async writeChunksTo(write: (chunk: Uint8Array) => void) {
          write(Buffer.from(text.slice(0, 5)));
          await Promise.resolve();
          write(Buffer.from(text.slice(5)));
        },
      };
      const info = { serverName: null, fileId: name, urlCache: false, thumbnail: null };
      return hooks.spamChecker.checkMediaFileForSpam(file, info, context);
    }
    case "slot": {
      const slot = hooks.backgroundUpdates.onUpdate(name, "main", false, context);
      if (!slot) return null;
      const entered = await slot.enter();
      if (follows === "uses") await slot.exit();
      return [entered - n];
    }
    case "page": {
      const url = `http://x/_synapse/client/sim?call=${name}`;
      const request = new Request(url, { method: "POST", body: bodyOf(text), duplex: "half", signal } as RequestInit);
      const response = await host.fetch(request, { requestId });
      const { body, status } = response!;
      if (follows === "uses") return [status, await response!.text()];
      if (follows === "stops") {
        const reader = body!.getReader();
        await reader.read();
        await reader.cancel();
      }
      if (body) drop(body);
      return [status];
    }
  }
}

const REQUESTER = { user: "@a:x", isGuest: false } as never;

function eventOf(call: Call): RoomEvent {
  return new RoomEvent({
    event_id: `$${call.name}`,
    room_id: "!r:x" as RoomId,
    type: "m.room.message",
    sender: "@a:x" as UserId,
    content: { call: call.name, text: call.text },
  } as never);
}

/** A state of some entries, so that a large one crosses in pieces. */
function stateOf(call: Call): StateMap<RoomEvent> {
  const entries = Array.from({ length: 3 }, (_, index) => {
    const key = `@m${index}:x`;
    const event = new RoomEvent({
      event_id: `$${call.name}${index}`,
      room_id: "!r:x",
      type: "m.room.member",
      state_key: key,
      sender: key,
      content: { text: call.text },
    } as never);
    return ["m.room.member", key, event] as const;
  });
  return new StateMap(entries);
}

function bodyOf(text: string): ReadableStream<Uint8Array> {
  const pieces = [text.slice(0, text.length / 2), text.slice(text.length / 2)];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(piece));
    },
  });
}
