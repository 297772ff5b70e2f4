import { closeSync, openSync, readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ModuleProcess } from "#src/remote/homeserver-side/module-process.js";
import { ModuleLevels } from "#src/remote/homeserver-side/module-levels.js";
import { namedProcess } from "#src/remote/homeserver-side/process-names.js";
import { NumberedCalls } from "#src/remote/homeserver-side/numbered-calls.js";
import { captureLogs } from "#src/testing/captured-logs.js";

// Run with a limit of open files: starts processes while fewer and fewer of them are left, and writes what came of it.

const { logger, records } = captureLogs({ all: true });
const outcomes: string[] = [];
const openFiles = () => readdirSync("/dev/fd").length;

function begin(): ModuleProcess {
  return new ModuleProcess({
    names: namedProcess("filters"),
    logger,
    nodeArgs: [],
    settings: { entries: [], loadTimeoutMs: 1000, stopTimeoutMs: 1000, logLevel: "info", overChannel: false },
    services: { find: () => undefined },
    calls: new NumberedCalls(() => false),
    levels: new ModuleLevels(logger),
    stopTimeoutMs: 1000,
    blockedLimitMs: 0,
  });
}

async function tryWith(left: number): Promise<void> {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync("/dev/null", "r"));
  } catch {
    for (const fd of held.splice(0, left)) closeSync(fd);
  }
  try {
    const process = begin();
    outcomes.push("started");
    process.kill("it has started");
    await process.ended;
  } catch (error) {
    const { code, message, remedy } = error as { code?: string; message: string; remedy?: string };
    outcomes.push(`${code}: ${message} ${remedy}`);
    await pause(10);
  }
  for (const fd of held) closeSync(fd);
}

// What's opened once for all processes.
await tryWith(40);
await pause(200);
const before = openFiles();
for (let left = 0; left <= 20; left++) await tryWith(left);
await pause(200);
const after = openFiles();
process.stdout.write(JSON.stringify({ outcomes, logs: records.map(({ message }) => message), leaked: after - before }));
