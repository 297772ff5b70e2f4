// Does what the README tells a newcomer to do: `npm start`, what that says to type, and then Ctrl-C. Fails unless the
// homeserver answers in time, its log shows the modules that were promised, and it stops in good order.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Patient: the first start compiles, and on a busy machine that takes minutes.
const START_MS = 600_000;
const STOP_MS = 60_000;

const dataDir = mkdtempSync(join(tmpdir(), "ligand-start-"));
const { DATABASE_URL: _, ...env } = process.env;
// A group of its own, so that the signal reaches what Ctrl-C would reach.
const started = performance.now();
const child = spawn("npm", ["start"], { detached: true, env: { ...env, PORT: "0", DATA_DIR: dataDir } });
if (child.pid === undefined) throw new Error("npm cannot be started");
const group = -child.pid;
let output = "";
for (const stream of [child.stdout, child.stderr]) {
  stream.setEncoding("utf8").on("data", (text) => {
    output += text;
    process.stdout.write(text);
  });
}
const ended = new Promise((resolve) => child.on("close", resolve));

try {
  const url = await waitFor(START_MS, "the homeserver runs", () => / runs at (http:\S+)\. /.exec(output)?.[1]);
  console.log(`npm start: the homeserver runs after ${Math.round((performance.now() - started) / 1000)} s`);
  const response = await fetch(`${url}/_matrix/client/versions`);
  if (!response.ok) throw new Error(`GET /_matrix/client/versions answered ${response.status}; expected 200`);
  console.log(`GET /_matrix/client/versions: ${await response.text()}`);
  const welcome = await waitFor(
    START_MS,
    "the homeserver says what to type",
    () => /^To talk[^]*^Ctrl-C/m.exec(output)?.[0],
  );
  const lines = welcome.split("\n").filter((line) => line.startsWith("  "));
  const promised = lines.filter((line) => line.includes("→")).map((line) => /→ (\w+)/.exec(line)[1]);
  const answers = execFileSync("bash", ["-ec", lines.filter((line) => !line.includes("→")).join("\n")], {
    encoding: "utf8",
  });
  console.log(answers);
  for (const part of [
    '{"event_id":',
    "Advertisements for investments are not allowed here",
    "<h1>Guestbook of example.org",
  ]) {
    if (!answers.includes(part)) throw new Error(`what was typed didn't answer ${part}`);
  }
  for (const module of ["FileUsers", ...promised]) {
    const inLog = new RegExp(`^\\S+Z info .*\\b${module}\\b`, "m");
    await waitFor(STOP_MS, `the log shows ${module}`, () => inLog.test(output));
  }
  await showsRefusal();
  process.kill(group, "SIGINT");
  await waitFor(STOP_MS, "the homeserver has stopped", () => output.includes("The homeserver has stopped"));
  await ended;
} catch (error) {
  console.error(`npm start: ${error.message}`);
  process.exitCode = 1;
  if (child.exitCode === null) process.kill(group, "SIGKILL");
}
rmSync(dataDir, { recursive: true, force: true });

/** The inspector shows which module refused what was typed. */
async function showsRefusal() {
  const [, address, file] = await waitFor(START_MS, "the homeserver says where its inspector is", () =>
    /^Watch what the modules decide at (\S+) .* what is in (\S+)$/m.exec(output),
  );
  const headers = { authorization: `Bearer ${readFileSync(file, "utf8").trim()}` };
  const page = await (await fetch(`${address}decisions?result=refused`, { headers })).text();
  for (const part of ["SpamChecker.checkEventForSpam", "SpamFilter", "M_FORBIDDEN"]) {
    if (!page.includes(part)) throw new Error(`the inspector didn't show ${part}`);
  }
}

async function waitFor(ms, what, find) {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = find();
    if (found) return found;
    if (child.exitCode !== null && !find()) break;
  }
  throw new Error(`it did not come about in ${ms} ms that ${what}`);
}
