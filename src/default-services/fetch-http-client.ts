import type { Clock } from "../services/clock.js";
import { HttpClient, type OutgoingRequest } from "../services/http-client.js";
import { importOptional } from "./import-optional.js";
import { SystemClock } from "./system-clock.js";

/** Whom a {@link FetchHttpClient} trusts, and how it authenticates itself. All in PEM form. @public */
export interface TlsOptions {
  /** Certificates of authorities, instead of the well-known ones. */
  readonly ca?: string | readonly string[];
  /** The client's own certificate and its key: mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** Options of a {@link FetchHttpClient}. @public */
export interface HttpClientOptions {
  /** The URL of a proxy, such as `http://user:password@proxy.example:3128`. */
  readonly proxy?: string;
  readonly tls?: TlsOptions;
  /** How long a response may take, its body included, in milliseconds; 60,000 by default. */
  readonly timeoutMs?: number;
  /** `Ligand` by default. */
  readonly userAgent?: string;
  /** The clock that measures the time-out; the machine's by default. */
  readonly clock?: Clock;
}

type Fetch = (request: OutgoingRequest) => Promise<Response>;

/**
 * An {@link HttpClient} on the platform's `fetch`. A proxy or TLS options need the package `undici` (version 7), which
 * is loaded with the first request.
 *
 * @public
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
    const needs = "HttpClient with a proxy or TLS options";
    const undici = await importOptional<typeof import("undici")>("undici", needs);
    const { ca, ...own } = this.#tls ?? {};
    const tls = { ...own, ...(ca !== undefined && { ca: typeof ca === "string" ? ca : [...ca] }) };
    // HttpClient limits the time itself.
    const noTimeouts = { headersTimeout: 0, bodyTimeout: 0 };
    const dispatcher =
      this.#proxy === undefined
        ? new undici.Agent({ ...noTimeouts, connect: tls })
        : new undici.ProxyAgent({ ...noTimeouts, uri: this.#proxy, requestTls: tls });
    return async ({ url, headers, ...init }) => {
      const response = await undici.fetch(url, { ...init, headers: [...headers], dispatcher });
      // The same standard class; only its declarations differ.
      return response as unknown as Response;
    };
  }
}

const platformFetch: Fetch = ({ url, ...init }) => fetch(url, init);
