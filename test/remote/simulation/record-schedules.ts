import "reflect-metadata";
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { ModuleServer } from "#src/remote/module-side/module-server.js";
import { modulesInfo } from "#src/container/modules-info.js";
import { parseListenAddress } from "#src/remote/wire/listen-address.js";
import { PROTOCOL_VERSION } from "#src/remote/wire/protocol.js";
import { readModules } from "#src/survey-modules.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { frame, initialize } from "../served.js";
import { Call, randomPlan } from "./call.js";
import { ADDRESS } from "./simulated-homeserver.js";
import { calls, MODULES, releaseWaiting, returnPooled, startPooled } from "./simulated-modules.js";
import { SimulatedNetwork } from "./simulated-network.js";
import { SimulatedRuntime } from "./simulated-runtime.js";
import { World } from "./world.js";

// Writes schedules of simulations, for the tests of the Python package to replay: what a homeserver did, and which bytes it
// received of the modules in which pieces.

const SCHEDULES = 12;
const FILE = "synapse/tests/schedules.json";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly args?: readonly unknown[] };
}

/** One thing that happened at the homeserver, and what it wrote then. */
interface Step {
  readonly does: "ask" | "cancel" | "receive" | "lose";
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  /** What arrived, in base64. */
  readonly bytes?: string;
  readonly writes: readonly unknown[];
}

const { logger } = captureLogs();
logger.silent = true;
const info = modulesInfo(await readModules({ modules: MODULES }), "0.0.0", "simulated");

/** Plays a homeserver as the Python package is one: its requests are numbered from 1, and services answer immediately. */
async function record(seed: number): Promise<{ readonly seed: number; readonly steps: readonly Step[] }> {
  const world = new World(seed);
  const network = new SimulatedNetwork(world);
  const runtime = new SimulatedRuntime(world, network, "modules");
  const server = new ModuleServer({
    address: parseListenAddress(ADDRESS),
    logger,
    stopTimeoutMs: 1000,
    runtime,
    introduce: async () => info,
    start: async (homeserver, call) => {
      const { host, place } = await startPooled(homeserver);
      Object.assign(place, { call, pause: (ms: number) => world.pause(ms) });
      return host;
    },
  });
  const steps: Step[] = [];
  await server.listen();
  let isConnected = false;
  const connecting = network.connect(ADDRESS);
  void connecting.then(() => (isConnected = true));
  await world.run(() => isConnected);
  const socket = await connecting;
  let writes: unknown[] = [];
  let received = Buffer.alloc(0);
  const write = (message: object) => {
    writes.push(message);
    socket.write(frame(message));
  };
  const step = (does: Step["does"], details: Partial<Step>, act: () => void) => {
    writes = [];
    act();
    steps.push({ does, ...details, writes });
  };
  socket.on("error", () => undefined);
  socket.on("close", () => step("lose", {}, () => undefined));
  socket.on("data", (chunk: Buffer) =>
    step("receive", { bytes: chunk.toString("base64") }, () => {
      received = Buffer.concat([received, chunk]);
      for (let message = next(); message; message = next()) {
        if (message.method !== "ligand/service") continue;
        const [user] = message.params!.args as [string];
        write({ jsonrpc: "2.0", id: message.id, result: { of: /c\d+e/.exec(user)![0] } });
      }
    }),
  );
  const next = (): Message | undefined => {
    const head = /^Content-Length: (\d+)\r\n\r\n/.exec(received.toString("latin1"));
    if (!head || received.length < head[0].length + Number(head[1])) return undefined;
    const end = head[0].length + Number(head[1]);
    const message = JSON.parse(received.toString("utf8", head[0].length, end)) as Message;
    received = received.subarray(end);
    return message;
  };
  let last = 0;
  const ask = (method: string, params: object): number => {
    const id = ++last;
    if (!socket.destroyed) step("ask", { id, method, params }, () => write({ jsonrpc: "2.0", id, method, params }));
    return id;
  };
  const { params } = initialize({ protocol: PROTOCOL_VERSION, services: ["AccountDataStore"] }) as { params: object };
  ask("ligand/initialize", params);
  const hasAnswer = () => steps.some(({ does }) => does === "receive") && received.length === 0;
  await world.run(() => hasAnswer() || socket.destroyed);
  ask("ligand/start", {});
  for (let n = 1; n <= 2 + world.below(5); n++) {
    const call = new Call({
      ...randomPlan(world, n, ["config"]),
      ends: world.pick(["answers", "answers", "refuses", "never"]),
    });
    calls.set(call.name, call);
    world.setTimeout(
      "the homeserver asks",
      () => {
        const args = [`@${call.name}:example.org`];
        const id = ask("ligand/hook", {
          category: "mediaRepository",
          hook: "getMediaConfigForUser",
          args,
          context: { requestId: call.requestId },
        });
        if (call.plan.ends !== "never" && world.chance(0.7)) return;
        const cancel = () => {
          if (socket.destroyed) return;
          const message = { jsonrpc: "2.0", method: "$/cancelRequest", params: { id } };
          step("cancel", { id }, () => write(message));
        };
        world.setTimeout("the homeserver cancels", cancel, world.below(300));
      },
      world.below(500),
    );
  }
  if (world.chance(0.4)) world.setTimeout("the connection is cut", () => socket.cut(), world.below(1500));
  await world.run();
  if (!socket.destroyed) socket.destroy();
  void server.stop();
  await world.run();
  calls.clear();
  releaseWaiting();
  returnPooled();
  return { seed, steps };
}

const schedules = [];
for (let seed = 1; seed <= SCHEDULES; seed++) schedules.push(await record(seed));
const text = JSON.stringify({ protocol: PROTOCOL_VERSION, schedules });
writeFileSync(FILE, await format(text, { parser: "json", printWidth: 120 }));
process.exit(0);
