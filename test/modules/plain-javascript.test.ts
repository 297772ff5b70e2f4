import { expect } from "chai";
import * as ligand from "#src/index.js";
import { LigandError, NOT_SPAM } from "#src/index.js";
import { testModule } from "#src/testing.js";

/** A decorator as plain JavaScript calls it. */
type Applied = (...target: unknown[]) => unknown;

const OF_METHODS: Readonly<Record<string, () => unknown>> = {
  "Cached()": () => ligand.Cached(),
  'Every("30s")': () => ligand.Every("30s"),
  'WebResource("/_synapse/client/tea")': () => ligand.WebResource("/_synapse/client/tea"),
  "postConstruct()": () => ligand.postConstruct(),
  "preDestroy()": () => ligand.preDestroy(),
  "PasswordAuth.authChecker()": () => ligand.PasswordAuth.authChecker("tea", ["cup"]),
  ...Object.fromEntries(
    Object.values(ligand.CATALOGUE).flatMap(({ name, hooks }) =>
      Object.keys(hooks)
        .filter((hook) => hook !== "authChecker")
        .map((hook) => [
          `${name}.${hook}()`,
          () => (ligand as unknown as Record<string, Record<string, () => unknown>>)[name]![hook]!(),
        ]),
    ),
  ),
};

class Tea {
  static brew(): void {}
  async pour(): Promise<void> {}
}
Object.assign(Tea.prototype, { cups: 3 });

const MISPLACED: Readonly<Record<string, readonly unknown[]>> = {
  "is on undefined": [],
  "is on null": [null, "pour"],
  "is on a string of 3 characters": ["Tea", "pour"],
  "is on the class Tea": [Tea],
  "is on the static method Tea.brew": [Tea, "brew"],
  "is on an instance of Tea": [new Tea(), "pour"],
  "is on the prototype of Tea, and names no method": [Tea.prototype],
  "names Tea.drink, which is not a method": [Tea.prototype, "drink"],
  "names Tea.cups, which is not a method": [Tea.prototype, "cups"],
};

describe("decorators in plain JavaScript", () => {
  it("decorators of methods say what they were applied to, and how to apply them", () => {
    for (const [decorator, make] of Object.entries(OF_METHODS)) {
      for (const [place, target] of Object.entries(MISPLACED)) {
        const { message, remedy } = misuseOf(() => (make() as Applied)(...target));
        expect([message, remedy]).to.deep.equal([
          `@${decorator} ${place}; expected an instance method`,
          `Put it on an instance method; in plain JavaScript, write \`${decorator}(TheClass.prototype, "method")\`.`,
        ]);
      }
      const { message } = misuseOf(() => (make() as Applied)(Tea.prototype, Tea.prototype.pour));
      expect(message).to.equal(
        `@${decorator} is on the prototype of Tea, and names no method; expected an instance method`,
      );
    }
  });

  it("inject and optional say what they were applied to, and how to apply them", () => {
    const expected = "a parameter of the constructor, or a property";
    const wrong: readonly (readonly [place: string, target: readonly unknown[]])[] = [
      ["is on undefined", []],
      ["is on parameter 1 of undefined", [undefined, undefined, 0]],
      ["is on the class Tea", [Tea]],
      ["is on the class Tea", [Tea, 0]],
      ["is on the class Tea", [Tea, undefined, "0"]],
      ["is on parameter 0 of the class Tea", [Tea, undefined, -1]],
      ["is on the static method Tea.brew", [Tea, "brew"]],
      ["names Tea.pour, which is a method", [Tea.prototype, "pour"]],
      ["names Tea.pour, which is a method", [Tea.prototype, "pour", 0]],
      ["is on an instance of Tea", [new Tea(), "server"]],
    ];
    for (const [name, make] of [
      ["inject(Service)", () => ligand.inject(ligand.Server)],
      ["optional()", () => ligand.optional()],
    ] as const) {
      for (const [place, target] of wrong) {
        const { message, remedy } = misuseOf(() => (make() as Applied)(...target));
        expect([message, remedy]).to.deep.equal([
          `@${name} ${place}; expected ${expected}`,
          `Put it on ${expected}; in plain JavaScript, write \`${name}(TheClass, undefined, 0)\` for the first parameter, or \`${name}(TheClass.prototype, "property")\`.`,
        ]);
      }
    }
    expect(misuseOf(() => (ligand.inject as Applied)()).message).to.equal("@inject() names no service");
  });

  it("Module refuses what can't be constructed, and WebResource what is no path", () => {
    for (const value of [undefined, () => {}, Tea.prototype, new Tea(), "Tea"]) {
      expect(misuseOf(() => (ligand.Module() as Applied)(value)).message).to.equal(
        "`@Module` was applied to something that isn't a class",
      );
    }
    expect(() => (ligand.WebResource as Applied)()).to.throw(
      LigandError,
      '@WebResource expects a path such as "/_synapse/client/x", found undefined',
    );
  });

  it("Secret says that it was applied to something else than a property", () => {
    for (const target of [[], [undefined, "token"], [Tea, "token"], [Tea.prototype], [new Tea(), "token"]]) {
      expect(misuseOf(() => (ligand.Secret() as Applied)(...target)).message).to.equal(
        "`@Secret` was applied to something that isn't a property",
      );
    }
  });

  it("decorators that are called as functions make the module that their syntax makes", async () => {
    class House {
      readonly server: ligand.Server;
      readonly log: string[] = [];
      #brewed = 0;

      constructor(server: ligand.Server) {
        this.server = server;
      }

      open(): void {
        this.log.push(`${this.server.serverName} is open`);
      }

      async brew(tea: string): Promise<string> {
        this.#brewed += 1;
        return `${tea} ${this.#brewed}`;
      }

      async check(event: ligand.RoomEvent): Promise<string> {
        this.log.push(await this.brew(event.type));
        return NOT_SPAM;
      }
    }
    (ligand.inject(ligand.Server) as Applied)(House, undefined, 0);
    (ligand.postConstruct() as Applied)(House.prototype, "open");
    (ligand.Cached() as Applied)(House.prototype, "brew");
    (ligand.SpamChecker.checkEventForSpam() as Applied)(House.prototype, "check");
    (ligand.Module() as Applied)(House);

    await using kit = await testModule(House);
    const event = new ligand.RoomEvent({ room_id: "!a:b", type: "oolong", sender: "@a:b", content: {} });
    for (let cups = 0; cups < 2; cups++) {
      expect(await kit.host.hooks.spamChecker.checkEventForSpam(event)).to.equal(NOT_SPAM);
    }
    expect(kit.module.log).to.deep.equal(["example.org is open", "oolong 1", "oolong 1"]);
    expect(ligand.cacheOf(kit.module, "brew")).to.have.property("size", 1);
    expect(Object.keys(House.prototype)).to.deep.equal([]);
  });
});

function misuseOf(apply: () => unknown): LigandError {
  try {
    apply();
  } catch (error) {
    expect(error).to.be.instanceOf(LigandError).that.has.property("code", "LIGAND_DECORATOR_MISUSED");
    return error as LigandError;
  }
  throw new Error("the decorator was accepted");
}
