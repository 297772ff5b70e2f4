import { expect } from "chai";
import type { Operate } from "#src/config/operate/operate.js";
import { modulesInfo } from "#src/container/modules-info.js";
import { Module, NOT_SPAM, PasswordAuth, SpamChecker, ThirdPartyRules, WebResource } from "#src/index.js";
import { settingsOf } from "../operate/operate-settings-of.js";

@Module()
class Everything {
  @SpamChecker.userMayInvite()
  invite() {
    return NOT_SPAM;
  }

  @ThirdPartyRules.checkEventAllowed()
  allow() {
    return [true, null] as const;
  }

  @PasswordAuth.authChecker("m.login.password", ["password"])
  check() {
    return null;
  }

  @WebResource("/_synapse/client/everything")
  page() {
    return new Response("everything");
  }
}

/** What a homeserver in another process receives about the module. */
async function introduced(operate: Operate) {
  const settings = await settingsOf(operate);
  const module = { info: { id: "module", name: "Everything" }, class: Everything, operate: settings };
  const { hooks, loginTypes, webPaths } = modulesInfo([module], "1.0.0", "instance");
  return { hooks: hooks.map(({ hook }) => hook), logins: loginTypes.length, paths: webPaths.length };
}

describe("how modules introduce themselves", () => {
  it("a module that is enforced introduces its hooks, login types and web paths", async () => {
    expect(await introduced({ required: true })).to.deep.equal({
      hooks: ["userMayInvite", "checkEventAllowed", "authChecker"],
      logins: 1,
      paths: 1,
    });
  });

  it("a module in shadow introduces the hooks whose registration changes nothing, and no login type or path", async () => {
    const expected = { hooks: ["userMayInvite", "checkEventAllowed"], logins: 0, paths: 0 };
    expect(await introduced({ mode: "shadow" })).to.deep.equal(expected);
    const named = await introduced({ mode: "shadow", hooks: { authChecker: { mode: "shadow" } } });
    expect(named).to.deep.equal(expected);
  });

  it("a hook that is disabled isn't introduced", async () => {
    expect(
      await introduced({ hooks: { userMayInvite: { mode: "disabled" }, authChecker: { mode: "disabled" } } }),
    ).to.deep.equal({
      hooks: ["checkEventAllowed"],
      logins: 0,
      paths: 1,
    });
  });
});
