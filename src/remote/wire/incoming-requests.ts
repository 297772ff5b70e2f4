import { LigandError } from "../../errors/ligand-error.js";
import { isThenable } from "../../hooks/answer-predicates.js";
import type { MaybePromise } from "../../hooks/context.js";
import { isPlainObject } from "../../matrix/json.js";
import type { FrameWriter } from "./frame-writer.js";
import { IncomingRequest } from "./incoming-request.js";
import { METHOD_NOT_FOUND, type MessageId, type RequestMessage, type ResponseMessage } from "./json-rpc.js";
import { encodeError } from "./wire-errors.js";

/** Answers the requests of one method. What it throws goes to the other side, without its stack. */
export type Answer<Params, Result> = (params: Params, request: IncomingRequest) => MaybePromise<Result>;

/** The requests of the other side. */
export class IncomingRequests {
  readonly #answers = new Map<string, Answer<object, unknown>>();
  /** Those that arrived and aren't answered yet: any of them may be cancelled. */
  readonly #open = new Map<MessageId, IncomingRequest>();
  /** Those that are being answered and weren't cancelled. */
  readonly #inFlight = new Set<IncomingRequest>();
  #idle: (() => void)[] = [];

  /** @param most how many are answered concurrently; more are refused */
  constructor(
    private readonly writer: FrameWriter,
    private readonly most: number,
  ) {}

  /** Registers who answers requests of a method. */
  register(method: string, answer: Answer<object, unknown>): void {
    this.#answers.set(method, answer);
  }

  /** A request has arrived, and will be answered later. */
  arrived(message: RequestMessage): IncomingRequest {
    const request = new IncomingRequest(message);
    this.#open.set(message.id, request);
    return request;
  }

  cancel(id: MessageId): void {
    const request = this.#open.get(id);
    request?.cancel();
    // It may hang, and isn't needed: it must not block other requests, or keep the process from stopping.
    if (request) this.#leave(request);
  }

  answer(request: IncomingRequest): void {
    const { id, method, params } = request.message;
    const answer = this.#answers.get(method);
    try {
      if (!answer) {
        const error = { code: METHOD_NOT_FOUND, message: `Unhandled method ${method}` };
        return this.#reply(request, { jsonrpc: "2.0", id, error });
      }
      if (!isPlainObject(params)) {
        throw new LigandError("LIGAND_REMOTE_PROTOCOL", `the params of ${method} must be an object`);
      }
      this.#enter(request);
      const result = answer(params, request);
      if (isThenable(result))
        result.then(
          (value) => this.#succeed(request, value),
          (error: unknown) => this.#fail(request, error),
        );
      else this.#succeed(request, result);
    } catch (error) {
      this.#fail(request, error);
    }
  }

  #succeed(request: IncomingRequest, result: unknown): void {
    this.#reply(request, { jsonrpc: "2.0", id: request.message.id, result: result ?? null });
  }

  #fail(request: IncomingRequest, error: unknown): void {
    this.#reply(request, { jsonrpc: "2.0", id: request.message.id, error: encodeError(error) });
  }

  #reply(request: IncomingRequest, answer: ResponseMessage): void {
    const { id } = request.message;
    this.writer.answer(answer);
    if (this.#open.get(id) === request) this.#open.delete(id);
    this.#leave(request);
  }

  #enter(request: IncomingRequest): void {
    if (this.#inFlight.size >= this.most) {
      throw new LigandError("LIGAND_REMOTE_BUSY", `${this.most} requests are in flight, which is the limit`);
    }
    if (!request.isCancelled) this.#inFlight.add(request);
  }

  #leave(request: IncomingRequest): void {
    if (this.#inFlight.delete(request)) this.#tellIdle();
  }

  /** Resolves once none is being answered. */
  async idle(): Promise<void> {
    if (this.#inFlight.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** The connection has ended: nothing waits any more for what hangs. */
  lose(reason: LigandError): void {
    for (const request of this.#open.values()) request.cancel(reason);
    this.#open.clear();
    this.#inFlight.clear();
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#inFlight.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
