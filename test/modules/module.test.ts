import { expect } from "chai";
import { Container, inject, injectable, optional, postConstruct, preDestroy, type Newable } from "inversify";
import { LigandError } from "#src/errors/ligand-error.js";
import { completeModule, isModule, Module, moduleMetadata } from "#src/modules/module.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "#src/modules/tokens.js";

class Config {}
class OtherConfig {}

@Module({ config: Config })
class Base {
  readonly happened: string[] = [];
  @inject(ModuleInfo) readonly info!: ModuleInfo;
  constructor(@inject(ModuleConfig) readonly config: unknown) {}
  @postConstruct() start() {
    this.happened.push("started");
  }
  @preDestroy() stop() {
    this.happened.push("stopped");
  }
}

/** Resolves a class as a host would. */
async function resolve<T extends object>(Class: Newable<T>): Promise<{ module: T; container: Container }> {
  const container = new Container();
  container.bind(ModuleConfig).toConstantValue("the config");
  container.bind(ModuleInfo).toConstantValue({ id: "x", name: "X" });
  container.bind<T>(Class).toSelf().inSingletonScope();
  return { module: await container.getAsync<T>(Class), container };
}

describe("@Module", () => {
  it("@Module makes a class injectable and remembers its config class", async () => {
    expect(moduleMetadata(Base)?.config).to.equal(Config);
    const { module } = await resolve(Base);
    expect(module).to.deep.include({ config: "the config", info: { id: "x", name: "X" }, happened: ["started"] });
  });

  it("@Module may stand beside @injectable, above or below it", () => {
    @Module()
    @injectable()
    class Below {}
    @injectable()
    @Module()
    class Above {}
    expect([Below, Above].map(isModule)).to.deep.equal([true, true]);
  });

  it("@Module may be written twice", () => {
    @Module()
    @Module({ config: Config })
    class Twice {}
    expect(moduleMetadata(Twice)?.config).to.equal(Config);
  });

  it("@Module lets a subclass inherit injections, start, stop and config class", async () => {
    @Module()
    class Derived extends Base {}
    @Module({ config: OtherConfig })
    class Twice extends Derived {
      override start() {
        this.happened.push("started otherwise");
      }
    }
    expect(moduleMetadata(Derived)?.config).to.equal(Config);
    expect(moduleMetadata(Twice)?.config).to.equal(OtherConfig);
    const { module, container } = await resolve(Twice);
    expect(module).to.deep.include({ config: "the config", info: { id: "x", name: "X" } });
    await container.unbindAllAsync();
    expect(module.happened).to.deep.equal(["started otherwise", "stopped"]);
  });

  it("@Module leaves a subclass its own constructor", async () => {
    @Module()
    class Own extends Base {
      constructor(
        @inject(ModuleInfo) readonly first: ModuleInfo,
        @optional() @inject(ModuleLogger) readonly logger?: ModuleLogger,
      ) {
        super("of its own");
      }
    }
    const { module } = await resolve(Own);
    expect(module).to.deep.include({ config: "of its own", first: { id: "x", name: "X" } });
  });

  it("@Module can be completed for a subclass that isn't decorated", async () => {
    class Undecorated extends Base {}
    expect(isModule(Undecorated)).to.equal(true);
    completeModule(Undecorated);
    expect((await resolve(Undecorated)).module.config).to.equal("the config");
  });

  it("@Module isn't found on other values", () => {
    expect([undefined, null, {}, class {}, () => 1, "x", Config].map(isModule)).to.deep.equal(Array(7).fill(false));
  });

  it("@Module says which compiler option a standard decorator needs", () => {
    const apply = Module() as (value: unknown, context: unknown) => void;
    expect(() => apply(class {}, { kind: "class", name: "X" }))
      .to.throw(
        LigandError,
        '@Module() was applied as a standard decorator; set "experimentalDecorators": true in tsconfig.json',
      )
      .that.deep.includes({
        code: "LIGAND_DECORATOR_MISUSED",
        remedy: 'Set `"experimentalDecorators": true` in the `compilerOptions` of tsconfig.json.',
      });
  });

  it("@Module refuses what isn't a class", () => {
    const apply = Module() as (...values: unknown[]) => void;
    for (const values of [[{}], [class {}, "method", {}], [undefined]]) {
      expect(() => apply(...values)).to.throw(LigandError, "`@Module` was applied to something that isn't a class");
    }
  });
});
