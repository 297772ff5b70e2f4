import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, string, number, ScryptOptions, Buffer>(scrypt);
const KEY_BYTES = 32;
/** What scrypt takes for each unit of its cost. */
const COST_BYTES = 128 * 8;

/**
 * The cost, salt and hash of a password, as a string.
 *
 * @param cost scrypt's N, a power of 2: twice the cost takes twice the time, for us and for an attacker.
 */
export async function hashPassword(password: string, cost: number): Promise<string> {
  const salt = randomBytes(16).toString("hex");
  return `${cost}:${salt}:${(await derive(password, salt, KEY_BYTES, scryptOf(cost))).toString("hex")}`;
}

/** Whether a password matches a hash of {@link hashPassword}. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [cost, salt = "", hash = ""] = stored.split(":");
  return timingSafeEqual(await derive(password, salt, KEY_BYTES, scryptOf(Number(cost))), Buffer.from(hash, "hex"));
}

function scryptOf(cost: number): ScryptOptions {
  return { N: cost, maxmem: 2 * COST_BYTES * cost };
}
