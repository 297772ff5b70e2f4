import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const MINUTE_MS = 60_000;
/** How long a page that shows a form may be open, in minutes. */
const VALID_MINUTES = 60;

/** Tokens of forms: who has none hasn't read the page that shows the form. */
export class FormTokens {
  readonly #key = randomBytes(32);

  constructor(private readonly now: () => number = Date.now) {}

  /** A token for a form that does something. */
  issue(action: string): string {
    return this.#at(action, this.#minute());
  }

  accepts(action: string, token: string): boolean {
    const minute = Number(token.split(".", 1)[0]);
    const age = this.#minute() - minute;
    return age >= 0 && age <= VALID_MINUTES && isEqual(token, this.#at(action, minute));
  }

  #minute(): number {
    return Math.floor(this.now() / MINUTE_MS);
  }

  #at(action: string, minute: number): string {
    const hmac = createHmac("sha256", this.#key).update(`${action} ${minute}`).digest("base64url");
    return `${minute}.${hmac}`;
  }
}

/** Compares two secrets in a time that doesn't tell how much of them is equal. */
export function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHmac("sha256", COMPARE_KEY).update(text).digest());
  return timingSafeEqual(a!, b!);
}

const COMPARE_KEY = randomBytes(32);
