import { caught } from "../../errors/caught.js";
import { LigandError } from "../../errors/ligand-error.js";
import type { FrameWriter } from "./frame-writer.js";
import { CANCEL, type ResponseMessage } from "./json-rpc.js";
import type { Runtime } from "./runtime.js";
import { TimeLimits, type Limited } from "./time-limits.js";
import { decodeError } from "./wire-errors.js";

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

/** The requests to the other side that wait for their answers. */
export class OutgoingRequests {
  readonly #waiting = new Map<unknown, OutgoingRequest>();
  readonly #limits: TimeLimits<OutgoingRequest>;
  #next = 0;
  #isLost = false;

  constructor(
    private readonly writer: FrameWriter,
    runtime: Runtime,
  ) {
    this.#limits = new TimeLimits(runtime, (request) => this.#giveUp(request));
  }

  /** As `Peer.ask`. */
  ask<Result>(method: string, params: unknown, what: string, options: DiscardingOptions<Result>): Promise<Result> {
    const id = this.#next++;
    try {
      // The connection may be gone without notice yet.
      if (this.#isLost || !this.writer.send({ jsonrpc: "2.0", id, method, params })) return Promise.reject(lost(what));
    } catch (error) {
      return Promise.reject(new LigandError("LIGAND_REMOTE_FAILED", `${what}: ${caught(error).message}`));
    }
    const { signal, timeoutMs } = options;
    const request = new OutgoingRequest(id, what, this, options);
    this.#waiting.set(id, request);
    if (timeoutMs !== undefined) this.#limits.add(request, timeoutMs);
    if (signal?.aborted) this.cancel(id);
    else signal?.addEventListener("abort", request, { once: true });
    return request.result as Promise<Result>;
  }

  /** Whether it hasn't been answered yet, even if that would be too late. */
  awaits(id: number): boolean {
    return this.#waiting.has(id);
  }

  cancel(id: number): void {
    this.writer.send({ jsonrpc: "2.0", method: CANCEL, params: { id } });
  }

  /** An answer has arrived. One that nothing waits for any more has no effect. */
  settle(answer: ResponseMessage): void {
    const request = this.#waiting.get(answer.id);
    if (!request) return;
    this.#waiting.delete(answer.id);
    this.#limits.remove(request);
    request.settle(answer);
  }

  /** The connection has ended. */
  lose(): void {
    this.#isLost = true;
    this.#limits.close();
    for (const request of this.#waiting.values()) request.lose();
    this.#waiting.clear();
  }

  #giveUp(request: OutgoingRequest): void {
    this.cancel(request.id);
    request.giveUp();
  }
}

/** A request that waits for its answer. */
class OutgoingRequest implements Limited {
  due = Infinity;
  previous: Limited["previous"];
  next: Limited["next"];
  readonly result: Promise<unknown>;
  #resolve!: (result: unknown) => void;
  #reject!: (error: Error) => void;
  #isLate = false;

  constructor(
    readonly id: number,
    private readonly what: string,
    private readonly all: OutgoingRequests,
    private readonly options: DiscardingOptions<never>,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Its signal was aborted. */
  handleEvent(): void {
    this.all.cancel(this.id);
  }

  settle({ result, error }: ResponseMessage): void {
    this.#unfollow();
    if (error) this.#reject(decodeError(error, this.what));
    else if (this.#isLate) this.#discard(result);
    else this.#resolve(result);
  }

  /** Its time is over. */
  giveUp(): void {
    this.#unfollow();
    this.#isLate = true;
    const { timeoutMs } = this.options;
    this.#reject(new LigandError("LIGAND_REMOTE_TIMEOUT", `${this.what}: no answer within ${timeoutMs} ms`));
  }

  /** The connection has ended. */
  lose(): void {
    this.#unfollow();
    this.#reject(lost(this.what));
  }

  #unfollow(): void {
    this.options.signal?.removeEventListener("abort", this);
  }

  #discard(result: unknown): void {
    try {
      this.options.discard?.(result as never);
    } catch {
      // A late answer that makes no sense has no effect.
    }
  }
}

function lost(what: string): LigandError {
  return new LigandError("LIGAND_REMOTE_LOST", `${what}: the connection was lost`);
}
