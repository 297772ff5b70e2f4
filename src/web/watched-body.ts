import { caught } from "../errors/caught.js";
import { describe } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";

/**
 * The same response, but calls `failed` if its body fails after the response has begun, when an error can no longer be
 * sent. A client that disconnects isn't a failure.
 */
export function watchedBody(response: Response, failed: (error: unknown) => void): Response {
  const { body, status, statusText, headers } = response;
  if (!body) return response;
  const reader = body.getReader() as ReadableStreamDefaultReader<unknown>;
  let isCancelled = false;
  const watched = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          // A cancellation ends what is waited for, too.
          if (isCancelled) return;
          if (done) return controller.close();
          if (!(value instanceof Uint8Array)) throw notBytes(value);
          controller.enqueue(value);
        } catch (thrown) {
          if (isCancelled) return;
          const error = caught(thrown);
          failed(error);
          reader.cancel(error).catch(() => undefined);
          throw error;
        }
      },
      cancel: (reason) => {
        isCancelled = true;
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(watched, { status, statusText, headers });
}

function notBytes(value: unknown): LigandError {
  return new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `the body of an HTTP message must be a stream of Uint8Array, but it's ${typeof value === "string" ? "a string" : describe(value)}`,
    { remedy: "Put bytes into the stream, such as those of `new TextEncoder().encode(text)`." },
  );
}
