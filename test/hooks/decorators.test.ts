import { expect } from "chai";
import { CATALOGUE, PasswordAuth, SpamChecker } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import { decoratorsOf } from "#src/hooks/decorators.js";
import { inject, optional, postConstruct, preDestroy } from "#src/modules/injection-decorators.js";
import { Module as ModuleDecorator } from "#src/modules/module.js";
import { Cached, Clock, Every } from "#src/index.js";
import { WebResource } from "#src/web/web-resource.js";
import { refusalOf } from "../refusal-of.js";

/** A decorator as plain JavaScript may apply it. */
type Applied = (...target: unknown[]) => void;

const remedy =
  'Put it on an instance method; in plain JavaScript, write `SpamChecker.userMayInvite()(TheClass.prototype, "method")`.';

describe("decorators of hooks", () => {
  it("decorators of hooks are one for each hook of a category", () => {
    for (const category of Object.values<Category>(CATALOGUE)) {
      const decorators = decoratorsOf(category);
      expect(Object.keys(decorators)).to.deep.equal(Object.keys(category.hooks));
      expect(Object.isFrozen(decorators)).to.equal(true);
    }
  });

  it("decorators of hooks refuse to be standard decorators", () => {
    const standard = SpamChecker.checkEventForSpam() as Applied;
    expect(refusalOf(() => standard(() => 1, { kind: "method", name: "check" }))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message:
        '@SpamChecker.checkEventForSpam() was applied as a standard decorator; set "experimentalDecorators": true in tsconfig.json',
      remedy: 'Set `"experimentalDecorators": true` in the `compilerOptions` of tsconfig.json.',
    });
  });

  it("decorators of hooks refuse to stand without parentheses, where they would do nothing", () => {
    class Module {
      check() {}
      static check() {}
    }
    const bare = (name: string, written: string) => ({
      code: "LIGAND_DECORATOR_MISUSED",
      message: `@${name} was applied without parentheses, so it does nothing`,
      remedy: `Write \`@${written}\`.`,
    });
    const applied = (decorator: unknown) => decorator as Applied;
    const check = Object.getOwnPropertyDescriptor(Module.prototype, "check");
    const spam = bare("SpamChecker.checkEventForSpam", "SpamChecker.checkEventForSpam()");
    expect([
      refusalOf(() => applied(SpamChecker.checkEventForSpam)(Module.prototype, "check", check)),
      refusalOf(() => applied(SpamChecker.checkEventForSpam)(Module, "check", check)),
      refusalOf(() =>
        applied(SpamChecker.checkEventForSpam)(Module.prototype.check, { kind: "method", name: "check" }),
      ),
      refusalOf(() => applied(PasswordAuth.authChecker)(Module.prototype, "check", check)),
      refusalOf(() => applied(Cached)(Module.prototype, "check", check)),
      refusalOf(() => applied(Every)(Module.prototype, "check", check)),
      refusalOf(() => applied(WebResource)(Module.prototype, "check", check)),
      refusalOf(() => applied(ModuleDecorator)(Module)),
      refusalOf(() => applied(postConstruct)(Module.prototype, "check", check)),
      refusalOf(() => applied(preDestroy)(Module.prototype, "check", check)),
      refusalOf(() => applied(inject)(Module, undefined, 0)),
      refusalOf(() => applied(optional)(Module.prototype, "check")),
    ]).to.deep.equal([
      spam,
      spam,
      spam,
      bare("PasswordAuth.authChecker", 'PasswordAuth.authChecker("m.login.password", ["password"])'),
      bare("Cached", "Cached()"),
      bare("Every", 'Every("30s")'),
      bare("WebResource", 'WebResource("/a/path")'),
      bare("Module", "Module()"),
      bare("postConstruct", "postConstruct()"),
      bare("preDestroy", "preDestroy()"),
      bare("inject", "inject(Service)"),
      bare("optional", "optional()"),
    ]);
  });

  it("decorators of hooks of injections and the life cycle refuse to be standard decorators, too", () => {
    const field = { kind: "field", name: "users" };
    expect(refusalOf(() => (inject(Clock) as Applied)(undefined, field))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message:
        '@inject(Service) was applied as a standard decorator; set "experimentalDecorators": true in tsconfig.json',
      remedy: 'Set `"experimentalDecorators": true` in the `compilerOptions` of tsconfig.json.',
    });
  });

  it("decorators of hooks refuse a static method", () => {
    const decorate = SpamChecker.userMayInvite() as Applied;
    class Module {
      static check() {}
    }
    expect(refusalOf(() => decorate(Module, "check"))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message: "@SpamChecker.userMayInvite() is on the static method Module.check; expected an instance method",
      remedy,
    });
  });

  it("decorators of hooks refuse the name of a method that doesn't exist", () => {
    const decorate = SpamChecker.userMayInvite() as Applied;
    class Module {}
    expect(refusalOf(() => decorate(Module.prototype, "check"))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message: "@SpamChecker.userMayInvite() names Module.check, which is not a method; expected an instance method",
      remedy,
    });
  });

  it("decorators of hooks refuse the class itself", () => {
    const decorate = SpamChecker.userMayInvite() as Applied;
    class Module {}
    expect(refusalOf(() => decorate(Module))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message: "@SpamChecker.userMayInvite() is on the class Module; expected an instance method",
      remedy,
    });
  });

  it("decorators of hooks refuse an accessor without calling it", () => {
    const decorate = SpamChecker.userMayInvite() as Applied;
    class Module {
      get check(): never {
        return expect.fail("the accessor was called");
      }
    }
    expect(refusalOf(() => decorate(Module.prototype, "check"))).to.deep.equal({
      code: "LIGAND_DECORATOR_MISUSED",
      message: "@SpamChecker.userMayInvite() names Module.check, which is not a method; expected an instance method",
      remedy,
    });
  });

  it("decorators of hooks refuse a login type without a list of fields that are text", () => {
    const authChecker = PasswordAuth.authChecker as unknown as (...args: unknown[]) => unknown;
    const message = (found: string) =>
      `@PasswordAuth.authChecker() needs a login type and a list of field names, but got ${found}`;
    for (const [args, found] of [
      [["m.login.password", "password"], '["m.login.password","password"]'],
      [["m.login.password", [1]], '["m.login.password",[1]]'],
      [[7, []], "[7,[]]"],
      [["m.login.password"], '["m.login.password",undefined]'],
    ] as const) {
      expect(refusalOf(() => authChecker(...args))).to.deep.equal({
        code: "LIGAND_ARGUMENT_INVALID",
        message: message(found),
        remedy: "Pass a value of the kind that the message names.",
      });
    }
  });
});
