import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
const HASH_BYTES = 32;
/**
 * What new hashes cost: about 100 ms and 32 MiB each. Stored hashes keep the cost they were made with. glibc gives such an
 * amount back to the system; of less it would keep what it has once given to each thread.
 */
const COST = { N: 32_768, r: 8, p: 1 };
const MAX_BYTES = 256 * 1024 * 1024;

/** A password as it is stored: what it takes to check it, and nothing from which it could be read. */
export class PasswordHash {
  private constructor(
    private readonly cost: { readonly N: number; readonly r: number; readonly p: number },
    private readonly salt: Buffer,
    private readonly hash: Buffer,
  ) {}

  static async of(password: string): Promise<PasswordHash> {
    const salt = randomBytes(16);
    return new PasswordHash(COST, salt, await derive(password, salt, HASH_BYTES, { ...COST, maxmem: MAX_BYTES }));
  }

  /** Reads `scrypt:N:r:p:salt:hash`; undefined when the text has another form. */
  static parse(text: unknown): PasswordHash | undefined {
    const match = /^scrypt:(\d{1,7}):(\d{1,2}):(\d{1,2}):([\w-]{22}):([\w-]{43})$/.exec(String(text));
    if (!match) return undefined;
    const [N, r, p] = match.slice(1, 4).map(Number) as [number, number, number];
    const [salt, hash] = match.slice(4).map((part) => Buffer.from(part, "base64url")) as [Buffer, Buffer];
    return new PasswordHash({ N, r, p }, salt, hash);
  }

  /** Takes as long for a wrong password as for the right one. */
  async matches(password: string): Promise<boolean> {
    const options = { ...this.cost, maxmem: MAX_BYTES };
    return timingSafeEqual(await derive(password, this.salt, HASH_BYTES, options), this.hash);
  }

  toString(): string {
    const { N, r, p } = this.cost;
    return ["scrypt", N, r, p, this.salt.toString("base64url"), this.hash.toString("base64url")].join(":");
  }
}
