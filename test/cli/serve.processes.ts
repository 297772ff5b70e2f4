import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { bindService, deny, remoteHost, Users, type LigandError } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { freePort } from "../free-port.js";
import { isAlive } from "../is-alive.js";
import { until } from "../until.js";
import { frame, initialize, outcomeOf, serverBinding, unixAddress } from "../remote/served.js";
import { run } from "./captured-terminal.js";
import { PROGRAM, serveProcess, type Line } from "./served-process.js";

const FOLDER = "test/fixtures/remote";
const users = bindService(Users, { isUserAdmin: async (id: string) => id === "@admin:x" } as unknown as Users);

/** Sends the process a SIGHUP while its program is loaded: a package that it needs to read its arguments is the sign of that. */
const SIGNAL_SOON = encodeURIComponent(`
import Module from "node:module";
const load = Module._load;
Module._load = function (request, ...others) {
  if (request.includes("commander")) process.kill(process.pid, "SIGHUP");
  return load.call(this, request, ...others);
};
`);

describe("ligand serve", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ligand serve serves modules, and on ${signal} lets calls finish and removes its socket`, async () => {
      const address = unixAddress();
      const { child, ended, lines } = await serveProcess(`${FOLDER}/obedient.yaml`, address, {
        args: ["--log-level", "debug"],
      });
      const { hooks } = await remoteHost({ address, services: [serverBinding(), users], software: "Test 1" });
      const check = (body: string) =>
        hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body } }), { requestId: "r" });
      expect(await check("spam")).to.deep.equal(deny("M_FORBIDDEN"));
      expect(await hooks.spamChecker.userMayPublishRoom("@admin:x", "!r:x")).to.equal("NOT_SPAM");
      expect(await hooks.spamChecker.userMayPublishRoom("@b:x", "!r:x")).to.deep.equal(deny("M_FORBIDDEN"));
      const waiting = check("wait");
      // Requests are worked on in order: once this one is answered the other is under way.
      await check("ham");
      child.kill(signal);
      expect(await waiting).to.equal("NOT_SPAM");
      expect(await ended).to.equal("0");
      expect(existsSync(address.slice("unix:".length))).to.equal(false);
      expect(lines.map(({ message }) => message)).to.include.members([
        `listening on ${address}`,
        "connection 1: Test 1, main process",
        `stopping on ${signal}`,
      ]);
      expect(lines.find(({ message }) => message === "hook SpamChecker.checkEventForSpam")).to.include({
        connection: 1,
        requestId: "r",
      });
    });
  }

  it("ligand serve reloads its configuration on SIGHUP, and goes on with the one that it has when that's wrong", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ligand-hangup-"));
    const configFile = join(folder, "modules.yaml");
    const list = (name: string) =>
      writeFile(configFile, `modules:\n- module: ${resolve("test/fixtures/remote/reloading.mjs")}#${name}\n`);
    const address = unixAddress();
    await list("Passing");
    const served = await serveProcess(configFile, address);
    await using host = await remoteHost({ address, services: [serverBinding()] });
    const check = () => host.hooks.spamChecker.checkEventForSpam(roomEvent());
    expect(await check()).to.equal("NOT_SPAM");
    await list("Refusing");
    served.child.kill("SIGHUP");
    await served.line(/^Reloaded the configuration \(revision 2\): added Refusing; removed Passing$/);
    expect(await check()).to.deep.include({ code: "M_FORBIDDEN" });
    await list("Missing");
    served.child.kill("SIGHUP");
    await served.line(/^Reload refused; the modules go on with the configuration that they have$/);
    expect(await check()).to.deep.include({ code: "M_FORBIDDEN" });
    await host.stop();
    served.child.kill("SIGTERM");
    expect(await served.ended).to.equal("0");
    await rm(folder, { recursive: true });
  });

  it("a reload that SIGHUP asks for and that's refused is logged once, a line for each problem, whether modules run or not", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ligand-refused-"));
    const configFile = join(folder, "modules.yaml");
    const address = unixAddress();
    await writeFile(configFile, `modules:\n- module: ${resolve("test/fixtures/remote/reloading.mjs")}#Passing\n`);
    const served = await serveProcess(configFile, address);
    await writeFile(configFile, "modules:\n- modul: a\n");
    const said = [
      "Reload refused; the modules go on with the configuration that they have",
      `${configFile}:2:3 modules[0].modul: \`modul\` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY] Did you mean \`module\`?`,
      `${configFile}:2:3 modules[0].module: the key \`module\` is missing; it must be a string such as \`my-package#MyModule\` or \`./my-module.js#MyModule\`, and must not be empty [LIGAND_CONFIG_MISSING_KEY] Add \`module:\` with a value.`,
    ];
    const errors = () => served.lines.flatMap(({ level, message }) => (level === "error" ? [message] : []));
    served.child.kill("SIGHUP");
    await until(() => errors().length >= said.length);
    await writeFile(configFile, `modules:\n- module: ${resolve("test/fixtures/remote/reloading.mjs")}#Passing\n`);
    await using host = await remoteHost({ address, services: [serverBinding()] });
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.equal("NOT_SPAM");
    await writeFile(configFile, "modules:\n- modul: a\n");
    served.child.kill("SIGHUP");
    await until(() => errors().length >= 2 * said.length);
    await host.stop();
    served.child.kill("SIGTERM");
    expect(await served.ended).to.equal("0");
    expect(errors()).to.deep.equal([...said, ...said]);
    await rm(folder, { recursive: true });
  });

  it("a SIGHUP while ligand serve starts is a reload once it listens", async () => {
    const address = unixAddress();
    const served = await serveProcess(`${FOLDER}/obedient.yaml`, address, {
      nodeArgs: ["--import", `data:text/javascript,${SIGNAL_SOON}`],
    });
    await served.line(/^Reloading on SIGHUP$/);
    served.child.kill("SIGTERM");
    expect(await served.ended).to.equal("0");
  });

  // Elsewhere `script` has other options.
  if (process.platform === "linux") {
    it("ligand serve stops, and reloads nothing, when its terminal closes", async () => {
      const folder = await mkdtemp(join(tmpdir(), "ligand-terminal-"));
      const address = unixAddress();
      const [log, pid] = [join(folder, "log"), join(folder, "pid")];
      const command = `echo $$ >"${pid}"; exec "${process.execPath}" ${PROGRAM.join(" ")} ${FOLDER}/obedient.yaml --listen ${address} 2>"${log}"`;
      // The terminal closes with this process.
      const terminal = spawn("script", ["--quiet", "--command", command, "/dev/null"], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      const logged = () => readFile(log, "utf8").catch(() => "");
      try {
        await until(async () => (await logged()).includes(`listening on ${address}`));
        terminal.kill("SIGKILL");
        await until(async () => (await logged()).includes("stopping on SIGHUP: its terminal closed"));
        await until(() => !existsSync(address.slice("unix:".length)));
        expect(await logged()).not.to.include("Reloading");
      } finally {
        terminal.kill("SIGKILL");
        const served = Number(await readFile(pid, "utf8"));
        if (isAlive(served)) process.kill(served, "SIGKILL");
        await rm(folder, { recursive: true });
      }
    });
  }

  it("ligand serve exits immediately on a second signal", async () => {
    const address = unixAddress();
    const { child, ended, lines } = await serveProcess(`${FOLDER}/obedient.yaml`, address);
    const { hooks } = await remoteHost({ address, services: [serverBinding(), users] });
    const hanging = outcomeOf(() => hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body: "hang" } })));
    await hooks.spamChecker.checkEventForSpam(roomEvent());
    child.kill("SIGTERM");
    while (!lines.some(({ message }) => message === "stopping on SIGTERM")) await new Promise(setImmediate);
    child.kill("SIGTERM");
    expect(await ended).to.equal("SIGTERM");
    expect(await hanging).to.have.nested.property("error.code", "LIGAND_REMOTE_LOST");
  });

  describe("with LIGAND_STOP_WITH_STDIN", () => {
    const env = { ...process.env, LIGAND_STOP_WITH_STDIN: "1" };
    const listening = async (output: Readable): Promise<string[]> => {
      const lines: string[] = [];
      for await (const line of createInterface({ input: output })) {
        lines.push(line);
        if (line.includes("listening on")) break;
      }
      return lines;
    };

    it("ligand serve with LIGAND_STOP_WITH_STDIN stops when its starter, even behind a shell, exits without stopping it", async () => {
      const address = unixAddress();
      const command = `${process.execPath} dist/cli/main.js serve ${FOLDER}/obedient.yaml --listen ${address} 2>&1; echo $?`;
      // A starter that holds the other end of the pipe, and is killed.
      const starter = spawn(
        process.execPath,
        [
          "-e",
          `const { stdout } = require("node:child_process").spawn("sh", ["-c", process.argv[1]], { detached: true });
           stdout.on("data", (data) => process.stdout.write(data));`,
          command,
        ],
        { stdio: ["ignore", "pipe", "inherit"], env },
      );
      await listening(starter.stdout);
      expect(existsSync(address.slice("unix:".length))).to.equal(true);
      starter.kill("SIGKILL");
      while (existsSync(address.slice("unix:".length))) await new Promise(setImmediate);
    });

    it("ligand serve with LIGAND_STOP_WITH_STDIN warns when its standard input can't show that the starter exited", async () => {
      const args = ["dist/cli/main.js", "serve", `${FOLDER}/obedient.yaml`, "--listen", unixAddress()];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], env });
      const ended = once(child, "exit");
      let said = "";
      for await (const line of createInterface({ input: child.stderr })) {
        said = line;
        if (line.includes("STDIN")) break;
      }
      expect(said).to.include(
        "warn LIGAND_STOP_WITH_STDIN is set, but standard input isn't a pipe: only the end of the parent process is noticed",
      );
      child.kill();
      expect(await ended).to.deep.equal([0, null]);
    });
  });

  it("ligand serve answers at its health address", async () => {
    const port = await freePort();
    const address = `tcp:127.0.0.1:${await freePort()}`;
    const { child, ended } = await serveProcess(`${FOLDER}/obedient.yaml`, address, {
      args: ["--health", `tcp:127.0.0.1:${port}`],
    });
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect([response.status, ((await response.json()) as { status: string }).status]).to.deep.equal([200, "waiting"]);
    child.kill();
    expect(await ended).to.equal("0");
  });

  it("ligand serve ends with the process that left it a socket", async () => {
    const args = ["dist/cli/main.js", "serve", `${FOLDER}/obedient.yaml`, "--listen", "fd:3"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    await once(child.stderr!, "data");
    (child.stdio[3] as Socket).destroy();
    expect(await ended).to.equal(0);
  });

  it("ligand serve names no modules of a wrong configuration to the process that left it a socket", async () => {
    const args = ["dist/cli/main.js", "serve", `${FOLDER}/wrong.yaml`, "--listen", "fd:3", "--log-format", "json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
    (child.stdio[3] as Socket).end(frame(initialize()));
    const lines = (await text(child.stderr!)).trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message.split("\n")[0])).to.deep.equal([
      "listening on fd:3",
      "a homeserver was refused: 3 problems found; no module was started",
    ]);
  });

  it("ligand serve takes the place of a process that was killed", async () => {
    const address = unixAddress();
    const first = await serveProcess(`${FOLDER}/obedient.yaml`, address);
    const before = await remoteHost({ address, services: [serverBinding(), users] });
    first.child.kill("SIGKILL");
    await first.ended;
    const lost = (await outcomeOf(() => before.hooks.spamChecker.checkEventForSpam(roomEvent()))) as {
      error: LigandError;
    };
    expect(lost.error.code).to.equal("LIGAND_REMOTE_LOST");
    const second = await serveProcess(`${FOLDER}/obedient.yaml`, address);
    const after = await remoteHost({ address, services: [serverBinding(), users] });
    expect(after.info.instance).not.to.equal(before.info.instance);
    second.child.kill();
    await second.ended;
  });

  it("ligand serve ends with all problems of the configuration", async () => {
    const { code, stdout, stderr } = await run(["serve", `${FOLDER}/wrong.yaml`, "--listen", unixAddress()]);
    expect([code, stdout]).to.deep.equal([1, ""]);
    expect(stderr.match(/LIGAND_\w+/g)).to.deep.equal([
      "LIGAND_MODULE_EXPORT_NOT_FOUND",
      "LIGAND_CONFIG_UNKNOWN_KEY",
      "LIGAND_CONFIG_MISSING_KEY",
    ]);
  });

  describe("errors that nothing waits for", () => {
    /** What the module logs, and the rest of a line that tells of an error. */
    const lineOf = (lines: readonly Line[], text: string) => lines.find(({ message }) => message.includes(text));

    it("ligand serve logs an unhandled rejection with its stack, connection and request, and the modules continue", async () => {
      const address = unixAddress();
      const { child, ended, lines } = await serveProcess(`${FOLDER}/careless.yaml`, address);
      const { hooks } = await remoteHost({ address, services: [serverBinding(), users] });
      const check = (body: string) =>
        hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body } }), { requestId: "GET-7" });
      expect(await check("reject")).to.equal("NOT_SPAM");
      expect(await check("ham")).to.equal("NOT_SPAM");
      child.kill();
      expect(await ended).to.equal("0");
      const line = lineOf(lines, "rejection")!;
      expect(line).to.include({
        level: "error",
        connection: 1,
        requestId: "GET-7",
        message: "Unhandled rejection in a module; continuing",
      });
      expect((line["error"] as { stack: string }).stack).to.match(/^TypeError: no one waits\n +at Careless\.check/);
    });

    it("ligand serve logs an error that a timer throws with its stack, and stops the modules in order", async () => {
      const address = unixAddress();
      const { ended, lines } = await serveProcess(`${FOLDER}/careless.yaml`, address);
      const { hooks } = await remoteHost({ address, services: [serverBinding(), users] });
      await hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body: "throw later" } }));
      expect(await ended).to.equal("1");
      const line = lineOf(lines, "exception")!;
      expect(line).to.include({
        level: "error",
        connection: 1,
        message: "Uncaught exception outside any callback; shutting down",
      });
      expect((line["error"] as { stack: string }).stack).to.match(/^RangeError: no one catches\n +at .*modules\.mjs/);
      expect(existsSync(address.slice("unix:".length))).to.equal(false);
    });
  });

  it("ligand serve logs decisions, and what modules log, with connection and request, also after a login", async () => {
    const address = unixAddress();
    const { child, ended, lines } = await serveProcess(`${FOLDER}/careless.yaml`, address, {
      args: ["--log-decisions"],
    });
    const { hooks } = await remoteHost({ address, services: [serverBinding(), users] });
    await hooks.spamChecker.checkEventForSpam(roomEvent(), { requestId: "PUT-1" });
    const [, onLogin] = (await hooks.passwordAuth.checkAuth(
      "ann",
      "com.example.careless",
      { answer: "42" },
      { requestId: "POST-2" },
    ))!;
    await onLogin!({} as never);
    child.kill();
    await ended;
    const shown = lines
      .filter(({ requestId }) => requestId !== undefined)
      .map(({ connection, requestId, module, message }) => [connection, requestId, module, message]);
    expect(shown).to.deep.equal([
      [1, "PUT-1", "Careless", "looked at"],
      [1, "PUT-1", "Careless", 'SpamChecker.checkEventForSpam: Careless (Careless.check) answered "NOT_SPAM"'],
      [
        1,
        "POST-2",
        "Careless",
        'PasswordAuth.authChecker: Careless (Careless.logIn) decided ["@ann:example.org","(a function)"]',
      ],
      [1, "POST-2", "Careless", "logged in"],
    ]);
  });

  describe("wrong options of ligand serve", () => {
    const CASES: Readonly<Record<string, readonly [args: readonly string[], text: string]>> = {
      "an address that others could reach": [
        ["--listen", "tcp:0.0.0.0:9000"],
        `option '--listen <address>' argument 'tcp:0.0.0.0:9000' is invalid. "tcp:0.0.0.0:9000" isn't an address to listen on; expected unix:PATH or tcp:127.0.0.1:PORT. Listen on a Unix socket, such as unix:/run/ligand.sock, or on a port of this machine.`,
      ],
      "a health address that is none": [
        ["--listen", "/run/x.sock", "--health", "fd:3"],
        `option '--health <address>' argument 'fd:3' is invalid. "fd:3" isn't an address to listen on; expected unix:PATH or tcp:127.0.0.1:PORT. Listen on a Unix socket, such as unix:/run/ligand.sock, or on a port of this machine.`,
      ],
      "a level that doesn't exist": [
        ["--listen", "/run/x.sock", "--log-level", "verbos"],
        "option '--log-level <level>' argument 'verbos' is invalid. Allowed choices are error, warn, info, http, verbose, debug, silly.",
      ],
      "a format that doesn't exist": [
        ["--listen", "/run/x.sock", "--log-format", "text"],
        "option '--log-format <format>' argument 'text' is invalid. Allowed choices are pretty, json.",
      ],
    };
    for (const [what, [args, text]] of Object.entries(CASES)) {
      it(`ligand serve refuses ${what}`, async () => {
        const { code, stderr } = await run(["serve", `${FOLDER}/obedient.yaml`, ...args]);
        expect([code, stderr.split("\n")[0]]).to.deep.equal([2, `error: ${text}`]);
      });
    }
  });

  it("ligand serve refuses a descriptor that isn't a socket", async () => {
    const child = spawn(
      process.execPath,
      ["dist/cli/main.js", "serve", `${FOLDER}/obedient.yaml`, "--listen", "fd:99"],
      {
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    const ended = new Promise((resolve) => child.on("close", resolve));
    expect(await text(child.stderr)).to.match(/^error: fd:99 isn't an open socket LIGAND_LISTEN_FAILED/);
    expect(await ended).to.equal(1);
  });

  it("ligand serve needs an address", async () => {
    const { code, stderr } = await run(["serve", `${FOLDER}/obedient.yaml`]);
    expect([code, stderr.split("\n")[0]]).to.deep.equal([
      2,
      "error: required option '--listen <address>' not specified",
    ]);
  });
});
