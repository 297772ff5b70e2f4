import { Session, type Debugger } from "node:inspector";
import type { Seen } from "./messages.js";
import { SEEN_HERE } from "./seen-here-name.js";

/** Each costs a turn to the other thread and back; a callback and its chain are never this deep. */
const MOST_FRAMES = 30;

/** Evaluated in a frame: `this` may not be there yet, and most frames have no `context`. */
const EXPRESSION = `globalThis[Symbol.for(${JSON.stringify(SEEN_HERE)})](
  (() => { try { return this } catch {} })(),
  (() => { try { return context } catch {} })(),
)`;

/**
 * Pauses the main thread, sees what it does, and lets it go on. Where it doesn't pause, as in a system call, it's let go
 * of once it does.
 *
 * @param isOver whether the main thread has gone on meanwhile: then there is nothing to see
 * @param done called with what was seen, which may be nothing
 */
export function look(isOver: () => boolean, done: (seen: Seen) => void): void {
  const session = new Session();
  session.connectToMainThread();
  let seen: Seen = {};
  const letGo = () => {
    session.post("Debugger.resume");
    session.disconnect();
    done(seen);
  };
  const ask = ([frame, ...others]: readonly Debugger.CallFrame[]): void => {
    // A request's context is below the module's frames, in that of the chain.
    if (!frame || (seen.module !== undefined && seen.requestId !== undefined)) return letGo();
    const { callFrameId } = frame;
    const params = { callFrameId, expression: EXPRESSION, returnByValue: true, silent: true };
    session.post("Debugger.evaluateOnCallFrame", params, (_, answer) => {
      const value: unknown = (answer as Partial<Debugger.EvaluateOnCallFrameReturnType> | undefined)?.result?.value;
      // The frame nearest to what runs says most; those that called it fill in what it doesn't know.
      if (typeof value === "string") seen = { ...(JSON.parse(value) as Seen), ...seen };
      ask(others);
    });
  };
  session.once("Debugger.paused", ({ params }) => ask(isOver() ? [] : params.callFrames.slice(0, MOST_FRAMES)));
  session.post("Debugger.enable");
  session.post("Debugger.pause");
}
