import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { remoteHost, type JsonObject } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { outcomeOf, serverBinding, unixAddress } from "../remote/served.js";
import { sideBySide } from "../side-by-side.js";
import { unmeasured } from "../unmeasured.js";
import { until } from "../until.js";
import { run } from "./captured-terminal.js";
import { PROGRAM, serveProcess, type Line, type ServedProcess } from "./served-process.js";

const FOLDER = "test/fixtures/watch";
/** What turns Node's permission model on, by the name that it has in this version. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";
interface Start {
  readonly file?: string;
  readonly address?: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
}

/** Asks about an event, which the module blocks its process for. */
async function ask({ address }: ServedProcess, content: JsonObject, requestId = "PUT-7") {
  const { hooks } = await remoteHost({ address, services: [serverBinding()] });
  return outcomeOf(() => hooks.spamChecker.checkEventForSpam(roomEvent({ content }), { requestId }));
}

describe("ligand serve whose process is blocked", () => {
  unmeasured();
  const started: ServedProcess[] = [];
  after(() => {
    for (const { child } of started) child.kill("SIGKILL");
  });
  const serve = async ({ file = "blocking", address = unixAddress(), ...options }: Start = {}) => {
    const served = await serveProcess(`${FOLDER}/${file}.yaml`, address, options);
    started.push(served);
    return served;
  };

  const CALLBACK = { module: "Blocking", hook: "SpamChecker.checkEventForSpam", callback: "Blocking.check" };
  const WAYS: Readonly<Record<string, { readonly said: RegExp; readonly data: object }>> = {
    loop: {
      said: /^Blocking\.check \(checkEventForSpam\) has blocked the process for \d\.\d s; request PUT-7; modules\.mjs:\d+$/,
      data: { ...CALLBACK, requestId: "PUT-7", function: "Blocking.spin" },
    },
    "regular expression": {
      said: /^Blocking\.check \(checkEventForSpam\) has blocked the process for \d\.\d s; request PUT-7; modules\.mjs:\d+$/,
      data: { ...CALLBACK, requestId: "PUT-7" },
    },
    "after an await": {
      said: /^Blocking\.spin \(checkEventForSpam\) has blocked the process for \d\.\d s; request PUT-7; modules\.mjs:\d+$/,
      data: { module: "Blocking", hook: "SpamChecker.checkEventForSpam", requestId: "PUT-7" },
    },
    "@Every": {
      said: /^Blocking\.spin has blocked the process for \d\.\d s; modules\.mjs:\d+$/,
      data: { module: "Blocking" },
    },
    "a FIFO": {
      said: /^Blocking\.check \(checkEventForSpam\) has blocked the process for \d\.\d s$/,
      data: CALLBACK,
    },
  };
  const named = async (body: string, { said, data }: (typeof WAYS)[string]) => {
    const served = await serve({ args: ["--blocked-limit", "5s"] });
    const path = join(mkdtempSync(join(tmpdir(), "fifo-")), "fifo");
    execFileSync("mkfifo", [path]);
    void ask(served, { body, path });
    // On a busy machine, other things may be said to block it before.
    const warned = await served.line(said);
    expect(warned).to.include({ ...data, level: "warn" });
    expect(await served.ended).to.equal("SIGKILL");
    const last = served.lines.at(-1)!;
    expect(last).to.include({ ...data, level: "error" });
    expect(last.message).to.match(/ has blocked the process for \d+\.\d s, its limit: killing the process/);
  };
  const ways = Object.entries(WAYS).map(([body, way]) => [
    `ligand serve, when its process is blocked, names what blocks it while it does, and is killed at its limit: ${body}`,
    () => named(body, way),
  ]);
  const tests = {
    ...(Object.fromEntries(ways) as Readonly<Record<string, () => Promise<void>>>),
    "ligand serve, when its process is blocked, continues when what blocked it has ended, and says how long that took":
      async () => {
        const served = await serve();
        expect(await ask(served, { body: "loop", ms: 2500 })).to.deep.equal({ result: "NOT_SPAM" });
        const { message } = await served.line(/^Blocking\.check \(checkEventForSpam\) blocked the process for /);
        expect(message).to.match(/ for \d\.\d s; request PUT-7; modules\.mjs:\d+$/);
        const said = served.lines.filter(({ message }) => /^Blocking\.check .* has blocked/.test(message));
        expect(said.length).to.equal(1);
        expect(await ask(served, { body: "ham" })).to.deep.equal({ result: "NOT_SPAM" });
      },

    "ligand serve, when its process is blocked, continues when a system call that blocked it returns, though the watch thread had asked it to pause":
      async () => {
        const served = await serve();
        const path = join(mkdtempSync(join(tmpdir(), "fifo-")), "fifo");
        execFileSync("mkfifo", [path]);
        const asked = ask(served, { body: "a FIFO", path });
        await served.line(/^Blocking\.check .* has blocked /);
        // Long enough for another look, if there were one.
        await setTimeout(1500);
        writeFileSync(path, "");
        expect(await asked).to.deep.equal({ result: "NOT_SPAM" });
        await served.line(/^Blocking\.check \(checkEventForSpam\) blocked the process for /);
        expect(await ask(served, { body: "ham" })).to.deep.equal({ result: "NOT_SPAM" });
      },

    "ligand serve, when its process is blocked, logs a callback that keeps it busy for less than a second":
      async () => {
        const served = await serve();
        const isBusyLine = ({ message }: Line) => message.includes("kept the process busy");
        // On a busy machine it may take a second, and is logged as one that blocks.
        await until(async () => {
          await ask(served, { body: "loop", ms: 600 });
          return served.lines.some(isBusyLine);
        });
        const line = served.lines.find(isBusyLine);
        expect(line).to.include({ ...CALLBACK, level: "warn" });
        expect(line!.message).to.match(/^Blocking\.check \(checkEventForSpam\) kept the process busy for \d+ ms$/);
      },

    "ligand serve, when its process is blocked, is killed at its limit even if nothing reads its log": async () => {
      const address = unixAddress();
      const args = [...PROGRAM, `${FOLDER}/blocking.yaml`, "--listen", address, "--blocked-limit", "2s"];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
      await once(child.stderr, "readable");
      const ended = once(child, "exit");
      await until(async () => {
        const host = await remoteHost({ address, services: [serverBinding()] }).catch(() => undefined);
        if (!host) return false;
        const event = roomEvent({ content: { body: "a full pipe" } });
        void outcomeOf(() => host.hooks.spamChecker.checkEventForSpam(event));
        return true;
      });
      expect(await ended).to.deep.equal([null, "SIGKILL"]);
    },

    "ligand serve, when its process is blocked, isn't killed while a debugger may be attached": async () => {
      const served = await serve({ nodeArgs: ["--inspect=127.0.0.1:0"], args: ["--blocked-limit", "1s"] });
      expect(await ask(served, { body: "loop", ms: 3000 })).to.deep.equal({ result: "NOT_SPAM" });
    },

    "ligand serve, when its process is blocked, isn't killed for the time in which it was stopped itself": async () => {
      const served = await serve({ args: ["--blocked-limit", "2s"] });
      const before = served.lines.length;
      served.child.kill("SIGSTOP");
      await setTimeout(4000);
      served.child.kill("SIGCONT");
      expect(await ask(served, { body: "ham" })).to.deep.equal({ result: "NOT_SPAM" });
      expect(served.lines.slice(before).filter(({ message }) => message.includes("blocked"))).to.deep.equal([]);
    },

    "ligand serve, when its process is blocked, isn't killed while modules start": async () => {
      const served = await serve({ file: "blocks-at-start", args: ["--blocked-limit", "1s"] });
      expect(await ask(served, {})).to.deep.equal({ result: "NOT_SPAM" });
    },

    "ligand serve, when its process is blocked, says at level debug that nothing watches it where Node's permission model is on":
      async () => {
        const served = await serve({
          nodeArgs: [PERMISSION, "--allow-fs-read=*", "--allow-fs-write=*"],
          args: ["--log-level", "debug"],
        });
        expect(await ask(served, { body: "ham" })).to.deep.equal({ result: "NOT_SPAM" });
        expect(served.lines.filter(({ message }) => message.startsWith("Not watching for callbacks")).length).to.equal(
          1,
        );
      },

    "ligand serve, when its process is blocked, refuses a limit without a unit": async () => {
      const { code, stderr } = await run(["serve", "x.yaml", "--listen", unixAddress(), "--blocked-limit", "10"]);
      expect([code, stderr.split("\n")[0]]).to.deep.equal([
        2,
        "error: option '--blocked-limit <time>' argument '10' is invalid. Expected a time with its unit, such as 500ms, 10s or 1m; or off.",
      ]);
    },
  };
  sideBySide(tests, 2);
});

