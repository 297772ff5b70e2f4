// Ends mocha when something keeps it running after the last test: what a failed test left, say. It would wait forever.
// Processes that tests left end with it.
// Workers of mocha have too little time at their end to write what they covered, so they write it after each file.
import { subscribe } from "node:diagnostics_channel";
import { takeCoverage } from "node:v8";

const { MOCHA_WORKER_ID, NODE_V8_COVERAGE, END_RUN_AFTER_MS = 30_000 } = process.env;
/** Long, because on a busy machine what ends by itself takes its time. */
const WAIT_MS = Number(END_RUN_AFTER_MS);

// Mocha loads this file into each process that runs tests.
const children = new Set();
subscribe("child_process", ({ process: child }) => {
  children.add(child);
  child.once("exit", () => children.delete(child));
});
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

export const mochaHooks = MOCHA_WORKER_ID && NODE_V8_COVERAGE ? { afterAll: () => takeCoverage() } : {};

export function mochaGlobalTeardown() {
  setTimeout(end, WAIT_MS).unref();
}

function end() {
  const left = process.getActiveResourcesInfo().join(", ");
  console.error(`The tests have ended, and ${WAIT_MS / 1000} s later these still keep mocha running: ${left}.`);
  process.on("exit", () => (process.exitCode ||= 1));
  process.exit();
}
