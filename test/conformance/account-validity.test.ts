import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { startCategory, type ModuleOfFunctions } from "../dispatch/start-category.js";

const alice = "@alice:example.org";
const error = new Error("boom");
const throwing = () => {
  throw error;
};
const start = (modules: Readonly<Record<string, ModuleOfFunctions>>) =>
  startCategory(CATALOGUE.accountValidity, modules);

describe("conformance: account validity", () => {
  it("case 183: isUserExpired leaves it to the next module after null", () => {
    const { hooks } = start({ a: { isUserExpired: () => null }, b: { isUserExpired: () => true } });
    expect(hooks.isUserExpired(alice)).to.equal(true);
  });

  it("case 184: isUserExpired accepts false as an answer", () => {
    const { hooks, asked } = start({ a: { isUserExpired: () => false }, b: { isUserExpired: () => true } });
    expect(hooks.isUserExpired(alice)).to.equal(false);
    expect(asked).to.deep.equal(["a"]);
  });

  it("case 186: a module's false keeps the homeserver from its own check, which it makes after undefined", () => {
    expect(start({ a: { isUserExpired: () => false } }).hooks.isUserExpired(alice)).to.equal(false);
    expect(start({ a: { isUserExpired: () => null } }).hooks.isUserExpired(alice)).to.equal(undefined);
    expect(start({}).hooks.isUserExpired(alice)).to.equal(undefined);
  });

  it("case 187: isUserExpired throws a callback's error, and asks no other module", () => {
    const { hooks, asked } = start({ a: { isUserExpired: throwing }, b: { isUserExpired: () => true } });
    expect(() => hooks.isUserExpired(alice))
      .to.throw()
      .that.equals(error);
    expect(asked).to.deep.equal(["a"]);
  });

  it("case 188: onUserRegistration throws a callback's error, and notifies no other module", () => {
    const { hooks, asked } = start({ a: { onUserRegistration: throwing }, b: { onUserRegistration: () => undefined } });
    expect(() => hooks.onUserRegistration(alice))
      .to.throw()
      .that.equals(error);
    expect(asked).to.deep.equal(["a"]);
  });

  it("case 189: onUserLogin notifies all modules in order, with user, login type and identity provider", () => {
    const told: unknown[] = [];
    const note = (...args: unknown[]) => void told.push(args.slice(0, 3));
    const { hooks, asked } = start({ a: { onUserLogin: note }, b: { onUserLogin: note } });
    expect(hooks.onUserLogin(alice, "m.login.sso", "oidc")).to.equal(undefined);
    expect(asked).to.deep.equal(["a", "b"]);
    expect(told).to.deep.equal([
      [alice, "m.login.sso", "oidc"],
      [alice, "m.login.sso", "oidc"],
    ]);
  });
});
