import { isCancellation } from "../errors/cancelled-error.js";
import type { Homeserver } from "../homeserver/homeserver.js";
import type { Origin } from "../homeserver/pipelines/login.js";
import { Codes } from "../matrix/codes.js";
import { MatrixError } from "../matrix/matrix-error.js";

/** Where tests' requests come from. */
export const TEST_ORIGIN: Origin = Object.freeze({ ip: "127.0.0.1", userAgent: "ligand-testing" });

/**
 * Runs an endpoint of the client-server API, with the errors that a client would see: an error other than a
 * `MatrixError` is logged, and becomes a 500 `M_UNKNOWN` with the error as its cause.
 */
export async function asEndpoint<T>(homeserver: Homeserver, run: () => Promise<T>): Promise<T> {
  try {
    const result = await run();
    await homeserver.settled();
    return result;
  } catch (error) {
    if (error instanceof MatrixError) throw error;
    if (isCancellation(error)) throw new MatrixError(499, "The request was cancelled", Codes.UNKNOWN, { cause: error });
    homeserver.logger.error("A request failed", { error });
    throw new MatrixError(500, "Internal server error", Codes.UNKNOWN, { cause: error });
  }
}
