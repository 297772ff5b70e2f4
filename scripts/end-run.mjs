// Ends mocha when something keeps it running after the last test: what a failed test left, say. It would wait for ever.
const WAIT_MS = 10_000;

export function mochaGlobalTeardown() {
  setTimeout(end, WAIT_MS).unref();
}

function end() {
  const left = process.getActiveResourcesInfo().join(", ");
  console.error(`The tests have ended, and ${WAIT_MS / 1000} s later these still keep mocha running: ${left}.`);
  process.on("exit", () => (process.exitCode ||= 1));
  process.exit();
}
