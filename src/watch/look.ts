import { Session, type Debugger } from "node:inspector";
import type { Seen } from "./messages.js";
import { AT_LIMIT, SEEN_HERE } from "./seen-here-name.js";

/** Each costs a round trip to the other thread; a callback and its chain are never this deep. */
const MOST_FRAMES = 30;

/** Evaluated in a frame: `this` may not exist yet, and most frames have no `context`. */
const EXPRESSION = `globalThis[Symbol.for(${JSON.stringify(SEEN_HERE)})](
  (() => { try { return this } catch {} })(),
  (() => { try { return context } catch {} })(),
)`;

/**
 * Pauses the main thread, looks at what it's doing, and resumes it. If it can't be paused yet, as in a system call, it's
 * resumed as soon as it pauses.
 *
 * @param isOver whether the main thread has resumed on its own meanwhile: then there's nothing to see
 * @param done called with what was seen, possibly nothing
 */
export function look(isOver: () => boolean, done: (seen: Seen) => void): void {
  let seen: Seen = {};
  const letGo = () => {
    session.post("Debugger.resume");
    session.disconnect();
    done(seen);
  };
  const ask = ([frame, ...others]: readonly Debugger.CallFrame[]): void => {
    // A request's context is in a frame below the module's, in the chain's.
    if (!frame || (seen.module !== undefined && seen.requestId !== undefined)) return letGo();
    const { callFrameId } = frame;
    const params = { callFrameId, expression: EXPRESSION, returnByValue: true, silent: true };
    session.post("Debugger.evaluateOnCallFrame", params, (_, answer) => {
      const value: unknown = (answer as Partial<Debugger.EvaluateOnCallFrameReturnType> | undefined)?.result?.value;
      // The innermost frame says most; its callers fill in what it doesn't know.
      if (typeof value === "string") seen = { ...(JSON.parse(value) as Seen), ...seen };
      ask(others);
    });
  };
  const session = pauseMainThread((frames) => ask(isOver() ? [] : frames.slice(0, MOST_FRAMES)));
}

/** Has the main thread call what `actAtLimit` noted, as soon as it can be paused: never in a system call. */
export function interrupt(): void {
  const session = pauseMainThread(([frame]) => {
    const { callFrameId } = frame!;
    const expression = `globalThis[Symbol.for(${JSON.stringify(AT_LIMIT)})]()`;
    session.post("Debugger.evaluateOnCallFrame", { callFrameId, expression, silent: true });
  });
}

/** Pauses the main thread, until it's told to resume. @param paused called with its stack, from the innermost frame */
function pauseMainThread(paused: (frames: readonly Debugger.CallFrame[]) => void): Session {
  const session = new Session();
  session.connectToMainThread();
  session.once("Debugger.paused", ({ params }) => paused(params.callFrames));
  session.post("Debugger.enable");
  session.post("Debugger.pause");
  return session;
}
