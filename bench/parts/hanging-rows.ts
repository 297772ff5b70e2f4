import { Dispatch } from "#src/dispatch/dispatch.js";
import { cpuMs } from "../cpu-time.js";
import type { Row } from "../row.js";
import { chainOf } from "./chain-of.js";

/** What it takes to report many dispatches that hang, as when a service that a module calls is down. */
export function hangingRows(dispatches = 10_000): Row[] {
  const look = { now: (): void => undefined };
  const { setInterval: original } = globalThis;
  // The watchdog's own timer: the look is called here, to be measured alone.
  globalThis.setInterval = ((callback: () => void) => {
    look.now = callback;
    return { unref: () => undefined };
  }) as unknown as typeof setInterval;
  const dispatch = new Dispatch(0);
  globalThis.setInterval = original;
  let lines = 0;
  const chain = chainOf(
    dispatch,
    "SpamChecker.checkEventForSpam",
    1,
    () => new Promise(() => undefined),
    () => void lines++,
  );
  for (let request = 0; request < dispatches; request++) void chain.run({ requestId: `PUT-${request}` });
  const start = cpuMs();
  look.now();
  const ms = cpuMs() - start;
  const group = `${dispatches} dispatches that hang`;
  return [
    { group, name: "processor time of one look", value: ms, unit: "ms", target: 10 },
    { group, name: "log lines", value: lines, unit: "", target: 1 },
  ];
}
