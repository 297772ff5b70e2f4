import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, string, number, Buffer>(scrypt);
const KEY_BYTES = 32;

/** Salt and hash of a password, as text. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16).toString("hex");
  return `${salt}:${(await derive(password, salt, KEY_BYTES)).toString("hex")}`;
}

/** Whether a password is the one of a hash of {@link hashPassword}. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [salt = "", hash = ""] = stored.split(":");
  return timingSafeEqual(await derive(password, salt, KEY_BYTES), Buffer.from(hash, "hex"));
}
