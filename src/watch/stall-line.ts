import type { Seen } from "./messages.js";

/** Data of a log line. */
export type Line = { readonly level: "warn" | "error"; readonly message: string } & Readonly<Record<string, unknown>>;

/** Says what's blocking the thread right now. */
export function blockingLine(seen: Seen, ms: number): Line {
  return line("warn", seen, `${subject(seen)} has blocked the process for ${seconds(ms)}`);
}

/** Says what blocked the thread, which is free again. */
export function freedLine(seen: Seen, ms: number): Line {
  return line("warn", seen, `${subject(seen)} blocked the process for ${seconds(ms)}`);
}

/** The last line of a process whose thread stays blocked. */
export function killLine(seen: Seen, ms: number): Line {
  return line(
    "error",
    seen,
    `${subject(seen)} has blocked the process for ${seconds(ms)}, its limit: killing the process`,
  );
}

function line(level: Line["level"], seen: Seen, message: string): Line {
  const { callback, module, requestId, hook, function: name, place } = seen;
  const request = requestId === undefined ? "" : `; request ${requestId}`;
  const file = place === undefined ? "" : `; ${place.replace(/^.*[\\/]/, "").replace(/:\d+$/, "")}`;
  return {
    level,
    ...(module !== undefined && { module }),
    ...(callback ? { hook: callback.hook, callback: callback.name } : hook !== undefined && { hook }),
    ...(requestId !== undefined && { requestId }),
    ...(callback && name !== undefined && name !== callback.name && { function: name }),
    ...(place !== undefined && { place }),
    message: `${message}${request}${file}`,
  };
}

function subject({ callback, function: name, place, hook, what }: Seen): string {
  if (callback) return `${callback.name} (${shortName(callback.hook)})`;
  const cause = hook === undefined ? what : shortName(hook);
  if (name !== undefined) return cause === undefined ? name : `${name} (${cause})`;
  return place === undefined ? "Code that can't be named, such as a system call," : "Code outside of functions";
}

/** `Category.hook` without the category. */
export function shortName(hook: string): string {
  return hook.replace(/^.*\./, "");
}

function seconds(ms: number): string {
  return `${(Math.round(ms / 100) / 10).toFixed(1)} s`;
}
