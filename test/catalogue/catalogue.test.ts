import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import { failInternally, failModule, forbid, propagate, skip } from "#src/hooks/failure-policy.js";
import type { Parameter } from "#src/hooks/parameter.js";
import { EXPECTED, type FAILURES } from "./expected-hooks.js";

const SINCE = {
  SpamChecker: "1.37.0",
  ThirdPartyRules: "1.39.0",
  PresenceRouter: "1.42.0",
  AccountValidity: "1.39.0",
  PasswordAuth: "1.46.0",
  BackgroundUpdates: "1.49.0",
  AccountData: "1.57.0",
  UnsignedFields: "1.96.0",
  MediaRepository: "1.132.0",
  Ratelimit: "1.132.0",
  Federation: "1.158.0",
};

const FAILURE_NAMES: Record<keyof typeof FAILURES, string> = {
  propagate: propagate.name,
  skipWarn: skip("warn").name,
  skipError: skip("error").name,
  catchWarn: skip("warn", { catchCancellation: true }).name,
  catchError: skip("error", { catchCancellation: true }).name,
  failModule: failModule.name,
  forbid: forbid.name,
  failInternally: failInternally.name,
};

const categories = Object.values<Category>(CATALOGUE);
const hooks = categories.flatMap((category) =>
  Object.entries(category.hooks).map(([name, hook]) => ({ category: category.name, name, hook })),
);
const namesOf = (parameters: readonly Parameter[], having: keyof Parameter) =>
  parameters.filter((parameter) => parameter[having] !== undefined).map(({ name }) => name);

describe("the catalogue", () => {
  it("has eleven categories, each under the name of its decorators in camelCase", () => {
    expect(Object.fromEntries(categories.map(({ name, since }) => [name, since]))).to.deep.equal(SINCE);
    const properties = Object.keys(SINCE).map((name) => name[0]!.toLowerCase() + name.slice(1));
    expect(Object.keys(CATALOGUE)).to.deep.equal(properties);
    expect(categories.map(({ property }) => property)).to.deep.equal(properties);
  });

  it("has the fifty hooks of the specification in its order, and one of a later version", () => {
    expect(hooks).to.have.lengthOf(51);
    expect(hooks.filter(({ category }) => category !== "Federation")).to.have.lengthOf(50);
    const names = (by: Readonly<Record<string, object>>) =>
      Object.entries(by).flatMap(([category, of]) => Object.keys(of).map((name) => `${category}.${name}`));
    expect(hooks.map(({ category, name }) => `${category}.${name}`)).to.deep.equal(names(EXPECTED));
  });

  for (const { category, name, hook } of hooks) {
    it(`case 420: ${category}.${name} is what the specification says`, () => {
      const expected = EXPECTED[category]![name]!;
      const parameters = hook.parameters as readonly Parameter[];
      expect({
        since: hook.since,
        status: hook.status,
        shield: hook.shield,
        strategy: hook.strategy.name,
        failure: hook.failure.name,
        level: hook.failure.level(new Error("boom")),
        parameters: parameters.map((parameter) => parameter.name),
        copied: namesOf(parameters, "copy"),
        lazy: parameters.filter(({ kind }) => kind === "state").map(({ name }) => name),
        secret: namesOf(parameters, "secret"),
      }).to.deep.equal({
        since: expected.since,
        status: expected.status ?? "stable",
        shield: expected.shield,
        strategy: expected.strategy,
        failure: FAILURE_NAMES[expected.failure],
        level: /^(?:skip|catch)Warn$/.test(expected.failure) ? "warn" : "error",
        parameters: expected.parameters,
        copied: expected.copied ?? [],
        lazy: expected.lazy ?? [],
        secret: expected.secret ?? [],
      });
      expect(expected.args).to.have.lengthOf(expected.parameters.length);
    });
  }

  it("has a sentence for every category, hook and parameter", () => {
    for (const { summary } of categories) expect(summary).to.match(/^[A-Z].*\.$/);
    for (const { hook } of hooks) {
      expect(hook.summary).to.match(/^[A-Z].*\.$/);
      expect(hook.answers).to.match(/^\S.*[^.]$/);
      for (const { summary } of hook.parameters as readonly Parameter[]) expect(summary).to.match(/^\S.*[^.]$/);
    }
  });

  it("names the reference's hook only where it does not follow from ours", () => {
    const named = hooks.filter(({ hook }) => hook.referenceName !== undefined);
    expect(Object.fromEntries(named.map(({ name, hook }) => [name, hook.referenceName]))).to.deep.equal({
      authChecker: "auth_checkers",
      addFieldToUnsigned: "add_field_to_unsigned_callback",
    });
  });

  it("binds two presence hooks to each other, and the batch sizes to the controller", () => {
    const requiring = hooks.filter(({ hook }) => hook.requires !== undefined);
    expect(Object.fromEntries(requiring.map(({ name, hook }) => [name, hook.requires]))).to.deep.equal({
      getUsersForStates: ["getInterestedUsers"],
      getInterestedUsers: ["getUsersForStates"],
      defaultBatchSize: ["onUpdate"],
      minBatchSize: ["onUpdate"],
    });
  });

  it("case 506: gives the legacy hooks one owner, and the background updates one module", () => {
    expect(hooks.filter(({ hook }) => hook.singleOwner).map(({ name }) => name)).to.deep.equal([
      "onLegacySendMail",
      "onLegacyRenew",
      "onLegacyAdminRequest",
    ]);
    expect(categories.filter(({ firstModuleOnly }) => firstModuleOnly).map(({ name }) => name)).to.deep.equal([
      "BackgroundUpdates",
    ]);
  });
});