describe("ligand serve with LIGAND_STOP_WITH_STDIN whose starter was killed", () => {
  /** A process that starts `ligand serve`, through a shell that stays or directly, and can be killed. */
  async function starter(file: string, address: string, through: "a shell" | "nothing") {
    const args = [
      process.execPath,
      ...PROGRAM,
      `${FOLDER}/${file}.yaml`,
      "--listen",
      address,
      "--blocked-limit",
      "off",
    ];
    const started = through === "nothing" ? args : ["sh", "-c", `${args.join(" ")}; exit $?`];
    // Without a shell the process has no pipe to see the end of.
    const stdin = through === "nothing" ? "ignore" : "pipe";
    const child = spawn(
      process.execPath,
      [
        "-e",
        `const [program, ...args] = JSON.parse(process.argv[1]);
         const child = require("node:child_process").spawn(program, args, { stdio: [${JSON.stringify(stdin)}, "inherit", "inherit"], detached: true });`,
        JSON.stringify(started),
      ],
      { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, LIGAND_STOP_WITH_STDIN: "1" } },
    );
    for await (const line of createInterface({ input: child.stderr })) if (line.includes("listening on")) break;
    return child;
  }

  const STATES = [
    ["it computes forever", "blocking", "loop", "a shell"],
    ["it waits for a system call", "blocking", "a FIFO", "nothing"],
    ["a module doesn't stop", "stubborn", "ham", "a shell"],
  ] as const;
  sideBySide(
    Object.fromEntries(
      STATES.map(([state, file, body, through]) => [
        `ligand serve with LIGAND_STOP_WITH_STDIN, when its starter is killed, ends, and leaves its socket to the next, while ${state}; started through ${through}`,
        async () => {
          const address = unixAddress();
          const path = join(mkdtempSync(join(tmpdir(), "fifo-")), "fifo");
          execFileSync("mkfifo", [path]);
          const parent = await starter(file, address, through);
          const { hooks } = await remoteHost({ address, services: [serverBinding()] });
          const asked = outcomeOf(() => hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body, path } })));
          // So that it's blocked by the time that its starter is gone.
          await setTimeout(3000);
          parent.kill("SIGKILL");
          if (file === "blocking") expect(await asked).to.have.nested.property("error.code", "LIGAND_REMOTE_LOST");
          await until(async () => {
            const next = spawn(process.execPath, [...PROGRAM, `${FOLDER}/${file}.yaml`, "--listen", address], {
              stdio: ["ignore", "ignore", "pipe"],
            });
            for await (const line of createInterface({ input: next.stderr })) {
              if (!line.includes("listening on")) continue;
              next.kill("SIGKILL");
              return true;
            }
            return false;
          });
        },
      ]),
    ),
  );
});
