import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";

/** What Ligand throws at a wrong use, as a value to compare. */
export function refusalOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    const { code, message, remedy } = error as LigandError;
    expect(error).to.be.instanceOf(LigandError);
    return { code, message, remedy };
  }
  return expect.fail("nothing was thrown");
}

/** The same of an action that isn't over when it returns. */
export async function laterRefusalOf(action: () => Promise<unknown>) {
  const [outcome] = await Promise.allSettled([action()]);
  return refusalOf(() => {
    if (outcome.status === "rejected") throw outcome.reason;
  });
}
