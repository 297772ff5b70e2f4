// Imports one module in this fresh process, and prints what that cost.
import { cpuMs } from "../cpu-time.js";

const [what] = process.argv.slice(2);

globalThis.gc?.();
const before = process.memoryUsage();
const start = cpuMs();
await import(what!);
const ms = cpuMs() - start;
globalThis.gc?.();
const after = process.memoryUsage();
const mebibytes = (bytes: number) => bytes / 2 ** 20;
process.stdout.write(
  JSON.stringify({
    ms,
    rssMiB: mebibytes(after.rss - before.rss),
    heapMiB: mebibytes(after.heapUsed - before.heapUsed),
  }),
);
