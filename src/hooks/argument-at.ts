import type { Call } from "../hooks/contribution.js";

/** Reads one of a call's arguments. */
export function argumentAt(position: number): Call {
  return SLOTS[position]!;
}

/** By position: reading an argument from a list of all would make the list at each call. */
const SLOTS: readonly Call[] = [
  (a0) => a0,
  (_0, a1) => a1,
  (_0, _1, a2) => a2,
  (_0, _1, _2, a3) => a3,
  (_0, _1, _2, _3, a4) => a4,
  (_0, _1, _2, _3, _4, a5) => a5,
];
