import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { queryObjects } from "node:v8";
import { expect } from "chai";
import { LineCounter } from "yaml";
import { ReloadError } from "#src/errors/start-error.js";
import type { Host } from "#src/index.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { untilCollected } from "./collect-garbage.js";
import { failureOf } from "./failure-of.js";

const event = new RoomEvent({ room_id: "!room:hs", type: "m.room.message", sender: "@eve:hs", content: {} });

/** A module that refuses with a word. */
const moduleText = (word = "no") => `
import { Codes, deny, Module, ModuleConfig, Secret, SpamChecker } from ${JSON.stringify(import.meta.resolve("#src/index.js"))};
import { IsOptional, IsString } from ${JSON.stringify(import.meta.resolve("class-validator"))};
import { inject } from ${JSON.stringify(import.meta.resolve("inversify"))};
const decorate = (decorators, prototype, name) =>
  decorators.forEach((decorator) => decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name)));
class Settings { word = ${JSON.stringify(word)}; }
decorate([Secret(), IsOptional(), IsString()], Settings.prototype, "word");
export class Refuser {
  constructor(config) { this.config = config; }
  check() { return deny(Codes.FORBIDDEN, { error: this.config.word }); }
}
inject(ModuleConfig)(Refuser, undefined, 0);
decorate([SpamChecker.checkEventForSpam()], Refuser.prototype, "check");
Module({ config: Settings })(Refuser);
export class Again extends Refuser {}
Module()(Again);
`;

