// Starts the modules of one configuration file in this fresh process, and prints what that cost.
import { setTimeout } from "node:timers/promises";
import { cpuMs } from "../cpu-time.js";
import { importFirst, isStages, PEERS, stages, type PeerName } from "./peers.js";

const [peer, configFile] = process.argv.slice(2) as [PeerName, string];

await importFirst();
if (isStages(peer)) {
  process.stdout.write(JSON.stringify(await stages(configFile)));
} else {
  globalThis.gc?.();
  const before = process.memoryUsage();
  const start = cpuMs();
  const started = await PEERS[peer](configFile);
  const ms = cpuMs() - start;
  // Inversify makes WeakRefs, whose targets live until the turn of the event loop ends.
  await setTimeout(20);
  globalThis.gc?.();
  const after = process.memoryUsage();
  const mebibytes = (bytes: number) => bytes / 2 ** 20;
  const measured = {
    ms,
    rssMiB: mebibytes(after.rss - before.rss),
    heapMiB: mebibytes(after.heapUsed - before.heapUsed),
  };
  // `started` is used after the collection, so that the collection cannot have taken it.
  process.stdout.write(started ? JSON.stringify(measured) : "");
}
// What was started is not stopped: the process ends with it.
process.exit();
