/** The error with which a promise rejects. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new RangeError("expected a rejection, and there was none");
}
