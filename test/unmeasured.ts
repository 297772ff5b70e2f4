/**
 * Processes that the tests of this suite start aren't measured by `npm run coverage`: a process that is measured isn't
 * looked into when it's blocked. Call it first in a `describe`.
 */
export function unmeasured(): void {
  const { NODE_V8_COVERAGE: folder } = process.env;
  if (folder === undefined) return;
  before(() => void delete process.env["NODE_V8_COVERAGE"]);
  after(() => void (process.env["NODE_V8_COVERAGE"] = folder));
}
