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
  return Number(response.headers.get("content-length") ?? 0) > maxSize ? tooLarge(maxSize) : undefined;
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
        if (length > maxSize) throw tooLarge(maxSize);
        yield chunk;
      }
    },
    stream,
  );
  return length;
}

function tooLarge(maxSize: number): MatrixError {
  return new MatrixError(502, `The file is larger than ${maxSize} bytes`, Codes.TOO_LARGE);
}
