import { LigandError } from "../errors/ligand-error.js";
import type { JsonValue } from "../matrix/json.js";
import type { Clock } from "../services/clock.js";
import { HttpClient, type OutgoingRequest } from "../services/http-client.js";

/** A scripted answer: a response, a value that becomes its JSON body, or a function that returns either. @public */
export type ScriptedResponse = JsonValue | Response | ((request: OutgoingRequest) => unknown);

/**
 * An {@link HttpClient} without a network: a test scripts the answers and reads the requests. A request without an answer, such
 * as one that is a promise which stays pending, times out by the test's clock.
 *
 * @public
 */
export class FakeHttpClient extends HttpClient {
  /** Every request, oldest first. */
  readonly requests: OutgoingRequest[] = [];
  readonly #scripts = new Map<string, ScriptedResponse>();

  constructor(protected readonly clock: Clock) {
    super();
  }

  /** Scripts the answer to all requests of a method and a URL, ignoring its query string. */
  on(method: string, url: string, response: ScriptedResponse): this {
    this.#scripts.set(keyOf(method, new URL(url)), response);
    return this;
  }

  protected async send(request: OutgoingRequest): Promise<Response> {
    const { signal } = request;
    signal.throwIfAborted();
    this.requests.push(request);
    const key = keyOf(request.method, request.url);
    if (!this.#scripts.has(key)) {
      throw new LigandError("LIGAND_SERVICE_FAILED", `no response is scripted for ${key}`, {
        remedy: `Script one: kit.http.on("${request.method}", "${request.url.origin}${request.url.pathname}", …).`,
      });
    }
    const script = this.#scripts.get(key);
    const answer: unknown = typeof script === "function" ? await unlessAborted(script(request), signal) : script;
    return answer instanceof Response ? answer.clone() : Response.json(answer);
  }
}

/** As `fetch` waits for an answer. */
function unlessAborted(answer: unknown, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    Promise.resolve(answer).then(resolve, reject);
  });
}

function keyOf(method: string, { origin, pathname }: URL): string {
  return `${method.toUpperCase()} ${origin}${pathname}`;
}
