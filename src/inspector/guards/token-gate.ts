import { isEqual } from "./form-tokens.js";

const MINUTE_MS = 60_000;
const MOST_FAILURES = 10;
/** Addresses whose failures are remembered. */
const MOST_CLIENTS = 1000;

/** Lets requests through that know the token: by HTTP Basic with any user name, as browsers do, or by Bearer. */
export class TokenGate {
  /** The times of failures within the last minute, by the address of the client. */
  readonly #failures = new Map<string, number[]>();

  constructor(
    private readonly token: string,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * The response to a request that doesn't know the token; undefined for one that does. After ten wrong tokens within a
   * minute, a client is refused whatever it knows.
   *
   * @param client the address that the request comes from
   */
  refusal(request: Request, client: string): Response | undefined {
    const since = this.now() - MINUTE_MS;
    const failures = (this.#failures.get(client) ?? []).filter((at) => at > since);
    if (failures.length >= MOST_FAILURES) return tooManyFailures(failures[0]! - since);
    const given = tokenOf(request.headers.get("authorization"));
    if (given !== undefined && isEqual(given, this.token)) return undefined;
    // Browsers ask without a token first.
    if (given !== undefined) this.#note(client, [...failures, this.now()]);
    return new Response(
      "Authenticate with the token of the inspector: any user name, and the token as the password.\n",
      {
        status: 401,
        headers: {
          "www-authenticate": 'Basic realm="Ligand inspector", charset="UTF-8"',
          "content-type": "text/plain",
        },
      },
    );
  }

  #note(client: string, failures: number[]): void {
    this.#failures.delete(client);
    this.#failures.set(client, failures);
    if (this.#failures.size > MOST_CLIENTS) this.#failures.delete(this.#failures.keys().next().value!);
  }
}

function tokenOf(authorization: string | null): string | undefined {
  const [, scheme, value] = /^(basic|bearer) +([\w.~+/=-]+)$/i.exec(authorization ?? "") ?? [];
  if (value === undefined) return authorization === null ? undefined : "";
  if (scheme!.toLowerCase() === "bearer") return value;
  const decoded = Buffer.from(value, "base64").toString("utf8");
  return decoded.slice(decoded.indexOf(":") + 1);
}

function tooManyFailures(waitMs: number): Response {
  const seconds = Math.ceil(waitMs / 1000);
  return new Response(`Too many wrong tokens. Try again in ${seconds} s.\n`, {
    status: 429,
    headers: { "retry-after": String(seconds), "content-type": "text/plain" },
  });
}
