// Imports one module in this fresh process, and prints what that cost.
const [what] = process.argv.slice(2);

globalThis.gc?.();
const before = process.memoryUsage();
const start = performance.now();
await import(what!);
const ms = performance.now() - start;
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
