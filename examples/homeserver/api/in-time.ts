import { MatrixError } from "ligand";

const BODY_TIMEOUT_MS = 30_000;

/** What is read of a request, if it arrives in time. @throws {MatrixError} 408 when it does not. */
export async function inTime<T>(reading: Promise<T>, timeoutMs = BODY_TIMEOUT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MatrixError(408, "The body did not arrive in time")), timeoutMs);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}
