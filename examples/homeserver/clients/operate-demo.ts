// Six modules that misbehave, on a homeserver whose operator has limited them: `npm run operate:demo`, or
// `npm run operate:demo -- --synapse` for a real Synapse. A real client sends throughout. Prints what users notice, what the
// log says, and what the operator does.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { ModuleHealth } from "ligand";
import { HomeserverProcess } from "./homeserver-process.js";
import { quietClients } from "./quiet-clients.js";
import { Traffic } from "./traffic.js";

/** A homeserver whose modules come from the file that the operator edits. */
interface OperatedServer {
  readonly url: string;
  /** @returns what the operator sees, beside the log */
  reload(): Promise<string | void>;
  health(): Promise<{ readonly modules: readonly Omit<ModuleHealth, "problems">[] }>;
  /** Starts what runs the modules again, as after a reboot of the machine. @returns how it's doing then */
  reboot(): Promise<string>;
  stop(): Promise<void>;
}

const SYNAPSE = "scripts/synapse/operated-synapse.mjs";

quietClients();
const folder = await mkdtemp(join(tmpdir(), "ligand-operate-"));
const serverFile = join(folder, "homeserver.yaml");
const modulesFile = join(folder, "modules.yaml");
const COMPILED = "../../build/examples/operating/modules/";
const written = (await readFile("examples/operating/homeserver.yaml", "utf8")).replaceAll(COMPILED, "./modules/");
await writeFile(serverFile, "server_name: example.org\n");
await writeFile(modulesFile, written);
// Copies, of which one is updated later.
await cp(resolve("examples/operating", COMPILED), join(folder, "modules"), { recursive: true });
await mkdir(join(folder, "node_modules"));
await symlink(resolve("."), join(folder, "node_modules/ligand"), "dir");

const log: string[] = [];
const traffic = new Traffic();
const isSynapse = process.argv.includes("--synapse");
const onLine = (line: string) => log.push(line);
const server: OperatedServer = await (isSynapse
  ? startSynapse()
  : HomeserverProcess.start({ configFile: serverFile, modulesFile, folder, onLine }));

try {
  await step("The homeserver starts with six modules, and a client begins to send", () => traffic.start(server.url, 8));
  await step("One module hangs on each message", () => setTimeout(3000));
  await step("One blocks its process", () => traffic.say("a message that a pattern is slow on"));
  await step("Ten seconds later it's killed, and starts again", () => restarted("BusyPatterns"));
  await step("One crashes its process, which starts again", async () => {
    const outcome = await traffic.say("an untested message");
    await restarted("CrashProne");
    return outcome;
  });
  await step("One is for half of the rooms: a link in each", linkInEachRoom);
  await step("One is new and in shadow: it would refuse this, and that is counted", () =>
    traffic.say("Where is my darn key?"),
  );
  await step("The operator looks at their health", healthOfEach);

  await writeFile(modulesFile, written.replace("mode: shadow", "mode: enforced"));
  await step("The operator reloads, with a mistake in the file", () => server.reload());
  await writeFile(modulesFile, written.replace("mode: shadow", "mode: enforce"));
  await step("The operator corrects it: what was in shadow is enforced", () => server.reload());
  await step("The same message again", () => traffic.say("Where is my darn key?"));
  await step("The operator locks the modules: from now on none changes unseen", lock);
  const updated = join(folder, "modules/no-links.js");
  const code = await readFile(updated, "utf8");
  await writeFile(updated, `${code}// An update that its operator has not looked at.\n`);
  await step("An update changes a file of one, and the operator reloads", () => server.reload());
  await writeFile(updated, code);
  await step("The file is as it was", () => server.reload());
  await writeFile(modulesFile, "modules: [\n");
  await step("The machine reboots, and the file is broken: what ran last runs", () => server.reboot());
  await step("The same message again", () => traffic.say("Where is my darn key?"));
  await writeFile(modulesFile, written.replace("mode: shadow", "mode: enforce"));
  await step("The operator mends the file, and reloads", () => server.reload());
} finally {
  await traffic.stop();
  await server.stop();
  await rm(folder, { recursive: true });
}
// The client keeps timers that nothing ends.
process.exit();

async function startSynapse(): Promise<OperatedServer> {
  const { startOperatedSynapse } = (await import(pathToFileURL(SYNAPSE).href)) as {
    readonly startOperatedSynapse: (
      configFile: string,
      folder: string,
      onLine: (line: string) => void,
    ) => Promise<OperatedServer>;
  };
  return startOperatedSynapse(modulesFile, folder, onLine);
}

/** Does something, and prints what came of it, what users noticed meanwhile, and what the log said. */
async function step(title: string, action: () => Promise<string | void>, afterMs = 500): Promise<void> {
  console.log(`\n${title}`);
  const outcome = await action();
  await setTimeout(afterMs);
  if (typeof outcome === "string") console.log(`  ${outcome.replaceAll(folder, ".").replaceAll("\n", "\n  ")}`);
  const { sent, again, refused, slowestMs } = traffic.noticed();
  const asked = again > 0 ? `; ${again} waited for the homeserver to be there again` : "";
  console.log(`  users: ${sent} messages, the slowest took ${slowestMs} ms${asked}`);
  for (const [refusal, count] of refused) console.log(`         ${count} × ${refusal}`);
  for (const [line, count] of logged()) console.log(`  log:   ${line}${count > 1 ? ` (${count} ×)` : ""}`);
}

/** What the log said since it was last asked, without times and requests: how often each line. */
function logged(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const said of log.splice(0)) {
    // Neither stacks nor what the homeserver says of each request are what this is about.
    if (!/^\d/.test(said) || / (GET|POST|PUT)-\d+ /.test(said)) continue;
    const line = said
      .replace(/^\S+ /, "")
      .replace(/ (hook|connection)=.*/, "")
      .replaceAll(folder, ".");
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}

/** Waits until the process of a module runs again, which on a busy machine takes a while. */
async function restarted(id: string): Promise<void> {
  const restarts = async () => (await server.health()).modules.find((module) => module.id === id)?.restarts ?? 0;
  while ((await restarts()) === 0) await setTimeout(100);
}

async function healthOfEach(): Promise<string> {
  const rows = (await server.health()).modules.map(({ id, mode, state, shadow, ...counts }) => {
    const { calls, failures, timeouts, notAsked, restarts } = counts;
    const numbers = { calls, failures, "time-outs": timeouts, "not asked": notAsked, restarts, ...shadow };
    const said = Object.entries(numbers).filter(([, count]) => count > 0);
    const shown = said.map(([what, count]) => `${what} ${count}`).join(", ");
    return `${id.padEnd(15)} ${`${mode}, ${state}`.padEnd(18)} ${shown}`.trimEnd();
  });
  return rows.join("\n");
}

/** Runs `ligand lock`. */
async function lock(): Promise<string> {
  // The lock is beside the first file.
  const command = ["dist/cli/main.js", "lock", ...(isSynapse ? [] : [serverFile]), modulesFile];
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, COLUMNS: "500" } });
  return stdout.trim();
}

async function linkInEachRoom(): Promise<string> {
  const outcomes = await Promise.all(traffic.rooms.map((room) => traffic.say("See https://example.org", room)));
  return `${outcomes.filter((outcome) => outcome === "passes").length} of ${outcomes.length} pass`;
}