describe("host.reload and files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-reload-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  const start = (yaml: string) =>
    write("modules.yaml", yaml).then(() =>
      startModules({ configFile: join(folder, "modules.yaml"), logger: captureLogs().logger }),
    );
  const problemsOf = async (host: Host) => {
    const error = await failureOf(host.reload());
    expect(error).to.be.instanceOf(ReloadError);
    return (error as ReloadError).problems.map(({ code, message, position }) => [
      code,
      message.replaceAll(folder, "…"),
      position?.line,
    ]);
  };
  const answer = async (host: Host) => {
    const denial = await host.hooks.spamChecker.checkEventForSpam(event);
    return (denial as { error?: string }).error;
  };

  it("host.reload and files: the documents of YAML take no memory once they have been read", async () => {
    // Each document that is read has one, for as long as positions may be asked for.
    const documents = () => queryObjects(LineCounter);
    const before = documents();
    await write("a.js", moduleText());
    const yaml = (word: string) => `modules:\n  - { module: "./a.js#Refuser", config: { word: ${word} } }\n`;
    await using host = await start(yaml("one"));
    await untilCollected(() => documents() <= before);
    await write("modules.yaml", yaml("two"));
    await host.reload();
    await untilCollected(() => documents() <= before);
    expect(await answer(host)).to.equal("two");
  });

  it("a reload reads the file again: an entry that only moved stays, one with another config is replaced", async () => {
    await write("refuser.mjs", moduleText());
    await using host = await start("modules:\n- module: ./refuser.mjs#Refuser\n  config: { word: before-reload }\n");
    expect(await answer(host)).to.equal("before-reload");
    await write(
      "modules.yaml",
      "# moved\nmodules:\n- config: { word: before-reload }\n  module: './refuser.mjs#Refuser'\n",
    );
    expect((await host.reload()).kept).to.deep.equal(["Refuser"]);
    expect(host.modules[0]!.position!.line).to.equal(4);
    await write("modules.yaml", "modules:\n- module: ./refuser.mjs#Refuser\n  config: { word: after-reload }\n");
    expect((await host.reload()).replaced).to.deep.equal(["Refuser"]);
    expect(await answer(host)).to.equal("after-reload");
  });

  it("a config class that changes what it's made from changes nothing of what later reloads compare", async () => {
    const take = "({ value, obj }) => { const { old } = obj; delete obj.old; return value ?? old; }";
    await write(
      "refuser.mjs",
      `${moduleText()}
const { Transform } = await import(${JSON.stringify(import.meta.resolve("class-transformer"))});
decorate([Transform(${take})], Settings.prototype, "word");
`,
    );
    const entry = (word: string) =>
      `- module: ./refuser.mjs#Refuser\n  id: ${word}\n  config: { word: null, old: ${word} }\n`;
    await using host = await start(`modules:\n${["a", "b", "c"].map(entry).join("")}`);
    expect(await answer(host)).to.equal("a");
    for (let reload = 0; reload < 3; reload++) expect((await host.reload()).kept).to.deep.equal(["a", "b", "c"]);
  });

  it("a secret that changed in its own file replaces the module", async () => {
    await write("refuser.mjs", moduleText());
    await write("word", "before-reload\n");
    const ids = ["a", "b", "c", "d"];
    const entry = (id: string) => `- module: ./refuser.mjs#Refuser\n  id: ${id}\n  config: { word_path: word }\n`;
    // All but the last ones aren't read again.
    await using host = await start(`modules:\n${ids.map(entry).join("")}`);
    expect((await host.reload()).kept).to.deep.equal(ids);
    await write("word", "after-reload\n");
    expect((await host.reload()).replaced).to.deep.equal(ids);
    expect(await answer(host)).to.equal("after-reload");
  });

  it("a file that's wrong, or lost its section, is refused, and the modules go on", async () => {
    await write("refuser.mjs", moduleText());
    await using host = await start("modules:\n- module: ./refuser.mjs#Refuser\n");
    await write(
      "modules.yaml",
      "modules:\n- module: ./refuser.mjs#Refuser\n  config: { wort: x }\n- module: ./no.mjs\n",
    );
    expect((await problemsOf(host)).map(([code, , line]) => [code, line])).to.deep.equal([
      ["LIGAND_CONFIG_UNKNOWN_KEY", 3],
      ["LIGAND_MODULE_NOT_FOUND", 4],
    ]);
    await write("modules.yaml", "");
    expect(await problemsOf(host)).to.deep.equal([
      ["LIGAND_CONFIG_MISSING_KEY", "…/modules.yaml: there is no section `modules`", undefined],
    ]);
    expect(await answer(host)).to.equal("no");
    await write("modules.yaml", "modules: []\n");
    expect((await host.reload()).removed).to.deep.equal(["Refuser"]);
  });

  it("a reload is refused when the file of a module changed since it was imported", async () => {
    await write("refuser.mjs", moduleText());
    await using host = await start("modules:\n- module: ./refuser.mjs#Refuser\n");
    await write("refuser.mjs", moduleText("new"));
    const message = "restart needed: …/refuser.mjs changed after this process loaded `./refuser.mjs`";
    expect(await problemsOf(host)).to.deep.equal([["LIGAND_RELOAD_NEEDS_RESTART", message, 2]]);
    expect(await answer(host)).to.equal("no");
    await write("refuser.mjs", moduleText());
    expect((await host.reload()).kept).to.deep.equal(["Refuser"]);
  });

  it("a reload is refused when a package was updated under a running module, for another file of it as well", async () => {
    const manifest = (version: string) =>
      write(
        "node_modules/filters/package.json",
        JSON.stringify({ name: "filters", version, exports: { "./*": "./*" } }),
      );
    await manifest("1.0.0");
    await write("node_modules/filters/one.mjs", moduleText());
    await write("node_modules/filters/two.mjs", moduleText());
    await using host = await start("modules:\n- module: filters/one.mjs#Refuser\n");
    await manifest("1.1.0");
    await write("modules.yaml", "modules:\n- module: filters/one.mjs#Refuser\n- module: filters/two.mjs#Again\n");
    const manifestPath = "…/node_modules/filters/package.json";
    expect(await problemsOf(host)).to.deep.equal(
      ["one", "two"].map((name, index) => [
        "LIGAND_RELOAD_NEEDS_RESTART",
        `restart needed: ${manifestPath} changed after this process loaded \`filters/${name}.mjs\``,
        index + 2,
      ]),
    );
  });

  it("modules that aren't required and can't be loaded or started are left out, and tried again by a reload", async () => {
    await write("refuser.mjs", moduleText());
    const { logger, records } = captureLogs();
    const optional = "  operate: { required: false }\n";
    await write(
      "modules.yaml",
      `modules:\n- module: ./absent.mjs#Absent\n${optional}- module: ./refuser.mjs#Refuser\n  config: { wort: x }\n${optional}- module: ./refuser.mjs#Again\n`,
    );
    await using host = await startModules({ configFile: join(folder, "modules.yaml"), logger });
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["Again"]);
    const errors = records.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(errors.map((line) => /^The others run without module \w+:/.exec(line)?.[0])).to.deep.equal([
      "The others run without module Absent:",
      "The others run without module Refuser:",
    ]);
    await write("absent.mjs", moduleText().replaceAll("Refuser", "Absent"));
    const { added, failed } = await host.reload();
    expect([added, failed]).to.deep.equal([["Absent"], ["Refuser"]]);
  });
});
