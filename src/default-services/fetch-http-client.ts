import type { Clock } from "../services/clock.js";
import { HttpClient, type OutgoingRequest } from "../services/http-client.js";
import { importOptional } from "./import-optional.js";
import { SystemClock } from "./system-clock.js";

/** Whom an {@link FetchHttpClient} trusts, and how it shows who it is. All in PEM form. */
export interface TlsOptions {
  /** Certificates of authorities, in place of the well-known ones. */
  readonly ca?: string | readonly string[];
  /** The client's own certificate and its key: mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** How an {@link FetchHttpClient} works. */
export interface HttpClientOptions {
  /** The address of a proxy, such as `http://user:password@proxy.example:3128`. */
  readonly proxy?: string;
  readonly tls?: TlsOptions;
  /** Milliseconds until a response has arrived, its body included; 60 seconds by default. */
  readonly timeoutMs?: number;
  /** `Ligand` by default. */
  readonly userAgent?: string;
  /** What the time budget is counted on; the machine's clock by default. */
  readonly clock?: Clock;
}

type Fetch = (request: OutgoingRequest) => Promise<Response>;

/**
 * An {@link HttpClient} on the platform's `fetch`. A proxy and TLS options need the package `undici` (version 7), which
 * is loaded with the first request.
 */
export class FetchHttpClient extends HttpClient {
  protected readonly clock: Clock;
  protected override readonly userAgent: string;
  protected override readonly timeoutMs: number;
  readonly #proxy: string | undefined;
  readonly #tls: TlsOptions | undefined;
  #fetch: Promise<Fetch> | undefined;

  constructor(options: HttpClientOptions = {}) {
    super();
    this.clock = options.clock ?? new SystemClock();
    this.userAgent = options.userAgent ?? "Ligand";
    this.timeoutMs = options.timeoutMs ?? 60_000;
    this.#proxy = options.proxy;
    this.#tls = options.tls;
  }

  protected async send(request: OutgoingRequest): Promise<Response> {
    this.#fetch ??=
      this.#proxy === undefined && this.#tls === undefined ? Promise.resolve(platformFetch) : this.#undici();
    return (await this.#fetch)(request);
  }

  async #undici(): Promise<Fetch> {
    const undici = await importOptional("undici", "HttpClient with a proxy or TLS options", () => import("undici"));
    const { ca, ...own } = this.#tls ?? {};
    const tls = { ...own, ...(ca !== undefined && { ca: typeof ca === "string" ? ca : [...ca] }) };
    // The time budget of HttpClient rules.
    const noTimeouts = { headersTimeout: 0, bodyTimeout: 0 };
    const dispatcher =
      this.#proxy === undefined
        ? new undici.Agent({ ...noTimeouts, connect: tls })
        : new undici.ProxyAgent({ ...noTimeouts, uri: this.#proxy, requestTls: tls });
    return async ({ url, headers, ...init }) => {
      const response = await undici.fetch(url, { ...init, headers: [...headers], dispatcher });
      // The same class of the same standard; only the declarations are two.
      return response as unknown as Response;
    };
  }
}

const platformFetch: Fetch = ({ url, ...init }) => fetch(url, init);
