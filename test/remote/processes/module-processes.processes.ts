import { AsyncLocalStorage } from "node:async_hooks";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import type { Host } from "#src/container/host.js";
import {
  bindService,
  deny,
  NOT_SPAM,
  Profiles,
  startModules,
  Users,
  type LigandError,
  type RoomEvent,
  type StartError,
} from "#src/index.js";
import { StateMap } from "#src/matrix/state-map.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { outcomeOf, serverBinding } from "../served.js";
import { until } from "../../until.js";

const MODULE = resolve("test/fixtures/processes/telling.mjs");
/** The request that the homeserver works for. */
const requests = new AsyncLocalStorage<string>();
const SERVICES = [
  serverBinding(),
  bindService(Users, { isUserAdmin: async () => requests.getStore() === "PUT-7" } as unknown as Users),
  bindService(Profiles, {} as unknown as Profiles),
];

/** A module that says what it finds in a file, or why it can't. */
const READING = `
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { deny, Module, SpamChecker } from "LIGAND";
export class Reading {
  check({ content: { body } }) {
    try {
      const what = body === "child process" ? execFileSync("true").toString() : readFileSync(body, "utf8");
      return deny("M_FORBIDDEN", { what });
    } catch ({ code }) {
      return deny("M_FORBIDDEN", { what: code });
    }
  }
}
SpamChecker.checkEventForSpam()(Reading.prototype, "check", Object.getOwnPropertyDescriptor(Reading.prototype, "check"));
Module()(Reading);
`;

