import { expect } from "chai";
import { IsInt, ValidateNested } from "class-validator";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as ligand from "#src/index.js";
import { formatProblem, type Problem } from "#src/errors/problem.js";
import type { CopyOfPackage } from "#src/modules/module.js";
import { otherVersionRemedy } from "#src/modules/other-version.js";
import { testModule } from "#src/testing.js";
import { failureOf } from "../failure-of.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What no module gives to its homeserver, nor a homeserver to its modules. */
const STAYS = ["Host", "SystemClock", "ClockScheduler", "FetchHttpClient", "PostgresDatabase", "PgliteDatabase"];
const ALSO_STAYS = ["PostgresSession", "ConfiguredServer"];

function isClass(value: unknown): value is new (...args: never[]) => object {
  return typeof value === "function" && value.toString().startsWith("class ");
}

describe("another copy of the package", () => {
  let folder: string;
  let other: typeof ligand;
  let Type: typeof import("class-transformer").Type;

  before(async () => {
    // Below this package, so that the copy finds the same dependencies; but a class-transformer of its own.
    folder = await mkdtemp(join(root, "build", "copy-"));
    await copyPackage("ligand");
    const transformer = dirname(createRequire(import.meta.url).resolve("class-transformer/package.json"));
    await cp(transformer, join(folder, "node_modules", "class-transformer"), { recursive: true });
    other = (await import(pathToFileURL(join(folder, "ligand", "dist", "index.js")).href)) as typeof ligand;
    ({ Type } = createRequire(join(folder, "x.js"))("class-transformer") as typeof import("class-transformer"));
  });

  after(() => rm(folder, { recursive: true }));

  async function copyPackage(name: string): Promise<void> {
    const filter = (path: string) => !/\.(d\.ts|map|tsbuildinfo)$/.test(path);
    await cp(join(root, "dist"), join(folder, name, "dist"), { recursive: true, filter });
  }

  it("another copy of the package recognises with `instanceof` what this copy made, and the other way round", () => {
    expect(other.RoomEvent).not.to.equal(ligand.RoomEvent);
    const stays = [...STAYS, ...ALSO_STAYS, ...Object.keys(ligand.SERVICES)];
    const crossing = Object.entries(ligand).filter(([name, value]) => isClass(value) && !stays.includes(name));
    expect(crossing.map(([name]) => name)).to.include.members(["RoomEvent", "Denial", "MatrixError", "ConfigError"]);
    for (const [name, Own] of crossing as [keyof typeof ligand, new () => object][]) {
      const Other = other[name] as unknown as new () => object;
      expect(Object.create(Other.prototype), name).to.be.instanceOf(Own);
      expect(Object.create(Own.prototype), name).to.be.instanceOf(Other);
      expect({}, name).not.to.be.instanceOf(Own);
      expect(null, name).not.to.be.instanceOf(Own);
    }
    class Teapot extends ligand.MatrixError {}
    expect(new Teapot(418, "short")).to.be.instanceOf(other.MatrixError);
    expect(new ligand.MatrixError(418, "stout")).not.to.be.instanceOf(Teapot);
    expect(new other.MatrixError(418, "stout")).not.to.be.instanceOf(ligand.NotFoundError);
  });

  it("another copy of the package makes modules with hooks, services, config, web resources, caches and loops that run here", async () => {
    class Size {
      @IsInt() height = 0;
      twice(): number {
        return this.height * 2;
      }
    }
    class TeaConfig {
      @ValidateNested({ each: true }) @Type(() => Size) sizes: Size[] = [];
      validate(): void {
        if (this.sizes.length > 2) other.rejectConfig("at most two sizes", "sizes");
      }
    }
    class Tea {
      ticks = 0;
      constructor(
        readonly config: TeaConfig,
        readonly users: ligand.Users,
        readonly mailer: ligand.Mailer | undefined,
      ) {}

      tick(): void {
        this.ticks += 1;
      }

      async brew(cup: string): Promise<string> {
        return `${cup} brewed`;
      }

      check(event: ligand.RoomEvent): string | ligand.Denial {
        if (!(event instanceof other.RoomEvent)) throw new Error("not an event");
        return event.type === "coffee" ? other.deny(other.Codes.FORBIDDEN, { error: "tea only" }) : other.NOT_SPAM;
      }

      mayCreate(): never {
        throw new other.MatrixError(418, "short and stout", other.Codes.FORBIDDEN);
      }

      show(): never {
        throw new other.NotFoundError("no pot");
      }
    }
    const on = (method: keyof Tea) => [Tea.prototype, method, descriptorOf(Tea, method)] as const;
    other.inject(other.ModuleConfig)(Tea, undefined, 0);
    other.inject(other.Users)(Tea, undefined, 1);
    other.inject(other.Mailer)(Tea, undefined, 2);
    other.optional()(Tea, undefined, 2);
    other.SpamChecker.checkEventForSpam()(...(on("check") as never as [object, string, never]));
    other.SpamChecker.userMayCreateRoom()(...(on("mayCreate") as never as [object, string, never]));
    other.WebResource("/_synapse/client/tea")(...(on("show") as never as [object, string, never]));
    other.Every("1s")(...(on("tick") as never as [object, string, never]));
    const brew = descriptorOf(Tea, "brew");
    other.Cached()(Tea.prototype, "brew", brew as never);
    Object.defineProperty(Tea.prototype, "brew", brew);
    other.Module({ config: TeaConfig })(Tea as never);

    const problems = await problemsOf(() => testModule(Tea as never, { sizes: [{}, {}, { height: "1" }] }));
    expect(problems.map(({ code, path }) => [code, path])).to.deep.equal([
      ["LIGAND_CONFIG_TYPE", "modules[0].config.sizes[2].height"],
    ]);
    const rejected = await problemsOf(() => testModule(Tea as never, { sizes: [{}, {}, {}] }));
    expect(rejected.map(({ code, message }) => [code, message])).to.deep.equal([
      ["LIGAND_CONFIG_REJECTED", "at most two sizes"],
    ]);

    await using kit = await testModule(Tea as never, { sizes: [{ height: 3 }] });
    const module = kit.module as unknown as Tea;
    expect(module.config.sizes[0]!.twice()).to.equal(6);
    const user = await kit.homeserver.register({ username: "alice", password: "secret" });
    expect((await module.users.getUserInfoById(user.userId))?.userId).to.equal(user.userId);
    expect(module.mailer).to.equal(kit.homeserver.mailer);
    const { spamChecker } = kit.host.hooks;
    const event = (type: string) => new ligand.RoomEvent({ room_id: "!a:b", type, sender: "@a:b", content: {} });
    expect(await spamChecker.checkEventForSpam(event("tea"))).to.equal(ligand.NOT_SPAM);
    expect(await spamChecker.checkEventForSpam(event("coffee"))).to.deep.include({ code: "M_FORBIDDEN" });
    const refusal = (async () => spamChecker.userMayCreateRoom("@a:b", {} as never))();
    expect(await failureOf(refusal)).to.include({ status: 418, message: "short and stout" });
    const response = await kit.host.fetch(new Request("http://x/_synapse/client/tea"));
    expect([response?.status, await response?.json()]).to.deep.equal([
      404,
      { errcode: "M_NOT_FOUND", error: "no pot" },
    ]);
    await kit.homeserver.clock.advance(1000);
    expect(module.ticks).to.equal(1);
    await module.brew("one");
    expect(ligand.cacheOf(module, "brew").size).to.equal(1);
  });

  it("another copy of the package offers services by its own classes", async () => {
    const names: string[] = [];
    class Asks {
      constructor(server: ligand.Server) {
        names.push(server.serverName);
      }
    }
    ligand.inject(ligand.Server)(Asks, undefined, 0);
    ligand.Module()(Asks as never);
    const server = new ligand.ConfiguredServer({ serverName: "tea.example.org" });
    const services = [other.bindService(other.Server, server)];
    await using host = await ligand.startModules({ modules: [{ module: Asks as never }], services });
    expect([names, host.modules.length]).to.deep.equal([["tea.example.org"], 1]);
    const twice = [...services, ligand.bindService(ligand.Server, server)];
    const refused = ligand.startModules({ modules: [{ module: Asks as never }], services: twice });
    expect(await failureOf(refused)).to.have.property("message", "`services` binds the service Server twice");
  });

  describe("of another version", () => {
    const cases: readonly { place: string; module: string; remedy: string }[] = [
      {
        place: "author/node_modules/ligand",
        module: "author/module.mjs",
        remedy: "Install ligand 0.1.0 in the folder of the module, too: …/author",
      },
      {
        place: "by-pnpm/node_modules/.pnpm/ligand@0.0.9/node_modules/ligand",
        module: "by-pnpm/module.mjs",
        remedy: "Install ligand 0.1.0 in the folder of the module, too: …/by-pnpm",
      },
      { place: "clone", module: "module.mjs", remedy: "Bring …/clone/ to version 0.1.0." },
    ];

    for (const { place, module, remedy } of cases) {
      it(`a module of another version of the package is refused, with what to do, where it lies in ${place}`, async () => {
        await copyPackage(place);
        const file = join(folder, place, "dist", "package.js");
        const text = await readFile(file, "utf8");
        await writeFile(
          file,
          text.replace(`"${JSON.parse(await readFile(join(root, "package.json"), "utf8")).version}"`, '"0.0.9"'),
        );
        const index = pathToFileURL(join(folder, place, "dist", "index.js")).href;
        await writeFile(
          join(folder, module),
          `import { Module } from ${JSON.stringify(index)};\nexport default class X {}\nModule()(X);\n`,
        );
        await writeFile(join(folder, "old.yaml"), `modules: [{module: ./${module}}]`);
        const [problem, ...more] = await problemsOf(() =>
          ligand.startModules({ configFile: join(folder, "old.yaml") }),
        );
        expect(more).to.deep.equal([]);
        const shown = formatProblem(problem!).replaceAll(folder, "…").replaceAll(`file://${root}`, "file://~/");
        expect(shown).to.equal(
          `…/old.yaml:1:20 modules[0].module: the default export of \`./${module}\` was decorated by ligand 0.0.9 (file://…/${place}/), but ligand 0.1.0 runs (file://~/) [LIGAND_MODULE_OTHER_VERSION]\n  ${remedy}`,
        );
      });
    }

    it("a module of another version of the package is refused, with what to do, where a package brings it, or a bundle", () => {
      const own = copyAt("file:///srv/home/node_modules/ligand/");
      const nested = "file:///srv/home/node_modules/tea/node_modules/ligand/";
      const store = "file:///srv/home/node_modules/.pnpm/ligand@0.0.9/node_modules/ligand/";
      const update = "Install a version of the module for ligand 0.1.0: this one brings ligand 0.0.9.";
      const peer = "Its author makes `ligand` a peer dependency; then run";
      expect(otherVersionRemedy(copyAt(nested), own)).to.equal(`${update} ${peer} \`npm dedupe\`.`);
      expect(otherVersionRemedy(copyAt(store), own)).to.equal(`${update} ${peer} \`pnpm update\`.`);
      expect(otherVersionRemedy({ ...copyAt("file:///srv/tea.mjs"), isBundled: true }, own)).to.equal(
        "Build the bundle of the module with ligand 0.1.0, or leave `ligand` out of it (esbuild: `--external:ligand`).",
      );
    });
  });
});

function copyAt(url: string): CopyOfPackage {
  return { version: "0.0.9", url, isBundled: false, loadTransformerStorage: () => ({}) };
}

function descriptorOf(Class: { readonly prototype: object }, method: string): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(Class.prototype, method)!;
}

async function problemsOf(start: () => Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await start();
  } catch (error) {
    return (error as ligand.StartError).problems;
  }
  throw new Error("the modules started");
}
