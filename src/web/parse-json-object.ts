import { CancelledError } from "../errors/cancelled-error.js";
import { Codes } from "../matrix/codes.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { MatrixError } from "../matrix/matrix-error.js";

/** Options of {@link parseJsonObject}. @public */
export interface ParseJsonOptions {
  /** Whether an empty body counts as `{}`; an error by default. */
  readonly allowEmpty?: boolean;
  /** The maximum size of the body in bytes; 1 MiB by default. */
  readonly maxBytes?: number;
}

/**
 * Parses the body of a request as a JSON object. (`parse_json_object_from_request` in Synapse)
 *
 * @throws MatrixError 400 `M_NOT_JSON` when the body isn't JSON in UTF-8; 400 `M_BAD_JSON` when it isn't an object;
 *   413 `M_TOO_LARGE` when it's too large, without reading the rest.
 * @throws CancelledError when the client disconnected before the whole body had arrived.
 *
 * @public
 */
export async function parseJsonObject(request: Request, options: ParseJsonOptions = {}): Promise<JsonObject> {
  const { allowEmpty = false, maxBytes = 1024 * 1024 } = options;
  const bytes = await readAtMost(request, maxBytes);
  if (bytes.byteLength === 0 && allowEmpty) return {};
  const value = parse(bytes);
  if (!isPlainObject(value)) throw new MatrixError(400, "Content must be a JSON object.", Codes.BAD_JSON);
  return value as JsonObject;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new MatrixError(400, "Content not JSON.", Codes.NOT_JSON, { cause });
  }
}

async function readAtMost(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get("Content-Length") ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.signal.aborted) throw new CancelledError("the client disconnected", { cause: error });
    throw error;
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): MatrixError {
  return new MatrixError(413, `Content is larger than ${maxBytes} bytes.`, Codes.TOO_LARGE);
}
