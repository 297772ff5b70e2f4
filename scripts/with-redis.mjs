#!/usr/bin/env node
// Runs a command with REDIS_URL of a temporary Redis server:
//   node scripts/with-redis.mjs [--required] COMMAND [ARGUMENT…]
// See scripts/temporary-server.mjs for what holds where one runs already, or where none can be started.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.mjs";
import { runWithServer } from "./temporary-server.mjs";

await runWithServer({ name: "Redis", script: "scripts/with-redis.mjs", variable: "REDIS_URL", start: startRedis });

async function startRedis() {
  const directory = mkdtempSync(join(tmpdir(), "with-redis-"));
  const port = await freePort();
  // Nothing is kept: it is gone when the command is.
  const settings = { bind: "127.0.0.1", port, dir: directory, save: "", appendonly: "no", daemonize: "no" };
  const options = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit").catch((error) => [error.message]);
  try {
    await untilReady(server, ended);
  } catch (error) {
    rmSync(directory, { recursive: true });
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      server.kill();
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

async function untilReady(server, ended) {
  let output = "";
  const ready = new Promise((resolve) => {
    server.stdout.on("data", (data) => {
      if (output !== undefined) output += data;
      if (output?.includes("Ready to accept connections")) resolve((output = undefined));
    });
  });
  const isReady = await Promise.race([ready.then(() => true), ended.then(() => false)]);
  if (isReady) return;
  const [reason] = await ended;
  throw new Error(
    typeof reason === "string"
      ? `redis-server cannot be started (Debian: apt-get install redis-server): ${reason}`
      : `redis-server ended with status ${reason}:\n${output}`,
  );
}
