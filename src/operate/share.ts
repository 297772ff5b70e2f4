import type { AnyHook } from "../hooks/hook.js";
import { facetReader } from "../config/operate/facets.js";
import type { Matcher } from "../config/operate/matcher.js";

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const ALL = 2 ** 32;

/**
 * Whether a dispatch belongs to the share of a module: by its room, or by its user where there is no room. A room that
 * belongs to a share belongs to all greater ones of the module. Where neither is known, the module is asked.
 *
 * @param id of the module: two modules have different rooms
 * @param share from 0 to 1
 */
export function inShare(hook: AnyHook, id: string, share: number): Matcher {
  const room = facetReader(hook, "room");
  const user = facetReader(hook, "sender");
  const start = hashOf(`${id}\0`, OFFSET);
  const threshold = share * ALL;
  return (a0, a1, a2, a3, a4, a5) => {
    const key = room?.(a0, a1, a2, a3, a4, a5) ?? user?.(a0, a1, a2, a3, a4, a5);
    return typeof key !== "string" || hashOf(key, start) < threshold;
  };
}

/** FNV-1a, 32 bits, of the UTF-8 of a string; `from` is the hash of what comes before it. */
export function hashOf(text: string, from = OFFSET): number {
  let hash = from;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return hashOfBytes(new TextEncoder().encode(text.slice(index)), hash);
    hash = Math.imul(hash ^ code, PRIME);
  }
  return hash >>> 0;
}

function hashOfBytes(bytes: Uint8Array, from: number): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, PRIME), from) >>> 0;
}
