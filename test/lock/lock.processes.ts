import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, chmod, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { NOT_SPAM, startIsolated } from "#src/index.js";
import { startModules } from "#src/start.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { run } from "../cli/captured-terminal.js";
import { serverBinding } from "../remote/served.js";
import { until } from "../until.js";
import { FILTER, installations, moduleText, type Installation } from "./installation.js";

const INDEX = `${FILTER}/dist/index.js`;

describe("a lock and other processes", () => {
  const create = installations();

  it("a module with a process has the same lock, and is imported there only while its files are those of the lock", async () => {
    const mark = (await create()).path("mark");
    const installation = await (await create()).withLinkFilter({ mark });
    await installation.lock();
    const lock = await installation.lockText();
    await appendFile(installation.path("modules.yaml"), "    operate: { process: own, on_failure: allow }\n");
    expect((await installation.lock()).stdout).to.equal("…/modules.lock.json: nothing changed\n");
    expect(await installation.lockText()).to.equal(lock);

    const { logger, records } = captureLogs({ all: true });
    await using host = await startModules({ configFile: installation.path("modules.yaml"), logger });
    const check = (content = {}) => host.hooks.spamChecker.checkEventForSpam(roomEvent({ content }));
    expect(await check()).to.equal(NOT_SPAM);
    const imported = (await readFile(mark, "utf8")).match(/imported/g)!.length;

    await appendFile(installation.path(INDEX), "// changed while the module runs\n");
    await check({ crash: true });
    await until(() => records.some(({ message }) => message.includes("has other files")));
    expect((await readFile(mark, "utf8")).match(/imported/g)).to.have.length(imported);
    expect(await check()).to.equal(NOT_SPAM);

    const { logger: quiet } = captureLogs();
    const again = startModules({ configFile: installation.path("modules.yaml"), logger: quiet });
    expect(await again.catch((error: Error) => error.message)).to.contain("has other files");
    expect((await readFile(mark, "utf8")).match(/imported/g)).to.have.length(imported);
  });

  it("startIsolated and ligand serve refuse a module that differs from the lock, and no process imports it", async () => {
    const mark = (await create()).path("mark");
    const installation = await (await create()).withLinkFilter();
    await installation.lock();
    await installation.write({ [INDEX]: moduleText({ mark }) });
    const configFile = installation.path("modules.yaml");
    const { logger } = captureLogs();
    const isolated = startIsolated({ configFile, services: [serverBinding()], logger });
    expect(await isolated.catch((error: Error) => error.message)).to.contain("has other files");
    const served = await run(["serve", configFile, "--listen", `unix:${installation.path("socket")}`]);
    expect(served.code).to.equal(1);
    expect(served.stdout + served.stderr).to.contain("has other files");
    expect(existsSync(mark)).to.equal(false);
  });

  it("npm ci and a workspace give the same lock, in other folders and with another umask", async () => {
    const npm = async (installation: Installation, ...args: readonly string[]) => {
      const quiet = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--cache", installation.path(".npm")];
      const options = { cwd: installation.folder, env: { ...process.env, NODE_OPTIONS: "" } };
      await promisify(execFile)("npm", [...args, ...quiet], options);
    };
    const manifest = {
      name: "@example/link-filter",
      version: "1.0.0",
      type: "module",
      exports: "./dist/index.js",
      files: ["dist", "!dist/**/*.test.js"],
      dependencies: { "link-list": "^1.0.0" },
    };
    const filter = (folder: string) => ({
      [`${folder}/package.json`]: JSON.stringify(manifest, undefined, 2),
      [`${folder}/README.md`]: "# Link filter\n",
      [`${folder}/src/index.ts`]: "export {};\n",
      [`${folder}/dist/index.js`]: `import "link-list";\n${moduleText()}`,
      [`${folder}/dist/index.js.map`]: `{ "file": "${folder}" }`,
      [`${folder}/dist/deep/rules.test.js`]: "",
      [`${folder}/dist/deep/rules.js`]: "",
    });
    const list = {
      "list/package.json": '{ "name": "link-list", "version": "1.0.0", "main": "index.js" }',
      "list/index.js": "",
    };
    const configuration = { "modules.yaml": 'modules:\n  - module: "@example/link-filter#LinkFilter"\n' };

    const installed = await create();
    await installed.write({ ...filter("filter"), ...list, ...configuration });
    await npm(installed, "pack", "./filter", "./list");
    const tarballs = { "link-list": "file:./link-list-1.0.0.tgz" };
    const dependencies = { ...tarballs, "@example/link-filter": "file:./example-link-filter-1.0.0.tgz" };
    await installed.write({ "package.json": JSON.stringify({ private: true, dependencies }) });
    await npm(installed, "install", "--package-lock-only");
    await npm(installed, "ci");
    await installed.withLigand();

    const before = process.umask(0o077);
    const workspace = await create();
    await workspace.write({
      ...filter("packages/filter"),
      ...configuration,
      "package.json": JSON.stringify({ private: true, workspaces: ["packages/*"], dependencies: tarballs }),
    });
    await promisify(execFile)("cp", [installed.path("link-list-1.0.0.tgz"), workspace.folder]);
    await npm(workspace, "install");
    await workspace.withLigand();
    process.umask(before);
    await chmod(workspace.path("packages/filter/dist/index.js"), 0o755);

    for (const installation of [installed, workspace]) {
      expect(await installation.lock()).to.deep.include({ code: 0, stderr: "" });
    }
    const lock = await installed.lockText();
    expect(await workspace.lockText()).to.equal(lock);
    expect(lock).to.contain('"unlocked": []').and.to.contain('"package": "@example/link-filter@1.0.0"');
    expect(existsSync(installed.path(`${FILTER}/src`))).to.equal(false);

    await workspace.write({ "packages/filter/dist/deep/rules.js": "changed" });
    expect((await workspace.lock("--check")).stdout.split("\n")[0]).to.equal("module LinkFilter has other files");
  });
});
