import { caught, shownError, shownMessage, shownStack } from "../errors/caught.js";
import { describe } from "../errors/describe.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { withoutSecrets } from "../errors/without-secrets.js";
import type { ChainCallback } from "../hooks/contribution.js";
import { NO_CONTEXT, type HookContext } from "../hooks/context.js";
import type { FailureLevel } from "../hooks/failure-policy.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import { secretsOf } from "../hooks/secrets-of.js";
import type { AnswerIssue } from "../hooks/strategy.js";

/** The ids of some of many requests, for one log line. */
export function someRequestIds(contexts: readonly HookContext[], most = 5): string[] {
  const ids: string[] = [];
  for (const { requestId } of contexts) {
    if (requestId !== undefined) ids.push(requestId);
    if (ids.length === most) break;
  }
  return ids;
}

/** Logs what a chain's callbacks do: one line each, with module, hook and request. */
export class CallbackReports {
  readonly #deprecationReported = new Set<number>();

  constructor(
    private readonly chain: string,
    private readonly hook: AnyHook,
    private readonly callbacks: readonly ChainCallback[],
  ) {}

  /** A callback threw. The values of secret arguments are redacted from the error's strings. */
  failed(index: number, error: Error, level: FailureLevel, context: HookContext, args: readonly unknown[]): void {
    this.#threw(index, this.describe(index), this.safe(error, args), level, context);
  }

  /** A function inside a callback's answer threw. Its strings have no secrets. */
  failedLater(index: number, name: string, safe: Error, level: FailureLevel, context: HookContext): void {
    this.#threw(index, `${name} of ${this.describe(index)}`, safe, level, context);
  }

  /** A function inside a callback's answer has used up its budget. */
  lateAt(index: number): (name: string, error: Error, context: HookContext) => void {
    return (name, error, context) => this.failedLater(index, name, error, "error", context);
  }

  /** A callback threw after its dispatch had given it up. The `secrets` are redacted from the error's strings. */
  late(index: number, error: Error, requestId: string | undefined, secrets: readonly string[]): void {
    const context = requestId === undefined ? NO_CONTEXT : { requestId };
    this.#threw(index, `${this.describe(index)}, given up before,`, withoutSecrets(error, secrets), "warn", context);
  }

  #threw(index: number, who: string, safe: Error, level: FailureLevel, context: HookContext): void {
    const kind = safe instanceof MatrixError ? `${safe.status} ${safe.errcode}: ` : "";
    this.#callback(index).log[level](`${who} failed: ${kind}${shownMessage(safe)}`, {
      ...this.#meta(index, context),
      ...(safe.stack !== undefined && { stack: shownStack(safe) }),
    });
  }

  /** A callback's error for observers: the values of secret arguments are redacted. */
  safe(error: Error, args: readonly unknown[]): Error {
    return withoutSecrets(error, this.secrets(args));
  }

  /** A callback returned something deprecated (logged once per callback) or illegal. */
  remarked(index: number, { kind, expected }: AnswerIssue<unknown>, answer: unknown, context: HookContext): void {
    if (kind === "deprecated") {
      if (this.#deprecationReported.has(index)) return;
      this.#deprecationReported.add(index);
    }
    const what =
      kind === "deprecated"
        ? "returned a deprecated answer"
        : `returned an answer that the hook doesn't accept: ${describe(answer)}`;
    this.#callback(index).log.warn(`${this.describe(index)} ${what}; expected ${expected}`, this.#meta(index, context));
  }

  /** The homeserver's observer threw when notified of a callback. */
  observerFailed(index: number, error: unknown, context: HookContext): void {
    const known = caught(error);
    this.#callback(index).log.error(`the observer failed on ${this.describe(index)}: ${shownError(known)}`, {
      ...this.#meta(index, context),
      stack: shownStack(known),
    });
  }

  /** Requests have waited long for their callbacks; the current one may have been called late. */
  readonly pending = (index: number, contexts: readonly HookContext[], pendingMs: number): void => {
    const time = pendingMs < 1000 ? `${Math.round(pendingMs)} ms` : `${Math.round(pendingMs / 1000)} s`;
    const abandoned = contexts.filter(({ signal }) => signal?.aborted).length;
    const [context] = contexts as [HookContext];
    if (contexts.length === 1) {
      this.#callback(index).log.warn(
        `${this.describe(index)} hasn't settled; its request has waited ${time} for callbacks${abandoned ? " and was abandoned" : ""}`,
        this.#meta(index, context),
      );
      return;
    }
    const requestIds = someRequestIds(contexts);
    this.#callback(index).log.warn(
      `${this.describe(index)} hasn't settled for ${contexts.length} requests; they have waited ${time} for callbacks${abandoned ? `, and ${abandoned} of them ${abandoned === 1 ? "was" : "were"} abandoned` : ""}`,
      { ...this.#meta(index, NO_CONTEXT), ...(requestIds.length > 0 && { requestIds }) },
    );
  };

  /** The callback's name, for messages. */
  describe(index: number): string {
    const { module, name } = this.#callback(index);
    return `callback ${name} of module ${module.id} on ${this.chain}`;
  }

  #callback(index: number): ChainCallback {
    return this.callbacks[index] as ChainCallback;
  }

  #meta(index: number, context: HookContext): object {
    return {
      hook: this.chain,
      callback: this.#callback(index).name,
      ...(context.requestId !== undefined && { requestId: context.requestId }),
    };
  }

  /** The values of secret arguments. */
  secrets(args: readonly unknown[]): string[] {
    return secretsOf(this.hook.parameters as readonly Parameter[], args);
  }
}
