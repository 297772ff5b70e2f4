import { jsonFault } from "./json.js";
import type { MatrixError } from "./matrix-error.js";
import { endsSession } from "./session-codes.js";

/** The parts of a response that a {@link MatrixError} carries. */
export interface MatrixErrorContent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

/**
 * Why a `MatrixError` of a callback must not reach a client, such as `with the code M_UNKNOWN_TOKEN, which logs clients
 * out`; undefined if it may. Never throws, whatever `body` does.
 */
export function faultOf(error: MatrixError): string | undefined {
  const content = contentOf(error);
  if (content === undefined) return "whose body can't be read";
  const fault = jsonFault(content);
  if (fault !== undefined) return `that JSON can't carry: ${fault}`;
  const { status, body } = content;
  if (!Number.isInteger(status) || status < 400 || status > 599) return `with the status ${String(status)}`;
  const code = [error.errcode, body["errcode"]].find(endsSession);
  return code === undefined ? undefined : `with the code ${code}, which logs clients out`;
}

/** What a client receives of an error; undefined if that can't be read. */
export function contentOf(error: MatrixError): MatrixErrorContent | undefined {
  try {
    const { status, headers } = error;
    return { status, headers, body: error.body() };
  } catch {
    return undefined;
  }
}