describe("modules with a process", () => {
  const folder = mkdtempSync(join(tmpdir(), "ligand-processes-"));
  after(() => rmSync(folder, { recursive: true }));
  const configFile = join(folder, "modules.yaml");
  const write = (yaml: string) => writeFileSync(configFile, yaml.replaceAll("telling", MODULE));
  const hosts: Host[] = [];
  afterEach(() => Promise.all(hosts.splice(0).map((host) => host.stop())));

  async function start(yaml: string): Promise<{ host: Host; logs: readonly LogRecord[] }> {
    write(yaml);
    const { logger, records } = captureLogs({ all: true });
    const host = await startModules({ configFile, services: SERVICES, logger });
    hosts.push(host);
    return { host, logs: records };
  }

  function check({ hooks }: Host, body: string) {
    const ask = () => hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body } }), { requestId: "PUT-7" });
    return outcomeOf(() => requests.run("PUT-7", ask));
  }

  async function told(host: Host, path = ""): Promise<Record<string, unknown>> {
    const response = await host.fetch(new Request(`http://x/_synapse/client/telling${path}`));
    return (await response!.json()) as Record<string, unknown>;
  }

  it("modules of two processes and of the homeserver's own are called in the order of the file, with all that a module may have", async () => {
    const { host } = await start(`
modules:
  - { module: "telling#Plain", id: first }
  - { module: "telling#Telling", operate: { process: shared } }
  - { module: "telling#Plain", id: third, operate: { process: shared } }
  - { module: "telling#Plain", id: last, operate: { process: own } }
`);
    const { spamChecker, thirdPartyRules, passwordAuth } = host.hooks;
    expect(spamChecker.checkEventForSpam.callbacks.map(({ module }) => module)).to.deep.equal([
      "first",
      "Telling",
      "third",
      "last",
    ]);
    expect(await check(host, "ham")).to.deep.equal({ result: NOT_SPAM });
    expect(await check(host, "who asks")).to.deep.equal({
      result: deny("M_FORBIDDEN", { requestId: "PUT-7", isAdmin: true }),
    });
    const loads: unknown[] = [];
    const state = (wanted: unknown) => {
      loads.push(wanted);
      return new StateMap<RoomEvent>([]);
    };
    expect(await thirdPartyRules.checkEventAllowed(roomEvent(), state)).to.deep.equal([true, null]);
    expect(loads).to.deep.equal([[["m.room.name", ""]]]);
    const [user, onLogin] = (await passwordAuth.checkAuth("alice", "m.login.password", { password: "right" }))!;
    const response = { user_id: user, device_id: "X", access_token: "Y" };
    await onLogin!(response as never);
    expect([user, response.device_id]).to.deep.equal(["@alice:example.org", "changed by the module"]);
    const file = {
      path: "/nowhere",
      writeChunksTo: async (write: (chunk: Uint8Array) => void) => write(Buffer.from("a virus")),
    };
    expect(await spamChecker.checkMediaFileForSpam(file, { mediaId: "m", serverName: null } as never)).to.deep.equal(
      deny("M_FORBIDDEN"),
    );
    const echo = await host.fetch(
      new Request("http://x/_synapse/client/telling/echo", { method: "POST", body: "hello" }),
    );
    expect(await echo!.text()).to.equal("POST hello");
    expect(await told(host, "/looked-up")).to.deep.equal(["a1", "a1"]);
    await until(async () => Number((await told(host))["ticks"]) > 2);
  });

  it("a process gets few environment variables, those that are named, and the memory that it may have", async () => {
    process.env["TZ"] ??= "UTC";
    process.env["TELLING_TOKEN"] = "not for modules";
    process.env["TELLING_PROXY"] = "http://proxy";
    const { host } = await start(`
modules:
  - { module: "telling#Telling", operate: { process: own, memory: 256MiB, permissions: { env: [TELLING_PROXY] } } }
`);
    const { env, execArgv } = await told(host);
    const named = ["PATH", "HOME", "TZ", "LANG", "NODE_EXTRA_CA_CERTS", "TELLING_PROXY"];
    const expected = Object.fromEntries(
      named.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    );
    // Node adds those of its channel, and that of a coverage run, which it passes on to every child.
    const nodes = ["NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE", "NODE_V8_COVERAGE"];
    const given = Object.entries(env as Record<string, string>).filter(([name]) => !nodes.includes(name));
    expect(Object.fromEntries(given)).to.deep.equal(expected);
    expect(execArgv).to.include("--max-old-space-size=192");
  });

  it("while a process is replaced, each hook follows its policy or what on_failure says", async () => {
    const { host, logs } = await start(`
modules:
  - { module: "telling#Plain", id: first }
  - { module: "telling#Telling", operate: { process: own, hooks: { checkEventForSpam: { on_failure: allow } } } }
  - { module: "telling#Plain", id: last }
`);
    expect(await check(host, "crash")).to.deep.equal({ result: NOT_SPAM });
    expect(await check(host, "plain")).to.deep.equal({ result: deny("M_FORBIDDEN", { by: "Plain" }) });
    const lost = (await outcomeOf(() =>
      host.hooks.thirdPartyRules.checkEventAllowed(roomEvent(), new StateMap([])),
    )) as { error: LigandError };
    expect(lost.error.code).to.equal("LIGAND_MODULE_FAILED");
    await until(
      async () =>
        "result" in (await check(host, "who asks")) &&
        logs.some(({ message }) => message === "restarted module Telling"),
    );
    expect(logs.filter(({ level }) => level === "error").map(({ message }) => message)).to.include(
      "the process of module Telling exited with code 7",
    );
  });

  it("a process that takes more than its memory, buffers included, is killed and replaced", async () => {
    const { host, logs } = await start(`
modules:
  - { module: "telling#Telling", operate: { process: own, memory: 200MiB } }
`);
    await check(host, "eat");
    await until(() => logs.some(({ message }) => message === "restarted module Telling"));
    expect(logs.find(({ message }) => message.startsWith("killing"))!.message).to.match(
      /^killing the process of module Telling: it took \d+ MiB of memory, more than 200 MiB$/,
    );
  });

  it("a process whose heap is full is replaced, and the log and its health say why it ended", async () => {
    const { host, logs } = await start(`
modules:
  - { module: "telling#Telling", operate: { process: own, memory: 80MiB } }
`);
    await check(host, "hoard");
    await until(() => logs.some(({ message }) => message === "restarted module Telling"));
    expect(logs.map(({ message }) => message)).to.include(
      "the process of module Telling exited with SIGABRT, because its heap was full; its output is in the warnings above",
    );
    expect(host.health().modules[0]!.problems).to.deep.equal(["its process ended: SIGABRT, because its heap was full"]);
  });

  it("a process with permissions reads its module where it is, linked or not, and nothing else", async () => {
    const root = join(folder, "linked");
    mkdirSync(join(root, "packages/linked"), { recursive: true });
    mkdirSync(join(root, "node_modules/@example"), { recursive: true });
    mkdirSync(join(root, "secrets"));
    writeFileSync(join(root, "package.json"), '{ "workspaces": ["packages/*"] }');
    writeFileSync(join(root, "secrets/key"), "a secret");
    const manifest = { name: "@example/linked", type: "module", exports: "./index.js" };
    writeFileSync(join(root, "packages/linked/package.json"), JSON.stringify(manifest));
    writeFileSync(join(root, "packages/linked/index.js"), READING.replace("LIGAND", resolve("dist/index.js")));
    symlinkSync("../../packages/linked", join(root, "node_modules/@example/linked"));
    const linkedFile = join(root, "modules.yaml");
    const { logger, records } = captureLogs();
    const read = async (permissions: string, path: string) => {
      writeFileSync(
        linkedFile,
        `modules:\n  - { module: "@example/linked#Reading", operate: { process: own, permissions: ${permissions} } }\n`,
      );
      await using host = await startModules({ configFile: linkedFile, logger });
      const event = roomEvent({ content: { body: path } });
      return await host.hooks.spamChecker.checkEventForSpam(event);
    };
    const secret = join(root, "secrets/key");
    expect(await read("{}", secret)).to.deep.equal(deny("M_FORBIDDEN", { what: "ERR_ACCESS_DENIED" }));
    expect(await read("{ read: [./secrets] }", secret)).to.deep.equal(deny("M_FORBIDDEN", { what: "a secret" }));
    expect(await read("{}", "child process")).to.deep.equal(deny("M_FORBIDDEN", { what: "ERR_ACCESS_DENIED" }));
    expect(await read("{ child_processes: true }", "child process")).to.deep.equal(deny("M_FORBIDDEN", { what: "" }));
    if (process.allowedNodeEnvironmentFlags.has("--allow-net")) {
      const denied = deny("M_FORBIDDEN", { what: "ERR_ACCESS_DENIED" });
      expect(await read("{ network: false }", secret)).to.deep.equal(denied);
    }
    // Node's own warnings of its permission model would be lines at each start.
    const isSlow = ({ message }: LogRecord) => message.includes("kept the process busy");
    expect(records.filter((record) => !isSlow(record))).to.deep.equal([]);
  });

  it("a process with permissions reads a package that's linked from elsewhere, and a TypeScript file where Node runs those", async () => {
    const [root, elsewhere] = [join(folder, "linking"), join(folder, "elsewhere")];
    mkdirSync(join(root, "node_modules"), { recursive: true });
    mkdirSync(elsewhere);
    writeFileSync(join(root, "package.json"), '{ "type": "module" }');
    const key = join(folder, "key");
    writeFileSync(key, "a secret");
    const code = READING.replace("LIGAND", resolve("dist/index.js"));
    const manifest = { name: "elsewhere", type: "module", exports: "./index.js" };
    writeFileSync(join(elsewhere, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(elsewhere, "index.js"), code);
    symlinkSync(elsewhere, join(root, "node_modules/elsewhere"));
    writeFileSync(join(root, "reading.ts"), code.replace("{ content: { body } }", "$&: any"));
    const read = (module: string) =>
      outcomeOf(async () => {
        const file = join(root, "modules.yaml");
        writeFileSync(file, `modules:\n  - { module: "${module}", operate: { process: own, permissions: {} } }\n`);
        await using host = await startModules({ configFile: file, logger: captureLogs().logger });
        return await host.hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body: key } }));
      });
    const denied = { result: deny("M_FORBIDDEN", { what: "ERR_ACCESS_DENIED" }) };
    expect(await read("elsewhere#Reading")).to.deep.equal(denied);
    const outcome = await read("./reading.ts#Reading");
    if ("typescript" in process.features && process.features.typescript) return expect(outcome).to.deep.equal(denied);
    const { problems } = (outcome as { error: StartError }).error;
    expect(
      problems.map(({ code, message, remedy, position }) => [code, message, remedy, position?.line]),
    ).to.deep.equal([
      [
        "LIGAND_MODULE_IMPORT_FAILED",
        "`./reading.ts` failed during its import",
        "Compile the module with TypeScript, and name the `.js` file.",
        2,
      ],
    ]);
  });

  if (!process.allowedNodeEnvironmentFlags.has("--allow-net")) {
    it("what Node can't forbid is said before anything starts", async () => {
      const { error } = (await outcomeOf(() =>
        start(`
modules:
  - { module: "telling#Plain", operate: { process: own, permissions: { network: false } } }
  - { module: "telling#Plain", id: shared, operate: { process: offline } }
module_processes: { offline: { permissions: { network: false } } }
`),
      )) as { error: StartError };
      const message = `Node ${process.version} can't forbid a process to use the network`;
      expect(
        error.problems.map(({ position, ...problem }) => [problem.code, problem.message, problem.path, position?.line]),
      ).to.deep.equal([
        ["LIGAND_CONFIG_INVALID", message, "modules[0].operate.permissions.network", 3],
        ["LIGAND_CONFIG_INVALID", message, "modules[1].operate.process", 4],
      ]);
    });
  }

  it("what's wrong in a process is reported with its place, together with everything else", async () => {
    const { error } = (await outcomeOf(() =>
      start(`
modules:
  - { module: "telling#Missing", operate: { process: own } }
  - { module: "telling#Plain", config: { unused: 1 }, operate: { process: b } }
  - { module: "telling#Missing" }
`),
    )) as { error: StartError };
    expect(error.problems.map(({ code, position }) => [code, position?.line, position?.column])).to.deep.equal([
      ["LIGAND_MODULE_EXPORT_NOT_FOUND", 3, 15],
      ["LIGAND_MODULE_EXPORT_NOT_FOUND", 5, 15],
    ]);
  });

  it("a reload keeps a process whose modules are the same, and replaces one whose config changed", async () => {
    const text = (config: string) => `
modules:
  - { module: "telling#Telling", operate: { process: own } }
  - { module: "telling#Plain", ${config} operate: { process: b } }
`;
    const { host } = await start(text(""));
    const { replaced, kept } = await host.reload();
    expect({ replaced, kept }).to.deep.equal({ replaced: [], kept: ["Telling", "Plain"] });
    write(text("config: { a: 1 },"));
    const changes = await host.reload();
    expect({ replaced: changes.replaced, kept: changes.kept }).to.deep.equal({
      replaced: ["Plain"],
      kept: ["Telling"],
    });
    expect(await check(host, "plain")).to.deep.equal({ result: deny("M_FORBIDDEN", { by: "Plain" }) });
  });

  const plain = (mode: string) => `modules: [{ module: "telling#Plain", operate: { process: own, mode: ${mode} } }]\n`;

  /** Reloads with these files, one after the other, and asks once the modules before them have ended. */
  async function reloadThrough(host: Host, texts: readonly string[]): Promise<unknown> {
    for (const text of texts) {
      write(text);
      await host.reload();
    }
    await setTimeout(500);
    return check(host, "plain");
  }

  it("a module that goes from shadow to deciding decides in a new process, which outlives the one before", async () => {
    const { host } = await start(plain("shadow"));
    const answer = await reloadThrough(host, [plain("enforce")]);
    expect(answer).to.deep.equal({ result: deny("M_FORBIDDEN", { by: "Plain" }) });
  });

  it("a module that's taken out during a call and listed again runs in a new process, and the call gets its answer", async () => {
    const { host } = await start(plain("enforce"));
    const call = check(host, "wait");
    const answer = await reloadThrough(host, ["modules: []\n", plain("enforce")]);
    expect(await call).to.deep.equal({ result: deny("M_FORBIDDEN", { by: "Plain" }) });
    await setTimeout(500);
    expect([answer, await check(host, "plain")]).to.deep.equal(
      Array(2).fill({ result: deny("M_FORBIDDEN", { by: "Plain" }) }),
    );
  });

  for (const [what, operate] of [
    ["that isn't required", "required: false"],
    ["that's in shadow", "mode: shadow"],
  ]) {
    it(`the modules of a process run, and are restarted, without one ${what} and doesn't start`, async () => {
      const { host, logs } = await start(`
modules:
  - { module: "telling#Failing", operate: { process: both, ${operate} } }
  - { module: "telling#Telling", operate: { process: both, on_failure: deny } }
  - { module: "telling#Plain", operate: { process: both } }
`);
      expect(await check(host, "plain")).to.deep.equal({ result: deny("M_FORBIDDEN", { by: "Plain" }) });
      await check(host, "crash");
      await until(() => logs.some(({ message }) => message.startsWith("restarted")));
      expect(await check(host, "plain")).to.deep.equal({ result: deny("M_FORBIDDEN", { by: "Plain" }) });
      expect(logs.flatMap(({ message }) => (message.includes("process both") ? [message] : []))).to.include.members([
        "started process both: Telling, Plain",
        "process both exited with code 7",
      ]);
    });
  }
});
