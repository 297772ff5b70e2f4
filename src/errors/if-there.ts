/** What is done with a file comes to; undefined if there's none, or no longer: another process may have removed or renamed it. */
export async function ifThere<Result>(done: Promise<Result>): Promise<Result | undefined> {
  try {
    return await done;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
