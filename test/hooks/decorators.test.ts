import { expect } from "chai";
import { CATALOGUE, PasswordAuth, SpamChecker } from "#src/catalogue/index.js";
import { LigandError } from "#src/errors/ligand-error.js";
import type { Category } from "#src/hooks/category.js";
import { decoratorsOf } from "#src/hooks/decorators.js";

/** A decorator as plain JavaScript may apply it. */
type Applied = (...target: unknown[]) => void;

const misuse = (action: () => void) => {
  try {
    action();
  } catch (error) {
    const { code, message, remedy } = error as LigandError;
    expect(error).to.be.instanceOf(LigandError);
    return { code, message, remedy };
  }
  return expect.fail("nothing was thrown");
};

const remedy = "Apply hook decorators to instance methods of a module class, with `experimentalDecorators` on.";

describe("decorators of hooks", () => {
  it("are one for each hook of a category", () => {
    for (const category of Object.values<Category>(CATALOGUE)) {
      const decorators = decoratorsOf(category);
      expect(Object.keys(decorators)).to.deep.equal(Object.keys(category.hooks));
      expect(Object.isFrozen(decorators)).to.equal(true);
    }
  });

  it("refuse to be standard decorators", () => {
    const standard = SpamChecker.checkEventForSpam() as Applied;
    expect(misuse(() => standard(() => 1, { kind: "method", name: "check" }))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message:
        '@SpamChecker.checkEventForSpam() was applied as a standard decorator; set "experimentalDecorators": true in tsconfig.json',
      remedy,
    });
  });

  it("refuse a static method", () => {
    const decorate = SpamChecker.userMayInvite() as Applied;
    class Module {
      static check() {}
    }
    expect(misuse(() => decorate(Module, "check"))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message: "@SpamChecker.userMayInvite() is on the static method Module.check; expected an instance method",
      remedy,
    });
  });

  it("refuse the name of a method that does not exist", () => {
    const decorate = SpamChecker.userMayInvite() as Applied;
    class Module {}
    expect(misuse(() => decorate(Module.prototype, "check"))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message: "@SpamChecker.userMayInvite() names Module.check, which is not a method; expected an instance method",
      remedy,
    });
  });

  it("refuse the class itself", () => {
    const decorate = SpamChecker.userMayInvite() as Applied;
    class Module {}
    expect(misuse(() => decorate(Module))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message: "@SpamChecker.userMayInvite() is on the class Module; expected an instance method",
      remedy,
    });
  });

  it("refuse an accessor without calling it", () => {
    const decorate = SpamChecker.userMayInvite() as Applied;
    class Module {
      get check(): never {
        return expect.fail("the accessor was called");
      }
    }
    expect(misuse(() => decorate(Module.prototype, "check"))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message: "@SpamChecker.userMayInvite() names Module.check, which is not a method; expected an instance method",
      remedy,
    });
  });

  it("refuse a login type without a list of fields that are text", () => {
    const authChecker = PasswordAuth.authChecker as unknown as (...args: unknown[]) => unknown;
    const message = (found: string) =>
      `@PasswordAuth.authChecker() expects a login type and a list of field names, found ${found}`;
    for (const [args, found] of [
      [["m.login.password", "password"], '["m.login.password","password"]'],
      [["m.login.password", [1]], '["m.login.password",[1]]'],
      [[7, []], "[7,[]]"],
      [["m.login.password"], '["m.login.password",null]'],
    ] as const) {
      expect(misuse(() => authChecker(...args))).to.deep.equal({
        code: "LIGAND_ARGUMENT_INVALID",
        message: message(found),
        remedy: "Give a value of the kind that the message names.",
      });
    }
  });
});
