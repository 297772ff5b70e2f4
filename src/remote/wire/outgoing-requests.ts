import { caught } from "../../errors/caught.js";
import type { FrameWriter } from "./frame-writer.js";
import { CANCEL, type ResponseMessage } from "./json-rpc.js";
import type { Runtime, Timer } from "./runtime.js";

/** Options of a request. */
export interface AskOptions {
  /** Cancels the request; the other side decides what that does. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds; after that the request is cancelled. */
  readonly timeoutMs?: number | undefined;
}

/** Options of a request whose answer may hold something. */
export interface DiscardingOptions<Answer> extends AskOptions {
  /** Receives an answer that comes too late. What it throws has no effect. */
  readonly discard?: (answer: Answer) => void;
}

/** What became of a request: it was answered, its answer is late, the connection ended first, or it can't be sent. */
export type Outcome = ResponseMessage | "late" | "lost" | Error;

/** The requests to the other side that wait for their answers. */
export class OutgoingRequests {
  readonly #waiting = new Map<unknown, OutgoingRequest>();
  #next = 0;
  #isLost = false;

  constructor(
    private readonly writer: FrameWriter,
    private readonly runtime: Runtime,
  ) {}

  ask(
    method: string,
    params: unknown,
    { signal, timeoutMs, discard }: DiscardingOptions<never>,
  ): Outcome | Promise<Outcome> {
    const id = this.#next++;
    try {
      // The connection may be gone without notice yet.
      if (this.#isLost || !this.writer.send({ jsonrpc: "2.0", id, method, params })) return "lost";
    } catch (error) {
      return caught(error);
    }
    const request = new OutgoingRequest(id, this, signal, discard);
    this.#waiting.set(id, request);
    if (timeoutMs !== undefined) request.timer = this.runtime.setTimeout(() => this.#giveUp(request), timeoutMs);
    if (signal?.aborted) this.cancel(id);
    else signal?.addEventListener("abort", request, { once: true });
    return request.outcome;
  }

  cancel(id: number): void {
    this.writer.send({ jsonrpc: "2.0", method: CANCEL, params: { id } });
  }

  /** An answer has arrived. One that nothing waits for any more has no effect. */
  settle(answer: ResponseMessage): void {
    const request = this.#waiting.get(answer.id);
    if (!request) return;
    this.#waiting.delete(answer.id);
    this.#end(request, answer);
  }

  /** The connection has ended. */
  lose(): void {
    this.#isLost = true;
    for (const request of this.#waiting.values()) this.#end(request, "lost");
    this.#waiting.clear();
  }

  #giveUp(request: OutgoingRequest): void {
    this.cancel(request.id);
    this.#end(request, "late");
  }

  #end(request: OutgoingRequest, outcome: Outcome): void {
    this.runtime.clearTimeout(request.timer);
    request.end(outcome);
  }
}

/** A request that waits for its answer. */
class OutgoingRequest {
  timer: Timer | undefined;
  readonly outcome: Promise<Outcome>;
  #resolve!: (outcome: Outcome) => void;
  #isLate = false;

  constructor(
    readonly id: number,
    private readonly all: OutgoingRequests,
    private readonly signal: AbortSignal | undefined,
    private readonly discard: ((answer: never) => void) | undefined,
  ) {
    this.outcome = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Its signal was aborted. */
  handleEvent(): void {
    this.all.cancel(this.id);
  }

  end(outcome: Outcome): void {
    this.signal?.removeEventListener("abort", this);
    if (this.#isLate) return this.#drop(outcome);
    this.#isLate = outcome === "late";
    this.#resolve(outcome);
  }

  #drop(outcome: Outcome): void {
    if (typeof outcome === "string" || outcome instanceof Error || outcome.error) return;
    try {
      this.discard?.(outcome.result as never);
    } catch {
      // A late answer that makes no sense has no effect.
    }
  }
}
