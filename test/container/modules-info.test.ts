import { expect } from "chai";
import type { Operate } from "#src/config/operate/operate.js";
import { chainOf } from "#src/container/chain-of.js";
import { runningOf } from "#src/container/host.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import type { RemoteHook } from "#src/remote/wire/protocol.js";
import { hooksOf, modulesInfo } from "#src/container/modules-info.js";
import {
  Module,
  NOT_SPAM,
  PasswordAuth,
  SpamChecker,
  ThirdPartyRules,
  WebResource,
  type EventAllowed,
} from "#src/index.js";
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

@Module()
class InvitesAndEvents {
  @SpamChecker.userMayInvite()
  invite() {
    return NOT_SPAM;
  }

  @ThirdPartyRules.checkEventAllowed()
  allow(): EventAllowed {
    return [true, null];
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

  it("a callback introduces its hook's matcher, what that looks at, and which arguments it's compared with", async () => {
    const operate = await settingsOf({
      only: { server: "example.org" },
      hooks: { checkEventAllowed: { only: {}, except: { type: ["m.reaction", "m.room.*"] } } },
    });
    const module = { info: { id: "module", name: "Everything" }, class: Everything, operate };
    const said = hooksOf([module]).map(({ hook, facets, callbacks }) => [hook, facets, ...callbacks]);
    const name = (method: string) => ({ module: "module", name: `Everything.${method}`, types: null });
    expect(said).to.deep.equal([
      [
        "userMayInvite",
        { user: 0, room: 2 },
        { ...name("invite"), parameters: 1, state: null, only: { server: ["example.org"] } },
      ],
      [
        "checkEventAllowed",
        { room: 0, user: 0, type: 0 },
        { ...name("allow"), parameters: 1, state: [], only: {}, except: { type: ["m.reaction", "m.room.*"] } },
      ],
      [
        "authChecker",
        {},
        {
          ...name("check"),
          options: { type: "m.login.password", fields: ["password"] },
          parameters: 2,
          state: null,
          only: { server: ["example.org"] },
        },
      ],
    ]);
  });

  it("a module that runs introduces what the callbacks of its instance look at", async () => {
    @Module()
    class Replacing {
      constructor() {
        const looksAtMore = (_event: unknown, _state: unknown): EventAllowed => [true, null];
        this.allow = looksAtMore as typeof this.allow;
      }

      @ThirdPartyRules.checkEventAllowed()
      allow(_event: unknown): EventAllowed {
        return [true, null];
      }
    }
    const module = { info: { id: "module", name: "Replacing" }, class: Replacing };
    const parameters = (hooks: readonly RemoteHook[]) => hooks[0]!.callbacks.map((callback) => callback.parameters);
    expect(parameters(hooksOf([module]))).to.deep.equal([1]);
    expect(parameters(hooksOf([{ ...module, instance: new Replacing() }]))).to.deep.equal([2]);
  });

  it("what modules say that their callbacks look at is what the chains of their host have called", async () => {
    const written: readonly Operate[] = [
      { required: true },
      { hooks: { userMayInvite: { share: "10%", rest: "shadow" }, checkEventAllowed: { only: { room: "!a:*" } } } },
      { mode: "shadow" },
      { hooks: { userMayInvite: { mode: "disabled" } } },
    ];
    const modules = written.map((operate, index) => ({ module: InvitesAndEvents, id: `module-${index}`, operate }));
    const host = await startModules({ modules, logger: captureLogs({ all: true }).logger });
    const said = hooksOf(runningOf(host).modules).map(({ category, hook, callbacks }) => [
      `${category}.${hook}`,
      Math.max(...callbacks.map(({ parameters }) => parameters)),
      new Set(callbacks.map(({ module }) => module)),
    ]);
    const called = (["spamChecker.userMayInvite", "thirdPartyRules.checkEventAllowed"] as const).map((name) => {
      const { method } = chainOf(host, ...(name.split(".") as [string, string]))!;
      const parameters = Math.max(...method.interests.map((interest) => interest.parameters));
      return [name, parameters, new Set(method.called.map(({ module }) => module))];
    });
    expect(said).to.deep.equal(called);
    expect(called.map(([, parameters]) => parameters)).to.deep.equal([3, 1]);
    await host.stop();
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
