import { blamedFrame, type Frame } from "../errors/error-place.js";
import { CALLBACK, NUMBERED, RUNNING } from "../dispatch/running-callback.js";
import type { Seen } from "./messages.js";
import { AT_LIMIT, SEEN_HERE } from "./seen-here-name.js";

const modules = new WeakMap<object, string>();
let currentCall: () => CurrentCall | undefined = () => undefined;

/** Lets the watch thread ask this thread, while it's blocked, what it's doing. */
export function answerLooks(): void {
  const value = (self: unknown, context: unknown) => JSON.stringify(seenHere(self, context));
  Object.defineProperty(globalThis, Symbol.for(SEEN_HERE), { configurable: true, value });
}

/** Lets the watch thread have this thread act, in the middle of whatever blocks it. @param act called with what that is */
export function actAtLimit(act: (frame: Frame | undefined) => void): void {
  const value = () => act(blamedFrame(stackOfFrame()));
  Object.defineProperty(globalThis, Symbol.for(AT_LIMIT), { configurable: true, value });
}

/** Notes which module an instance belongs to, so a stack frame can be attributed to the module, even in a timer. */
export function noteInstance(instance: object, { id }: { readonly id: string }): void {
  modules.set(instance, id);
}

/** What this thread is working on, even after it has awaited a promise. */
interface CurrentCall extends Pick<Seen, "requestId" | "hook"> {
  readonly what: string;
}

/** Notes how to find out what this thread is working on. */
export function noteCalls(current: () => CurrentCall | undefined): void {
  currentCall = current;
}

/**
 * What this thread knows about what it's doing. The watch thread evaluates it here while this thread is blocked, once in
 * each stack frame.
 *
 * @param self `this` of the frame
 * @param context the variable `context` of the frame: in a chain, and in many callbacks, it's the `HookContext`
 */
function seenHere(self: unknown, context: unknown): Seen {
  const { log: _, ...callback } = NUMBERED.callbacks.get(RUNNING[CALLBACK]!) ?? {};
  const { requestId } = Object(context) as { requestId?: unknown };
  const call = currentCall();
  return {
    ...("module" in callback && { callback: callback as Seen["callback"] }),
    module: modules.get(Object(self) as object),
    requestId: typeof requestId === "string" ? requestId : call?.requestId,
    hook: call?.hook,
    what: call?.what,
    ...blamedFrame(stackOfFrame()),
  };
}

/** The stack, starting at the frame in which the watch thread evaluates what calls this. */
function stackOfFrame(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  const lines = String(stack).split("\n");
  return lines.slice(lines.findIndex((line) => /^ +at eval \(/.test(line)) + 1).join("\n");
}
