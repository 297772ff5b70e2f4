import { ConnectedProcesses } from "#src/remote/module-side/connected-processes.js";
import { currentCall } from "#src/remote/module-side/current-call.js";
import { Restarts } from "#src/remote/homeserver-side/restarts.js";
import { FrameReader } from "#src/remote/wire/frame-reader.js";
import { Inbox } from "#src/remote/wire/inbox.js";
import { Kept } from "#src/remote/wire/kept.js";
import { IncomingRequests } from "#src/remote/wire/incoming-requests.js";
import type { ResponseMessage } from "#src/remote/wire/json-rpc.js";
import { OutgoingBody } from "#src/remote/wire/outgoing-body.js";
import { OutgoingRequests } from "#src/remote/wire/outgoing-requests.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { Peer } from "#src/remote/wire/peer.js";
import { Releases } from "#src/remote/wire/releases.js";
import { StatePieces } from "#src/remote/wire/state-pieces.js";
import { TimeLimits } from "#src/remote/wire/time-limits.js";
import { ClockBudgets } from "#src/testing/clock-budgets.js";
import { SimulatedRuntime } from "./simulated-runtime.js";

/** A mistake that the simulation must find. */
export interface Mutant {
  /** What is wrong. */
  readonly name: string;
  /** Makes the mistake. @returns how to take it back. */
  readonly make: () => () => void;
}

// oxlint-disable-next-line typescript/no-explicit-any -- what is put in the place of any method
type AnyFunction = (this: any, ...args: any[]) => unknown;

/** The mistake that a method of a class is another one. */
function method<C>(
  name: string,
  { prototype }: { prototype: C },
  key: keyof C,
  wrong: (right: AnyFunction) => AnyFunction,
): Mutant {
  return {
    name,
    make() {
      const right = Object.getOwnPropertyDescriptor(prototype, key)!;
      const isGetter = right.get !== undefined;
      const value = wrong((right.get ?? right.value) as AnyFunction);
      Object.defineProperty(prototype, key, isGetter ? { ...right, get: value as () => unknown } : { ...right, value });
      return () => Object.defineProperty(prototype, key, right);
    },
  };
}

const nothing = () => () => undefined;

const used = new WeakSet<object>();

/** Whether something else arrived on a connection since the last turn of the event loop. */
function arrivesTogether(inbox: object): boolean {
  if (used.has(inbox)) return true;
  used.add(inbox);
  process.nextTick(() => used.delete(inbox));
  return false;
}

export const MUTANTS: readonly Mutant[] = [
  method("what was kept for the other side is never forgotten", Kept, "delete", nothing),
  method("a request stays lent after its call", PeerHandles, "takeBack", nothing),
  method("files and states stay readable after their call", PeerHandles, "drop", nothing),
  method("what nothing can reach any more is not released", Releases, "release", nothing),
  method(
    "what is kept is mixed up",
    Kept,
    "get",
    (right) =>
      function (id: number) {
        return right.call(this, id - 1) ?? right.call(this, id);
      },
  ),
  method("time limits run on after their connection", SimulatedRuntime, "clearTimeout", nothing),
  method(
    "only the first call of a connection has a time limit",
    TimeLimits,
    "add",
    (right) =>
      function (item, limitMs) {
        if (!used.has(this)) right.call(this, item, limitMs);
        used.add(this as object);
      },
  ),
  method(
    "time limits are half as long",
    SimulatedRuntime,
    "setTimeout",
    (right) =>
      function (callback, ms: number) {
        return right.call(this, callback, ms / 2);
      },
  ),
  method("modules don't give a call up before its homeserver does", ClockBudgets, "enterUntil", nothing),
  method("a connection that was read too fast is never read again", Inbox, "resume", nothing),
  method(
    "a chunk of one byte is lost",
    FrameReader,
    "take",
    (right) =>
      function (chunk: Buffer) {
        if (chunk.length > 1) right.call(this, chunk);
      },
  ),
  method("a cancelled call goes on at the other side", OutgoingRequests, "cancel", nothing),
  method("a cancellation that was read has no effect", IncomingRequests, "cancel", nothing),
  method("calls aren't given up with their connection", OutgoingRequests, "lose", nothing),
  method("modules work on for a connection that is gone", IncomingRequests, "lose", nothing),
  method("messages that wait for another turn are never handled", SimulatedRuntime, "setImmediate", nothing),
  method(
    "a message that arrives while others wait is lost",
    Inbox,
    "add",
    (right) =>
      function (message) {
        if (!arrivesTogether(this)) right.call(this, message);
      },
  ),
  method(
    "a message that arrives while others wait is handled twice",
    Inbox,
    "add",
    (right) =>
      function (message) {
        if (arrivesTogether(this)) right.call(this, message);
        right.call(this, message);
      },
  ),
  method(
    "an answer goes to the call before",
    OutgoingRequests,
    "settle",
    (right) =>
      function (answer: ResponseMessage) {
        right.call(this, { ...answer, id: Number(answer.id) - 1 });
        right.call(this, answer);
      },
  ),
  method(
    "a call is made twice",
    Peer,
    "ask",
    (right) =>
      async function (type: { method: string }, ...rest) {
        if (type.method === "ligand/hook")
          void (right.call(this, type, ...rest) as Promise<unknown>).catch(() => undefined);
        return right.call(this, type, ...rest);
      },
  ),
  method("stopping doesn't wait for calls in flight", Peer, "idle", () => () => Promise.resolve()),
  method("a connection that was closed stays open", Peer, "close", nothing),
  method("a process that ends again and again is restarted immediately", Restarts, "ended", () => () => ({
    pauseMs: 0,
    isFailed: false,
  })),
  method(
    "services are asked of any process",
    ConnectedProcesses,
    "callService",
    (right) =>
      function (...args) {
        return currentCall.run(undefined, () => right.apply(this, args));
      },
  ),
  method("modules work for two homeservers with different names", ConnectedProcesses, "serverName", nothing),
  method(
    "the last piece of a state is lost",
    StatePieces,
    "next",
    (right) =>
      function () {
        const piece = right.call(this) as { entries: unknown[]; rest: boolean };
        return piece.rest ? { ...piece, rest: false } : piece;
      },
  ),
  method(
    "a body ends before its end",
    OutgoingBody,
    "next",
    (right) =>
      async function () {
        const self = this as { pieces?: number };
        self.pieces = (self.pieces ?? 0) + 1;
        return self.pieces > 2 ? new Uint8Array() : right.call(this);
      },
  ),
];
