import { expect } from "chai";
import { CATALOGUE, PasswordAuth } from "#src/catalogue/index.js";
import { CancelledError } from "#src/errors/cancelled-error.js";
import type { HookContext } from "#src/hooks/context.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { checkCategory } from "#src/hooks/check-category.js";
import { contributionTo } from "#src/hooks/contribution.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { cancelledRequest } from "../dispatch/cancelled-request.js";
import { startCategory, type Callback, type ModuleOfFunctions } from "../dispatch/start-category.js";

const alice = "@alice:example.org";
const bob = "@bob:example.org";
const throwing = (error: unknown) => () => {
  throw error;
};
const start = (modules: Readonly<Record<string, ModuleOfFunctions>>) => startCategory(CATALOGUE.passwordAuth, modules);
const warningsIn = (lines: object[]) => lines.filter((line) => (line as { level: string }).level === "warn").length;

/** What the auth checkers and `check3pidAuth` make of these callbacks; both follow the same rules. */
function success(first: Callback, second: Callback = () => [bob, null]) {
  const outcomes = ["authChecker", "check3pidAuth"].map((hook) => {
    const { hooks, asked, lines } = start({ a: { [hook]: first }, b: { [hook]: second } });
    const result =
      hook === "authChecker"
        ? hooks.checkAuth("alice", "m.login.password", { password: "hunter2" })
        : hooks.check3pidAuth("email", "alice@example.org", "hunter2");
    return { result: called(result), asked: [...asked], warnings: warningsIn(lines()) };
  });
  expect(outcomes[0]).to.deep.equal(outcomes[1]);
  return outcomes[0];
}

/** Calls the function of a result, as a homeserver does after the login. */
function called(result: unknown) {
  if (!Array.isArray(result) || typeof result[1] !== "function") return result;
  const [user, onLogin] = result as [string, (login: unknown) => unknown];
  void onLogin({});
  return [user, "was called"];
}

/** What both hooks that name new users make of these callbacks. */
function named(...callbacks: Callback[]) {
  return namedIn(undefined, ...callbacks);
}

function namedIn(context: HookContext | undefined, ...callbacks: Callback[]) {
  const outcomes = (["getUsernameForRegistration", "getDisplaynameForRegistration"] as const).map((hook) => {
    const modules = Object.fromEntries(callbacks.map((callback, index) => ["abc"[index]!, { [hook]: callback }]));
    const { hooks, asked, lines } = start(modules);
    const result = hooks[hook]({}, { username: "rin" }, context);
    return { result, asked: [...asked], warnings: warningsIn(lines()) };
  });
  expect(outcomes[0]).to.deep.equal(outcomes[1]);
  return outcomes[0];
}

function allowed(...callbacks: Callback[]) {
  const modules = Object.fromEntries(callbacks.map((callback, index) => ["abc"[index]!, { is3pidAllowed: callback }]));
  const { hooks, asked, lines } = start(modules);
  const result = hooks.is3pidAllowed("email", "alice@example.org", true);
  return { result, asked: [...asked], warnings: warningsIn(lines()) };
}

const firstStands = (result: unknown) => ({ result, asked: ["a"], warnings: 0 });
const secondDecides = { result: [bob, null], asked: ["a", "b"], warnings: 1 };

