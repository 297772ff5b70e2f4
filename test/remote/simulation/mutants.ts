import { CancellationTokenSource } from "vscode-jsonrpc/node";
import { ConnectedProcesses } from "#src/remote/module-side/connected-processes.js";
import { currentCall } from "#src/remote/module-side/current-call.js";
import { Restarts } from "#src/remote/homeserver-side/restarts.js";
import { FrameReader } from "#src/remote/wire/frames.js";
import { Kept } from "#src/remote/wire/kept.js";
import { OutgoingBody } from "#src/remote/wire/outgoing-body.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { Peer } from "#src/remote/wire/peer.js";
import { Releases } from "#src/remote/wire/releases.js";
import { StatePieces } from "#src/remote/wire/state-pieces.js";
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
  method("time limits run on after their call", SimulatedRuntime, "clearTimeout", nothing),
  method(
    "time limits are half as long",
    SimulatedRuntime,
    "setTimeout",
    (right) =>
      function (callback, ms: number) {
        return right.call(this, callback, ms / 2);
      },
  ),
  method("a connection that was read too fast is never read again", FrameReader, "workedOn", nothing),
  method(
    "a chunk of one byte is lost",
    FrameReader,
    "listen",
    (right) =>
      function (deliver) {
        const { on } = this.socket;
        this.socket.on = (event: string, listener: AnyFunction) =>
          on.call(
            this.socket,
            event,
            event === "data" ? (chunk: Buffer) => chunk.length === 1 || listener(chunk) : listener,
          );
        return right.call(this, deliver);
      },
  ),
  method("a cancelled call goes on at the other side", CancellationTokenSource, "cancel", nothing),
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
