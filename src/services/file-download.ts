import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Codes } from "../matrix/codes.js";
import { MatrixError } from "../matrix/matrix-error.js";

/** Why a file must not be downloaded, as far as the response's headers say. */
export function refusalOf(
  response: Response,
  maxSize: number,
  isAllowedContentType: (contentType: string) => boolean = () => true,
): MatrixError | undefined {
  if (!response.ok) return new MatrixError(502, `The file's server answered with status ${response.status}`);
  const contentType = response.headers.get("content-type") ?? "application/octet-stream";
  if (!isAllowedContentType(contentType)) {
    return new MatrixError(502, `The file has the content type ${contentType}, which is not allowed here`);
  }
  return saysTooLarge(response, maxSize) ? tooLarge("file", maxSize) : undefined;
}

/**
 * Copies the body of a response into a stream, and ends the stream.
 *
 * @returns the number of bytes.
 * @throws {MatrixError} 502 `M_TOO_LARGE` when there are more than `maxSize`.
 */
export async function download(response: Response, stream: Writable, maxSize: number): Promise<number> {
  let length = 0;
  await pipeline(
    response.body ? Readable.fromWeb(response.body) : Readable.from([]),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        length += chunk.byteLength;
        if (length > maxSize) throw tooLarge("file", maxSize);
        yield chunk;
      }
    },
    stream,
  );
  return length;
}

/**
 * The whole body of a response.
 *
 * @throws {MatrixError} 502 `M_TOO_LARGE` when it has more than `maxSize` bytes.
 */
export async function readBody(response: Response, maxSize: number): Promise<Uint8Array> {
  if (saysTooLarge(response, maxSize)) {
    await response.body?.cancel();
    throw tooLarge("response", maxSize);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > maxSize) throw tooLarge("response", maxSize);
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    body.set(chunk, position);
    position += chunk.byteLength;
  }
  return body;
}

function saysTooLarge({ headers }: Response, maxSize: number): boolean {
  return Number(headers.get("content-length") ?? 0) > maxSize;
}

function tooLarge(what: "file" | "response", maxSize: number): MatrixError {
  return new MatrixError(502, `The ${what} is larger than ${maxSize} bytes`, Codes.TOO_LARGE);
}