describe("conformance: password auth", () => {
  it("case 206: the first pair of user and null is the result", () => {
    expect(success(() => [alice, null])).to.deep.equal(firstStands([alice, null]));
  });

  it("case 207: the first pair of user and function is the result", () => {
    const logins: string[] = [];
    const onLogin = () => void logins.push(alice);
    expect(success(() => [alice, onLogin])).to.deep.equal(firstStands([alice, "was called"]));
    // Once for each of the two hooks.
    expect(logins).to.deep.equal([alice, alice]);
  });

  it("case 208: a bare string is ignored with a warning", () => {
    expect(success(() => alice)).to.deep.equal(secondDecides);
  });

  it("case 209: a list of one or three items is ignored with a warning", () => {
    expect(success(() => [alice])).to.deep.equal(secondDecides);
    expect(success(() => [alice, null, null])).to.deep.equal(secondDecides);
  });

  it("case 211: a pair whose second item isn't a function is ignored with a warning", () => {
    expect(success(() => [alice, 3])).to.deep.equal(secondDecides);
  });

  it("case 212: false is ignored with a warning", () => {
    expect(success(() => false)).to.deep.equal(secondDecides);
  });

  it("an answer that isn't a user id is ignored with a warning", () => {
    for (const answer of ["alice", "alice:example.org", "@alice", "@alice:", 7]) {
      expect(success(() => [answer, null])).to.deep.equal(secondDecides);
    }
  });

  it("case 213: an empty user id is accepted as it is", () => {
    expect(success(() => ["", null])).to.deep.equal(firstStands(["", null]));
  });

  it("case 214: an error, also a MatrixError, is logged and the next checker decides", () => {
    expect(success(throwing(new Error("boom")))).to.deep.equal(secondDecides);
    expect(success(throwing(new MatrixError(403, "no")))).to.deep.equal(secondDecides);
  });

  it("case 216: the login fails when all checkers answer null", () => {
    const nothing = () => null;
    expect(success(nothing, nothing)).to.deep.equal({ result: undefined, asked: ["a", "b"], warnings: 0 });
  });

  it("case 217: the first name that is a string is the result", () => {
    const outcome = named(
      () => null,
      () => "bob",
      () => "carol",
    );
    expect(outcome).to.deep.equal({ result: "bob", asked: ["a", "b"], warnings: 0 });
  });

  it("case 218: a number or a boolean as a name is ignored with a warning", () => {
    for (const answer of [3, true]) {
      const outcome = named(
        () => answer,
        () => "bob",
      );
      expect(outcome).to.deep.equal({ result: "bob", asked: ["a", "b"], warnings: 1 });
    }
  });

  it("case 219: an empty string is a name", () => {
    const outcome = named(
      () => "",
      () => "bob",
    );
    expect(outcome).to.deep.equal(firstStands(""));
  });

  it("case 221: the hooks that name users rethrow a cancellation", () => {
    const error = new CancelledError();
    const { context, callback } = cancelledRequest(error);
    expect(() => namedIn(context, callback))
      .to.throw()
      .that.equals(error);
  });

  it("case 222: is3pidAllowed refuses at the first false", () => {
    const outcome = allowed(
      () => true,
      () => false,
      () => true,
    );
    expect(outcome).to.deep.equal({ result: false, asked: ["a", "b"], warnings: 0 });
  });

  it("case 223: is3pidAllowed treats anything but a boolean as permission, with a warning", () => {
    for (const answer of [null, "no", 0]) {
      const outcome = allowed(
        () => answer,
        () => true,
      );
      expect(outcome).to.deep.equal({ result: true, asked: ["a", "b"], warnings: 1 });
    }
  });

  it("case 224: an error of is3pidAllowed becomes 500 M_UNKNOWN", () => {
    expect(() => allowed(throwing(new Error("boom"))))
      .to.throw(MatrixError)
      .that.includes({ status: 500, errcode: "M_UNKNOWN" });
  });

  describe("registration", () => {
    class Foo {
      @PasswordAuth.authChecker("foo", ["foo", "x"])
      check() {
        return null;
      }
    }
    class SameFoo {
      @PasswordAuth.authChecker("foo", ["foo", "x"])
      check(): [typeof alice, null] {
        return [alice, null];
      }
    }
    class OtherFoo {
      @PasswordAuth.authChecker("foo", ["foo", "y"])
      check() {
        return null;
      }
    }
    class Swapped {
      @PasswordAuth.authChecker("foo", ["x", "foo"])
      check() {
        return null;
      }
    }
    const problemsOf = (...classes: (new () => object)[]) =>
      checkCategory(
        CATALOGUE.passwordAuth,
        classes.map((moduleClass) => contributionTo("PasswordAuth", { id: moduleClass.name }, moduleClass)!),
      );
    const conflict = (other: string, fields: string) => ({
      code: "LIGAND_LOGIN_TYPE_CONFLICT",
      message: `the login type foo is offered by Foo.check of module Foo with the fields ["foo","x"], and by ${other}.check of module ${other} with the fields ${fields}`,
      remedy: "Make the fields the same, or remove one of the modules.",
    });

    it("case 226: checkers of one login type with the same fields are all listed, in order", () => {
      expect(problemsOf(Foo, SameFoo)).to.deep.equal([]);
      const { hooks } = startCategory(CATALOGUE.passwordAuth, { one: Foo, two: SameFoo });
      expect(hooks.loginTypes).to.deep.equal([
        {
          type: "foo",
          fields: ["foo", "x"],
          callbacks: [
            { module: "one", name: "Foo.check" },
            { module: "two", name: "SameFoo.check" },
          ],
        },
      ]);
      expect(hooks.checkAuth("alice", "foo", { foo: "1", x: "2" })).to.deep.equal([alice, null]);
    });

    it("case 227: one login type with different fields is refused (differs: Synapse documents the refusal, but the second field list replaces the first)", () => {
      expect(problemsOf(Foo, OtherFoo, Swapped)).to.deep.equal([
        conflict("OtherFoo", '["foo","y"]'),
        conflict("Swapped", '["x","foo"]'),
      ]);
    });

    it("case 228: the refusal names the login type and both field lists", () => {
      expect(problemsOf(Foo, OtherFoo)).to.deep.equal([conflict("OtherFoo", '["foo","y"]')]);
    });

    it("case 229: a field name that isn't a string is refused", () => {
      const authChecker = PasswordAuth.authChecker as (type: string, fields: readonly unknown[]) => unknown;
      expect(() => authChecker("foo", ["x", 7]))
        .to.throw(LigandError)
        .that.includes({
          code: "LIGAND_ARGUMENT_INVALID",
          message: '@PasswordAuth.authChecker() needs a login type and a list of field names, but got ["foo",["x",7]]',
        });
    });
  });
});
