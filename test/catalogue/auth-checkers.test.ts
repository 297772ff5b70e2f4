import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { PasswordAuth } from "#src/catalogue/index.js";
import { passwordAuth } from "#src/catalogue/password-auth.js";
import { checkCategory } from "#src/hooks/check-category.js";
import { contributionTo } from "#src/hooks/contribution.js";
import { registrationsOf } from "#src/hooks/registration.js";
import type { JsonObject } from "#src/matrix/json.js";
import { startCategory } from "../dispatch/start-category.js";

const seen: unknown[] = [];

class Password {
  @PasswordAuth.authChecker("m.login.password", ["password"])
  check(username: string, loginType: string, loginDict: JsonObject) {
    seen.push([username, loginType, { ...loginDict }]);
    loginDict["password"] = "changed";
    return null;
  }
}

class Code {
  @PasswordAuth.authChecker("org.example.code", ["code"])
  check() {
    return null;
  }
}

describe("auth checkers", () => {
  it("auth checkers of other login types are neither called nor counted, and each sees the declared fields by itself", () => {
    seen.length = 0;
    const { hooks, chains } = startCategory(passwordAuth, { one: Password, code: Code, two: Password });
    const given = { password: "hunter2", session: "xyz" };
    expect(hooks.checkAuth("alice", "m.login.password", given)).to.equal(undefined);
    expect(hooks.checkAuth("alice", "org.example.other", given)).to.equal(undefined);
    expect(seen).to.deep.equal([
      ["alice", "m.login.password", { password: "hunter2" }],
      ["alice", "m.login.password", { password: "hunter2" }],
    ]);
    expect(given).to.deep.equal({ password: "hunter2", session: "xyz" });
    const { plan } = chains.find(({ name }) => name === "PasswordAuth.authChecker")!;
    expect(plan.meter.read().map(({ calls }, index) => [plan.callbacks[index]!.module.id, calls])).to.deep.equal([
      ["one", 1],
      ["code", 0],
      ["two", 1],
    ]);
  });

  it("auth checkers of a method that is overridden have the fields of the override, where it decorates for the same login type", () => {
    class WithRealm extends Password {
      @PasswordAuth.authChecker("m.login.password", ["password", "realm"])
      override check() {
        return null;
      }
    }
    expect(registrationsOf(WithRealm).map(({ options }) => options)).to.deep.equal([
      { type: "m.login.password", fields: ["password", "realm"] },
    ]);
    const contribution = contributionTo("PasswordAuth", { id: "one" }, WithRealm)!;
    expect(checkCategory(passwordAuth, [contribution])).to.deep.equal([]);
  });

  it("auth checkers list a login type once, with the callbacks that are there now", () => {
    const { hooks, setModules } = startCategory(passwordAuth, { code: Code, one: Password, two: Password });
    const { loginTypes } = hooks;
    expect(loginTypes).to.equal(hooks.loginTypes);
    expect(loginTypes.map(({ type, callbacks }) => [type, callbacks.map(({ module }) => module)])).to.deep.equal([
      ["m.login.password", ["one", "two"]],
      ["org.example.code", ["code"]],
    ]);
    setModules({ code: Code });
    expect(hooks.loginTypes.map(({ type }) => type)).to.deep.equal(["org.example.code"]);
  });
});

describe("hooks that are asked in a way of their own", () => {
  it("hooks that are asked in a way of their own are known by name to the catalogue and the homeserver, and to no other folder", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const naming = files.filter((file) =>
      /\b(authChecker|checkAuth|federatedUserMayInvite)\b/.test(readFileSync(`src/${file}`, "utf8")),
    );
    expect(new Set(naming.map((file) => file.split("/")[0]))).to.deep.equal(new Set(["catalogue", "homeserver"]));
  });
});
