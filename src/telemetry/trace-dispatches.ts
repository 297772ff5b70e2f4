import type { Span, Tracer } from "@opentelemetry/api";
import type * as Api from "@opentelemetry/api";
import { isThenable } from "../hooks/answer-predicates.js";
import type { MaybePromise } from "../hooks/context.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import type { Tracing } from "../dispatch/traced-chain.js";
import { caught, shownError } from "../errors/caught.js";
import { redactText } from "../errors/secrets.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { Denial } from "../matrix/verdict.js";
import { VERSION } from "../package.js";
import { apiWith } from "./registered-api.js";

/**
 * A span for each dispatch of a hook, and one in it for each callback that's called; undefined if no SDK of OpenTelemetry
 * has registered a tracer by now. Arguments and answers aren't in them.
 */
export function traceDispatches(): Tracing | undefined {
  const api = apiWith("trace");
  if (!api) return undefined;
  const tracer = api.trace.getTracer("ligand", VERSION);
  return {
    dispatch(name, { requestId, origin }, run) {
      const attributes = {
        "ligand.hook": name,
        ...(requestId !== undefined && { "ligand.request_id": requestId }),
        ...(origin !== undefined && { "ligand.origin": origin }),
      };
      return within(api, tracer.startSpan(name, { attributes }), run);
    },
    call({ module, name, shadow, call }, chain) {
      const attributes = { "ligand.hook": chain, "ligand.module": module.id, "ligand.shadow": shadow === true };
      return (...slots) => within(api, startCallback(tracer, name, attributes), () => call(...slots));
    },
  };
}

function startCallback(tracer: Tracer, name: string, attributes: Api.Attributes): Span {
  return tracer.startSpan(name, { attributes });
}

/** Runs something while a span is the current one, and ends the span with what it comes to. */
function within<T>(api: typeof Api, span: Span, run: () => MaybePromise<T>): MaybePromise<T> {
  const { context, trace, SpanStatusCode } = api;
  const failed = (thrown: unknown): void => {
    // What a homeserver sends to clients is an answer.
    if (thrown instanceof MatrixError) span.setAttribute("ligand.refused", true);
    else span.setStatus({ code: SpanStatusCode.ERROR, message: redactText(shownError(caught(thrown))) });
    span.end();
  };
  const answered = (answer: unknown): void => {
    // Of a callback that wasn't asked there's nothing to see: a span that doesn't end isn't exported.
    if (answer === NOT_ASKED) return;
    if (answer instanceof Denial) span.setAttribute("ligand.refused", true);
    span.end();
  };
  try {
    const result = context.with(trace.setSpan(context.active(), span), run);
    if (isThenable(result)) Promise.resolve(result).then(answered, failed);
    else answered(result);
    return result;
  } catch (error) {
    failed(error);
    throw error;
  }
}
