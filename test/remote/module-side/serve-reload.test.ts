import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request, type IncomingMessage } from "node:http";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import type { ModulesInfo, ReloadError, ServedModules } from "#src/index.js";
import { remoteHost, serve } from "#src/on-demand.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { run } from "../../cli/captured-terminal.js";
import { until } from "../../until.js";
import { frame, initialize, outcomeOf, serverBinding, unixAddress } from "../served.js";

const modules = resolve("test/fixtures/remote/reloading.mjs");
const listed = (...names: readonly string[]) =>
  `modules:\n${names.map((name) => `- module: ${modules}#${name}\n`).join("")}`;

describe("reloading what is served", () => {
  let folder: string;
  let served: ServedModules | undefined;
  let configFile: string;
  const write = (text: string) => writeFile(configFile, text);
  const start = async (options: object = {}) => {
    const { logger, records } = captureLogs({ all: true });
    const address = unixAddress();
    served = await serve({ configFile, address, logger, ...options });
    const lines = (level: string) => records.filter((record) => record.level === level).map(({ message }) => message);
    return { server: served, address, lines };
  };
  const ask = async (address: string) => {
    await using host = await remoteHost({ address, services: [serverBinding()] });
    return await host.hooks.spamChecker.checkEventForSpam(roomEvent());
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-served-"));
    configFile = join(folder, "modules.yaml");
  });
  afterEach(async () => {
    await served?.stop();
    await rm(folder, { recursive: true });
  });

  it("before a homeserver has connected, a reload reads the configuration again, says so, and starts nothing", async () => {
    await write(listed("Passing"));
    const { server, address, lines } = await start();
    await write(listed("Refusing"));
    await server.reload({ dryRun: true });
    const before = lines("info").length;
    const { added, removed, revision } = await server.reload();
    expect([added, removed, revision]).to.deep.equal([["Refusing"], ["Passing"], 0]);
    expect(lines("info").slice(before)).to.deep.equal([
      "Read the configuration again, for the next homeserver that connects: added Refusing; removed Passing",
    ]);
    await write("modules: [");
    const { error } = (await outcomeOf(() => server.reload())) as { error: ReloadError };
    expect(error.problems.map(({ code }) => code)).to.deep.equal(["LIGAND_CONFIG_SYNTAX"]);
    await write(listed("Refusing"));
    expect(await ask(address)).to.deep.include({ code: "M_FORBIDDEN" });
  });

  it("with a homeserver connected, a reload replaces the modules that it asks", async () => {
    await write(listed("Passing"));
    const { server, address, lines } = await start();
    await using host = await remoteHost({ address, services: [serverBinding()] });
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.equal("NOT_SPAM");
    await write(listed("Refusing", "Inviting"));
    const { added, removed, revision } = await server.reload();
    expect([added, removed, revision]).to.deep.equal([["Refusing", "Inviting"], ["Passing"], 2]);
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.deep.include({ code: "M_FORBIDDEN" });
    expect(lines("warn")).to.deep.equal(["Restart the homeserver to have it ask SpamChecker.userMayInvite"]);
  });

  it("a homeserver that's connected is notified of a reload, with what the modules are now", async () => {
    await write(listed("Passing"));
    const { server, address } = await start();
    await using host = await remoteHost({ address, services: [serverBinding()] });
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.equal("NOT_SPAM");
    const socket = createConnection(address.slice("unix:".length));
    let received = "";
    socket.setEncoding("utf8").on("data", (data: string) => {
      received += data;
      const id = /"id":(\d+),"method":"ligand\/hooks"/.exec(data)?.[1];
      if (id) socket.write(frame({ jsonrpc: "2.0", id: Number(id), result: null }));
    });
    socket.write(frame(initialize({ services: [] })));
    await until(() => received.includes('"id":1'));
    await write(listed("Passing", "Inviting"));
    await server.reload({ dryRun: true });
    await server.reload();
    await until(() => received.includes("ligand/changed"));
    const messages = received.split(/Content-Length: \d+\r\n\r\n/).slice(1);
    const changed = messages.find((message) => message.includes("ligand/changed"));
    const { params } = JSON.parse(changed!) as { params: ModulesInfo };
    expect(params.modules.map(({ id }) => id)).to.deep.equal(["Passing", "Inviting"]);
    expect(params.hooks.map(({ hook }) => hook)).to.deep.equal(["checkEventForSpam", "userMayInvite"]);
    expect(params.instance).to.equal(server.health.instance);
    socket.destroy();
  });

  it("after a reload, callbacks may look at more than those that a homeserver was introduced to", async () => {
    await write(listed("Passing"));
    const { server, address } = await start();
    await using host = await remoteHost({ address, services: [serverBinding()] });
    const asked = () => host.hooks.spamChecker.checkEventForSpam(roomEvent({ type: "" }));
    expect(await asked()).to.equal("NOT_SPAM");
    await write(listed("Passing", "Looking"));
    expect((await server.reload()).added).to.deep.equal(["Looking"]);
    expect(await asked()).to.deep.include({ code: "M_FORBIDDEN" });
  });

  it("`ligand reload` asks over the control socket, which is its owner's alone, and shows what changed or every problem", async () => {
    await write(listed("Passing"));
    const path = join(folder, "control.sock");
    const { address } = await start({ controlAddress: `unix:${path}` });
    await using host = await remoteHost({ address, services: [serverBinding()] });
    expect(host.info.modules.map(({ id }) => id)).to.deep.equal(["Passing"]);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    const reload = async (...more: readonly string[]) => {
      const { code, stdout, stderr } = await run(["reload", "--control", `unix:${path}`, ...more], { columns: 500 });
      return [code, stdout, stderr];
    };
    await write(listed("Passing", "Refusing"));
    expect(await reload("--dry-run")).to.deep.equal([0, "would change: added Refusing\n", ""]);
    expect(await reload()).to.deep.equal([0, "revision 2: added Refusing\n", ""]);
    await write(`${listed("Passing", "Refusing")}- { module: ./missing.js, id: gone, operate: { required: false } }\n`);
    expect(await reload("--dry-run")).to.deep.equal([0, "would change: failed gone\n", ""]);
    expect(await reload()).to.deep.equal([
      0,
      "revision 2: failed gone\nThe others run without gone; the log of `ligand serve` says why.\n",
      "",
    ]);
    await write("modules: 3");
    const [code, out, err] = await reload();
    expect([code, out]).to.deep.equal([1, ""]);
    expect(err).to.match(
      /^1 problem found; the modules go on with the configuration that they have\n.*LIGAND_CONFIG_TYPE/,
    );
  });

  it("the control socket answers 404 to what isn't a reload, also to a path that no URL has", async () => {
    await write(listed("Passing"));
    const socketPath = join(folder, "control.sock");
    await start({ controlAddress: `unix:${socketPath}` });
    const statusOf = async (method: string, path: string) => {
      const asked = request({ socketPath, method, path }).end();
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    expect(await statusOf("POST", "//")).to.equal(404);
    expect(await statusOf("GET", "/reload")).to.equal(404);
    expect(await statusOf("POST", "/reload?dry-run")).to.equal(200);
  });

  it("`ligand reload` says when nothing answers, and refuses a port", async () => {
    const reload = async (address: string) => {
      const { code, stderr } = await run(["reload", "--control", address], { columns: 500 });
      return [code, stderr.split("\n")[0]];
    };
    const path = join(folder, "none.sock");
    expect(await reload(`unix:${path}`)).to.deep.equal([
      1,
      `error: no \`ligand serve\` answers at ${path} LIGAND_REMOTE_LOST`,
    ]);
    const [code, line] = await reload("tcp:127.0.0.1:9");
    expect([code, line]).to.deep.equal([
      2,
      "error: option '--control <address>' argument 'tcp:127.0.0.1:9' is invalid. tcp:127.0.0.1:9 can't be a control socket: every user can connect to a port. Name a Unix socket: unix:PATH.",
    ]);
  });

  it("`ligand reload` says when another program answers", async () => {
    const path = join(folder, "other.sock");
    const another = /another program answers there/;
    const causes: readonly (readonly [answer: string, cause: RegExp])[] = [
      ["<p>hello", /is not valid JSON/],
      ["{}", another],
      ['{"refused":"no"}', another],
      ['{"report":null}', another],
      ['{"report":{}}', another],
    ];
    let said = "";
    const other = createServer((_, response) => response.end(said)).listen(path);
    await once(other, "listening");
    try {
      for (const [answer, cause] of causes) {
        said = answer;
        const { code, stdout, stderr } = await run(["reload", "--control", `unix:${path}`], { columns: 500 });
        const [line, causedBy] = stderr.split("\n");
        expect([code, stdout, line]).to.deep.equal([
          1,
          "",
          `error: no \`ligand serve\` answers at ${path} LIGAND_REMOTE_LOST`,
        ]);
        expect(causedBy).to.match(cause);
      }
    } finally {
      other.close();
    }
  });

  it("`ligand reload` asks no socket that belongs to another user", async () => {
    const getuid = process.getuid!;
    const uid = getuid();
    const path = join(folder, "control.sock");
    await write(listed("Passing"));
    await start({ controlAddress: `unix:${path}` });
    try {
      process.getuid = () => uid + 1;
      const { code, stdout, stderr } = await run(["reload", "--control", `unix:${path}`], { columns: 500 });
      expect([code, stdout, stderr]).to.deep.equal([
        1,
        "",
        `error: ${path} belongs to another user (uid ${uid}) LIGAND_REMOTE_LOST\n  → Run \`ligand reload\` as the user that \`ligand serve\` runs as.\n`,
      ]);
    } finally {
      process.getuid = getuid;
    }
  });

  it("a start that the files refuse uses the configuration that ran last, says so, and a reload with right files ends that", async () => {
    const lastGood = join(folder, "kept");
    await write(listed("Refusing"));
    const first = await start({ lastGood });
    expect(await ask(first.address)).to.deep.include({ code: "M_FORBIDDEN" });
    await first.server.stop();
    expect((await stat(join(lastGood, "last-good.json"))).mode & 0o777).to.equal(0o600);

    await write(listed("Missing"));
    const second = await start({ lastGood });
    expect(second.lines("error")[0]).to.equal(
      "The configuration is refused; the modules run with the one that ran last",
    );
    expect(second.lines("error")[1]).to.include("LIGAND_MODULE_EXPORT_NOT_FOUND");
    expect(second.lines("info")).to.include("modules of the configuration that ran last: Refusing");
    expect(second.server.health.isLastGood).to.equal(true);
    await using host = await remoteHost({ address: second.address, services: [serverBinding()] });
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.deep.include({ code: "M_FORBIDDEN" });
    await outcomeOf(() => second.server.reload());
    expect(second.server.health.isLastGood).to.equal(true);
    expect(await readFile(join(lastGood, "last-good.json"), "utf8")).to.include("#Refusing");

    await write(listed("Passing"));
    expect((await second.server.reload()).added).to.deep.equal(["Passing"]);
    expect(second.server.health.isLastGood).to.equal(false);
    expect(await readFile(join(lastGood, "last-good.json"), "utf8")).to.include("#Passing");
  });

  it("a start whose files have no section uses the configuration that ran last, and keeps it", async () => {
    const lastGood = join(folder, "kept");
    await write(listed("Refusing"));
    const first = await start({ lastGood });
    await ask(first.address);
    await first.server.stop();
    await write("");
    const second = await start({ lastGood });
    expect(await ask(second.address)).to.deep.include({ code: "M_FORBIDDEN" });
    expect(second.server.health.isLastGood).to.equal(true);
    expect(second.lines("error")[1]).to.equal(
      `${configFile}: there is no section \`modules\` [LIGAND_CONFIG_MISSING_KEY] To run no modules, write \`modules: []\`.`,
    );
    expect(await readFile(join(lastGood, "last-good.json"), "utf8")).to.include("#Refusing");
  });

  it("reloads that overlap run one after the other, each from what the one before it left", async () => {
    const lastGood = join(folder, "kept");
    await write(listed("Refusing"));
    const first = await start({ lastGood });
    await ask(first.address);
    await first.server.stop();
    await write(listed("Missing"));
    const { server } = await start({ lastGood });
    const refused = await Promise.all([1, 2, 3].map(() => outcomeOf(() => server.reload())));
    expect(refused.map((outcome) => "error" in outcome)).to.deep.equal([true, true, true]);
    expect(server.health.isLastGood).to.equal(true);
    await write(listed("Passing"));
    const reports = await Promise.all([server.reload(), server.reload({ dryRun: true }), server.reload()]);
    expect(reports.map(({ added }) => added)).to.deep.equal([["Passing"], [], []]);
    expect(server.health.isLastGood).to.equal(false);
  });

  it("a start that the files refuse fails when no configuration ran before", async () => {
    await write(listed("Missing"));
    const { error } = (await outcomeOf(() => start({ lastGood: folder }))) as { error: ReloadError };
    expect(error.problems.map(({ code }) => code)).to.deep.equal(["LIGAND_MODULE_EXPORT_NOT_FOUND"]);
  });

  it("a start that the files refuse says what's wrong with them, also when what ran before can't be read", async () => {
    await write(listed("Missing"));
    await writeFile(join(folder, "last-good.json"), "{");
    const { logger, records } = captureLogs();
    const { error } = (await outcomeOf(() => start({ lastGood: folder, logger }))) as { error: ReloadError };
    expect(error.problems.map(({ code }) => code)).to.deep.equal(["LIGAND_MODULE_EXPORT_NOT_FOUND"]);
    expect(records.map(({ message }) => message.split(" [")[0])).to.deep.equal([
      `${folder}/last-good.json isn't a configuration that Ligand kept`,
    ]);
  });

  it("modules that are left out aren't imported, and an unknown id is refused with those that there are", async () => {
    await write(`${listed("Refusing", "Passing", "Passing")}- module: ./absent.mjs\n  id: gone\n`);
    const { server, address } = await start({ without: ["Refusing", "gone", "Passing"] });
    await using host = await remoteHost({ address, services: [serverBinding()] });
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.equal("NOT_SPAM");
    expect(server.health.modules.map(({ id, mode }) => `${id} ${mode}`)).to.deep.equal([
      "Passing-2 enforce",
      "Refusing disabled",
      "Passing disabled",
      "gone disabled",
    ]);
    await server.stop();
    const { error } = (await outcomeOf(() => start({ without: ["Passin"] }))) as { error: ReloadError };
    expect(error.problems.map(({ message, remedy }) => `${message}: ${remedy}`)).to.include(
      'there is no module "Passin" to leave out: Did you mean Passing?',
    );
  });

  it("a module that's left out may be disabled in the files, and a reload may take it out of them", async () => {
    await write(`${listed("Passing")}- module: ${modules}#Refusing\n  operate: { mode: disabled }\n`);
    const { server, address, lines } = await start({ without: ["Refusing"] });
    await write(listed("Passing"));
    expect((await server.reload()).removed).to.deep.equal([]);
    const warnings = [
      'there is no module "Refusing" to leave out [LIGAND_ARGUMENT_INVALID] Remove it from `--without` before the next start, which refuses an id that no module has.',
    ];
    await using host = await remoteHost({ address, services: [serverBinding()] });
    expect([await host.hooks.spamChecker.checkEventForSpam(roomEvent()), lines("warn")]).to.deep.equal([
      "NOT_SPAM",
      warnings,
    ]);
    await write(listed("Passing", "Inviting"));
    expect((await server.reload()).added).to.deep.equal(["Inviting"]);
    expect(lines("warn").slice(0, 2)).to.deep.equal([...warnings, ...warnings]);
  });

  it("a module that's left out may be missing in the configuration that ran last", async () => {
    const lastGood = join(folder, "kept");
    await write(listed("Passing"));
    const first = await start({ lastGood });
    await ask(first.address);
    await first.server.stop();
    await write(`${listed("Passing", "Refusing")}- module: [`);
    const { server, address } = await start({ lastGood, without: ["Refusing"] });
    expect([await ask(address), server.health.isLastGood]).to.deep.equal(["NOT_SPAM", true]);
  });
});
