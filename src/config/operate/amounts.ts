import { durationMs, writtenDuration } from "../../options/duration.js";
import type { OwnRule } from "../config-class/own-rule.js";

const LONGEST_MS = 86_400_000;
const LEAST = "Write at least `1ms`.";
const DURATION = "[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)";
const SIZES = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 } as const;
const LEAST_MEMORY = 64 * SIZES.Mi;

/** The milliseconds of a duration as an administrator writes it; undefined unless it has a unit and is 1 ms to 1 day. */
export function readDuration(written: unknown): number | undefined {
  const ms = typeof written === "string" ? durationMs(written) : undefined;
  return ms !== undefined && ms >= 1 && ms <= LONGEST_MS ? ms : undefined;
}

/** The bytes of a size such as `256MiB` or `256Mi`; undefined for anything else. */
export function readSize(written: unknown): number | undefined {
  if (typeof written !== "string") return undefined;
  const [, digits, unit] = /^([0-9]+(?:\.[0-9]+)?)([KMG]i)B?$/.exec(written) ?? [];
  return unit === undefined ? undefined : Number(digits) * SIZES[unit as keyof typeof SIZES];
}

/** How an administrator writes a number of bytes. */
export function writtenSize(bytes: number): string {
  return `${Number((bytes / SIZES.Mi).toPrecision(12))}MiB`;
}

/** A percentage as a number from 0 to 1; undefined for anything else. */
export function readShare(written: unknown): number | undefined {
  if (typeof written !== "string") return undefined;
  const [, digits] = /^([0-9]+(?:\.[0-9]+)?)%$/.exec(written) ?? [];
  const share = Number(digits) / 100;
  return share >= 0 && share <= 1 ? share : undefined;
}

/** How an administrator writes a part of all, from 0 to 1. */
export function writtenShare(part: number): string {
  return `${Number((part * 100).toPrecision(12))}%`;
}

export const duration: OwnRule = {
  name: "duration",
  must: "must be a duration with a unit, from `1ms` to `1d`",
  accepts: (value) => readDuration(value) !== undefined,
  remedyFor(value) {
    const { number, rest } = parts(value);
    if (number === undefined) return "Write a number and a unit, such as `500ms`, `2s` or `5m`.";
    if (rest === "") return number > 0 ? `Write \`${number}s\` or \`${number}ms\`.` : LEAST;
    const ms = meantMs(String(value));
    if (ms === undefined) return "Write a number and one of the units `ms`, `s`, `m`, `h` and `d`.";
    if (ms < 1) return LEAST;
    return ms > LONGEST_MS ? "Write at most `1d`." : `Write \`${writtenDuration(ms)}\`.`;
  },
  schema: { type: "string", pattern: `^${DURATION}$` },
};

export const share: OwnRule = {
  name: "share",
  must: "must be a percentage from `0%` to `100%`",
  accepts: (value) => readShare(value) !== undefined,
  remedyFor: percentage,
  schema: { type: "string", pattern: "^[0-9]+(\\.[0-9]+)?%$" },
};

export const failureRate: OwnRule = {
  ...share,
  name: "failureRate",
  must: "must be a percentage above `0%`, up to `100%`",
  accepts: (value) => (readShare(value) ?? 0) > 0,
  remedyFor: (value) => (parts(value).number === 0 ? "Write a share such as `50%`." : percentage(value)),
};

export const memory: OwnRule = {
  name: "memory",
  must: "must be a size with a unit, of `64MiB` or more",
  accepts: (value) => (readSize(value) ?? 0) >= LEAST_MEMORY,
  remedyFor(value) {
    const { number, rest } = parts(value);
    if (number === undefined) return "Write a number and a unit, such as `256MiB`.";
    const unit = /^[kmg]/i.exec(rest)?.[0].toUpperCase() ?? "M";
    const meant = `${number}${unit}iB`;
    return readSize(meant)! < LEAST_MEMORY
      ? "Write at least `64MiB`: Node itself needs that much to start."
      : `Write \`${meant}\`.`;
  },
  schema: { type: "string", pattern: "^[0-9]+(\\.[0-9]+)?[KMG]iB?$" },
};

function percentage(value: unknown): string {
  const { number, rest } = parts(value);
  if (number === undefined || (rest !== "" && rest !== "%")) return "Write a number and `%`, such as `10%`.";
  if (rest === "%" || number > 100) return "Write at most `100%`.";
  return `Write \`${number > 0 && number < 1 ? Number((number * 100).toPrecision(12)) : number}%\`.`;
}

/** How people write units of time, and the milliseconds of each. */
const TIME_UNITS = [
  [/^(ms|msecs?|millis|milliseconds?)$/i, 1],
  [/^(s|secs?|seconds?)$/i, 1000],
  [/^(m|mins?|minutes?)$/i, 60_000],
  [/^(h|hrs?|hours?)$/i, 3_600_000],
  [/^(d|days?)$/i, 86_400_000],
] as const;

/** The milliseconds that are meant by `1m30s` or `5 seconds`; undefined where a unit is none. */
function meantMs(written: string): number | undefined {
  const all = [...written.trim().matchAll(/([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*/giy)];
  if (all.reduce((length, [part]) => length + part.length, 0) < written.trim().length) return undefined;
  return all.reduce<number | undefined>((total, [, digits, unit]) => {
    const [, ms] = TIME_UNITS.find(([names]) => names.test(unit!)) ?? [];
    return total === undefined || ms === undefined ? undefined : total + Number(digits) * ms;
  }, 0);
}

/** The number that a value begins with, and what follows it. */
function parts(value: unknown): { readonly number?: number; readonly rest: string } {
  const [, digits, rest = ""] = /^([0-9]+(?:\.[0-9]+)?)\s*(.*)$/s.exec(String(value).trim()) ?? [];
  return { ...(digits !== undefined && { number: Number(digits) }), rest: rest.trim() };
}
