import { once } from "node:events";
import { mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import {
  AccountDataStore,
  Auth,
  Every,
  HttpClient,
  inject,
  Module,
  Profiles,
  PushRules,
  Scheduler,
  Server,
  SpamChecker,
  Users,
  WebResource,
  bindService,
  type HookContext,
  type RoomEvent,
  type UserId,
} from "#src/index.js";
import type { LigandError } from "#src/errors/ligand-error.js";
import { MatrixError, NotFoundError } from "#src/matrix/matrix-error.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";
import { Peer } from "#src/remote/wire/peer.js";
import { Fetch, Initialize, PROTOCOL_VERSION, type HomeserverInfo } from "#src/remote/wire/protocol.js";
import type { RemoteHost } from "#src/remote/homeserver-side/remote-host.js";
import { roomEvent } from "#src/testing/builders.js";
import { moduleOf } from "../module-of-functions.js";
import { frame, initialize, outcomeOf, serveModules, serverBinding, unixAddress } from "../served.js";

const event = roomEvent();

/** A service of a homeserver, of which a test needs a part. */
function partOf<T extends object>(token: abstract new () => T, part: object) {
  return bindService(token, Object.assign(Object.create(token.prototype as object) as T, part));
}

describe("a server of modules", () => {
  describe("services over the connection", () => {
    @Module()
    class Asks {
      constructor(
        @inject(Users) readonly users: Users,
        @inject(Server) readonly server: Server,
        @inject(Scheduler) private readonly scheduler: Scheduler,
      ) {}

      @SpamChecker.userMayPublishRoom()
      async check(userId: UserId) {
        if (userId === "@background:x") {
          let asked: unknown;
          await this.scheduler.runAsBackgroundProcess(
            "work",
            async () => (asked = await this.users.getUserInfoById("@a:x")),
          );
          return (asked as { name: string }).name === "x" ? NOT_SPAM : ("M_FORBIDDEN" as const);
        }
        await setImmediate();
        const info = await this.users.getUserInfoById(userId);
        return info === null ? ("M_NOT_FOUND" as const) : NOT_SPAM;
      }
    }

    const usersOf = (asked: string[], name: string) =>
      partOf(Users, {
        async getUserInfoById(...args: unknown[]) {
          asked.push(`${name} ${args.join()}`);
          await setImmediate();
          return args[0] === "@nobody:x" ? null : { name: "x" };
        },
      });

    it("services over the connection go to the process whose hook is being answered", async () => {
      const asked: string[] = [];
      await using served = await serveModules([{ module: Asks }]);
      const main = await served.connect([usersOf(asked, "main")]);
      const worker = await served.connect([usersOf(asked, "worker")], {
        services: [serverBinding({ workerName: "worker1", runBackgroundTasks: false })],
      });
      expect(served.server.connections).to.equal(2);
      const results = await Promise.all([
        worker.hooks.spamChecker.userMayPublishRoom("@b:x", "!r:x"),
        main.hooks.spamChecker.userMayPublishRoom("@nobody:x", "!r:x"),
      ]);
      expect(results.map((result) => (typeof result === "string" ? result : result.code))).to.deep.equal([
        "NOT_SPAM",
        "M_NOT_FOUND",
      ]);
      expect(asked.toSorted()).to.deep.equal(["main @nobody:x", "worker @b:x"]);
    });

    it("services over the connection go to the process that runs background tasks when no hook is being answered", async () => {
      const asked: string[] = [];
      let tick: () => void = () => undefined;
      @Module()
      class Looping {
        constructor(@inject(Users) private readonly users: Users) {}
        @Every(20)
        async look() {
          await this.users.getUserInfoById("@loop:x");
          tick();
        }
      }
      await using served = await serveModules([{ module: Looping }]);
      const ticked = () => new Promise<void>((resolve) => (tick = resolve));
      await served.connect([usersOf(asked, "worker")], {
        services: [serverBinding({ workerName: "worker1", runBackgroundTasks: false })],
      });
      await served.connect([usersOf(asked, "main")], { services: [serverBinding({ runBackgroundTasks: true })] });
      // What was under way while the second process connected may have gone to the first.
      await ticked();
      asked.length = 0;
      await ticked();
      expect(asked).to.deep.equal(["main @loop:x"]);
    });

    it("services over the connection throw what the homeserver's service throws", async () => {
      let caught: unknown;
      @Module()
      class Catches {
        constructor(@inject(Profiles) private readonly profiles: Profiles) {}
        @SpamChecker.checkEventForSpam()
        async check() {
          caught = await this.profiles.getProfileForUser("@a:x").catch((error: unknown) => error);
          return NOT_SPAM;
        }
      }
      await using served = await serveModules([{ module: Catches }]);
      const { hooks } = await served.connect([
        partOf(Profiles, { getProfileForUser: () => Promise.reject(new NotFoundError("nobody")) }),
      ]);
      expect(await hooks.spamChecker.checkEventForSpam(event)).to.equal(NOT_SPAM);
      expect(caught).to.be.instanceOf(MatrixError);
      expect((caught as MatrixError).body()).to.deep.equal({ errcode: "M_NOT_FOUND", error: "nobody" });
    });

    it("services over the connection have the methods of the service, and no others", async () => {
      let found: unknown;
      @Module()
      class Pries {
        constructor(@inject(Users) private readonly users: Users) {}
        @SpamChecker.checkEventForSpam()
        check() {
          const users = this.users as unknown as Record<string, unknown>;
          found = ["checkUserExists", "storeUserAdmin", "noSuch", "then"].map((name) => typeof users[name]);
          return NOT_SPAM;
        }
      }
      await using served = await serveModules([{ module: Pries }]);
      const { hooks } = await served.connect([usersOf([], "main")]);
      await hooks.spamChecker.checkEventForSpam(event);
      expect(found).to.deep.equal(["function", "undefined", "undefined", "undefined"]);
    });

    it("services over the connection that answer synchronously run where the modules run", async () => {
      let name = "";
      @Module()
      class Local {
        constructor(
          @inject(Server) private readonly server: Server,
          @inject(PushRules) private readonly pushRules: PushRules,
        ) {}
        @SpamChecker.checkEventForSpam()
        check() {
          name = this.server.getQualifiedUserId("a");
          this.pushRules.checkPushRuleActions(["notify"]);
          return NOT_SPAM;
        }
      }
      await using served = await serveModules([{ module: Local }]);
      const { hooks } = await served.connect([partOf(PushRules, {})]);
      expect(await hooks.spamChecker.checkEventForSpam(event)).to.equal(NOT_SPAM);
      expect(name).to.equal("@a:example.org");
    });

    it("services over the connection return account data that is immutable", async () => {
      let got: unknown;
      @Module()
      class Reads {
        constructor(@inject(AccountDataStore) private readonly accountData: AccountDataStore) {}
        @SpamChecker.checkEventForSpam()
        async check() {
          got = await this.accountData.getGlobal("@a:example.org", "type");
          return NOT_SPAM;
        }
      }
      await using served = await serveModules([{ module: Reads }]);
      const { hooks } = await served.connect([
        partOf(AccountDataStore, { getGlobal: () => Promise.resolve({ list: [{ deep: 1 }] }) }),
      ]);
      await hooks.spamChecker.checkEventForSpam(event);
      expect(got).to.deep.equal({ list: [{ deep: 1 }] });
      const { list } = got as { list: object[] };
      expect([got, list, list[0]].map(Object.isFrozen)).to.deep.equal([true, true, true]);
    });

    it("which modules have of their own aren't offered, and refused where they are", async () => {
      await using served = await serveModules([{ module: Asks }]);
      const http = partOf(HttpClient, {});
      const host = await served.connect([usersOf([], "main"), http]);
      expect(await host.hooks.spamChecker.userMayPublishRoom("@a:x", "!r:x")).to.equal(NOT_SPAM);
      await using fresh = await serveModules([{ module: moduleOf({}) }]);
      const socket = await fresh.raw();
      socket.write(
        frame(initialize({ services: ["Clock"] })) +
          frame({ jsonrpc: "2.0", id: 2, method: "ligand/start", params: {} }),
      );
      const failed = () => fresh.logs.find(({ level }) => level === "error");
      while (!failed()) await setImmediate();
      expect(failed()!.message).to.equal(
        "the modules didn't start: the homeserver offers the service Clock, which modules run in their own process",
      );
      socket.destroy();
    });
  });

  describe("web resources", () => {
    @Module()
    class Page {
      constructor(@inject(Auth) private readonly auth: Auth) {}

      @WebResource("/_synapse/client/page")
      async answer(request: Request) {
        const { userId } = await this.auth.getUserByReq(request);
        const body = await request.text();
        return new Response(`${userId} ${body}`, {
          status: 201,
          headers: [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
          ],
        });
      }

      @WebResource("/_synapse/client/empty")
      nothing() {
        return new Response(null, { status: 204 });
      }
    }

    it("web resources over the connection are served, and the homeserver recognises its own request", async () => {
      const seen: Request[] = [];
      const auth = partOf(Auth, { getUserByReq: async (request: Request) => (seen.push(request), { userId: "@a:x" }) });
      await using served = await serveModules([{ module: Page }]);
      await using host = await served.connect([auth]);
      const request = new Request("http://x/_synapse/client/page/below?q=1", { method: "POST", body: "ü" });
      const response = (await host.fetch(request, { requestId: "r" }))!;
      expect([response.status, await response.text(), response.headers.getSetCookie()]).to.deep.equal([
        201,
        "@a:x ü",
        ["a=1", "b=2"],
      ]);
      expect(seen).to.have.lengthOf(1);
      expect(seen[0]).to.equal(request);
      expect((await host.fetch(new Request("http://x/_synapse/client/empty")))!.status).to.equal(204);
      expect(await host.fetch(new Request("http://x/_synapse/client/pages"))).to.equal(undefined);
      await host.stop();
      expect((await host.fetch(new Request("http://x/_synapse/client/empty")))!.status).to.equal(503);
    });
  });

  it("a server of modules answers hooks without callbacks without a message over the connection", async () => {
    await using served = await serveModules([{ module: moduleOf({}) }]);
    await using host = await served.connect();
    await host.stop();
    expect(host.hooks.spamChecker.checkEventForSpam(event)).to.equal(NOT_SPAM);
    expect(host.hooks.spamChecker.federatedUserMayInvite(event)).to.equal(NOT_SPAM);
    expect(host.hooks.accountValidity.isUserExpired("@a:x")).to.equal(undefined);
    expect(host.hooks.backgroundUpdates.onUpdate("u", "d", false)).to.equal(undefined);
    expect(host.hooks.passwordAuth.checkAuth("a", "m.login.password", {})).to.equal(undefined);
  });

  it("a server of modules says who is asked, in order, and that it is another one after a restart", async () => {
    const address = unixAddress();
    const module = moduleOf({ spamChecker: { checkEventForSpam: () => NOT_SPAM } });
    const instances = new Set<string>();
    for (let start = 0; start < 2; start++) {
      await using served = await serveModules([{ module }, { module }], { address });
      for (const host of [await served.connect(), await served.connect()]) {
        instances.add(host.info.instance);
        expect(host.info.modules.map(({ id }) => id)).to.deep.equal(["Functions", "Functions-2"]);
        expect(host.hooks.spamChecker.checkEventForSpam.callbacks).to.deep.equal(
          host.info.hooks[0]!.callbacks.map(({ module, name }) => ({ module, name })),
        );
        expect(
          host.info.hooks.map(({ referenceName, callbacks }) => [referenceName, callbacks.map((c) => c.module)]),
        ).to.deep.equal([["check_event_for_spam", ["Functions", "Functions-2"]]]);
      }
    }
    expect(instances.size).to.equal(2);
  });

  it("a server of modules serves one homeserver alone", async () => {
    await using served = await serveModules([{ module: moduleOf({}) }]);
    await served.connect();
    const { error } = (await outcomeOf(() =>
      served.connect([], { services: [serverBinding({ serverName: "other.example" })] }),
    )) as { error: LigandError };
    expect([error.code, error.message, error.remedy]).to.deep.equal([
      "LIGAND_REMOTE_PROTOCOL",
      "the modules run for example.org, but this homeserver is other.example",
      "Run a separate `ligand serve` for each homeserver.",
    ]);
  });

  it("a server of modules tries again to start the modules that failed to start", async () => {
    let starts = 0;
    @Module()
    class Flaky {
      constructor() {
        if (++starts === 1) throw new Error("not yet");
      }
    }
    await using served = await serveModules([{ module: Flaky }]);
    const first = (await outcomeOf(() => served.connect())) as { error: LigandError };
    expect(first.error.code).to.equal("LIGAND_START_FAILED");
    expect(first.error.message).to.include("not yet");
    expect(served.server.health.status).to.equal("failed");
    await served.connect();
    const { status, modules } = served.server.health;
    expect([status, modules.map(({ id }) => id)]).to.deep.equal(["running", ["Flaky"]]);
  });

  it("a server of modules writes the connection and the request into the lines of the log", async () => {
    const failing = moduleOf({ accountData: { onAccountDataUpdated: () => Promise.reject(new Error("boom")) } });
    await using served = await serveModules([{ module: failing }]);
    await served.connect();
    const { hooks } = await served.connect();
    await hooks.accountData.onAccountDataUpdated("@a:x", null, "m.direct", {}, { requestId: "PUT-7" });
    const { level, module, hook, connection, requestId } = served.logs.find(({ hook }) => hook)!;
    expect({ level, module, hook, connection, requestId }).to.deep.equal({
      level: "error",
      module: "Functions",
      hook: "AccountData.onAccountDataUpdated",
      connection: 2,
      requestId: "PUT-7",
    });
    expect(
      served.logs.some((line) => line.level === "debug" && line.connection === 2 && line.requestId === "PUT-7"),
    ).to.equal(true);
  });

  it("a module server answers a client's TRACE, which no web resource can have, as any other method that it lacks", async () => {
    @Module()
    class Serves {
      @WebResource("/_synapse/client/here", { methods: ["GET"] })
      answer() {
        return new Response("here");
      }
    }
    await using served = await serveModules([{ module: Serves }]);
    const peer = new Peer(await served.raw());
    peer.listen();
    const { params } = initialize() as { params: HomeserverInfo };
    await peer.ask(Initialize, params, "the modules");
    const ask = async (method: string) => {
      const request = { id: null, method, url: "https://x/_synapse/client/here", headers: [], body: null };
      const { status, headers } = (await peer.ask(Fetch, { request }, "a web path"))!;
      return [status, headers.find(([name]) => name === "allow")?.[1]];
    };
    const refused = [405, "GET, HEAD, OPTIONS"];
    expect([await ask("DELETE"), await ask("TRACE")]).to.deep.equal([refused, refused]);
    peer.close();
  });

  describe("when it stops", () => {
    function gate() {
      let enter!: () => void;
      let open!: () => void;
      const entered = new Promise<void>((resolve) => (enter = resolve));
      const opened = new Promise<void>((resolve) => (open = resolve));
      return { entered, open, pass: () => (enter(), opened) };
    }

    it("a module server that stops lets calls that are running finish, and refuses new ones", async () => {
      const { entered, open, pass } = gate();
      const module = moduleOf({
        spamChecker: {
          async checkEventForSpam(_: RoomEvent, { requestId }: HookContext) {
            if (requestId === "slow") await pass();
            return NOT_SPAM;
          },
        },
      });
      await using served = await serveModules([{ module }]);
      const { hooks } = await served.connect();
      const slow = hooks.spamChecker.checkEventForSpam(event, { requestId: "slow" });
      await entered;
      const stopped = served.server.stop();
      expect(served.server.health.status).to.equal("stopping");
      const { error } = (await outcomeOf(() => hooks.spamChecker.checkEventForSpam(event))) as { error: LigandError };
      expect([error.code, error.message]).to.deep.equal([
        "LIGAND_HOST_STOPPED",
        "hook SpamChecker.checkEventForSpam: the modules are shutting down",
      ]);
      expect((await outcomeOf(() => served.connect())) as object).to.have.nested.property(
        "error.code",
        "LIGAND_REMOTE_LOST",
      );
      open();
      expect(await slow).to.equal(NOT_SPAM);
      await stopped;
      await served.server.stopped;
      expect(await outcomeOf(() => hooks.spamChecker.checkEventForSpam(event))).to.have.nested.property(
        "error.code",
        "LIGAND_REMOTE_LOST",
      );
    });

    it("a module server that stops doesn't wait forever for a callback that hangs", async () => {
      const { entered, pass } = gate();
      const module = moduleOf({ spamChecker: { checkEventForSpam: pass } });
      await using served = await serveModules([{ module }], { stopTimeoutMs: 50 });
      const { hooks } = await served.connect();
      const never = outcomeOf(() => hooks.spamChecker.checkEventForSpam(event));
      await entered;
      await served.server.stop();
      expect(await never).to.have.nested.property("error.code", "LIGAND_REMOTE_LOST");
      expect(served.logs.find(({ level }) => level === "warn")!.message).to.equal(
        "calls are still in flight after 50 ms; stopping without them",
      );
    });

    it("a module server that stops doesn't wait forever for a homeserver that no longer reads", async () => {
      const { entered, open, pass } = gate();
      const module = moduleOf({ spamChecker: { checkUsernameForSpam: async () => (await pass(), NOT_SPAM) } });
      await using served = await serveModules([{ module }], { limits: { closingMs: 1 } });
      const homeserver = await served.raw();
      homeserver.on("error", () => undefined);
      homeserver.write(frame(initialize()));
      await once(homeserver, "data");
      homeserver.pause();
      // Its answer, which quotes the method, is more than the system keeps for a socket.
      const method = "x".repeat(16 * 1024 * 1024);
      homeserver.write(frame({ jsonrpc: "2.0", id: 2, method, params: {} }));
      const params = { category: "spamChecker", hook: "checkUsernameForSpam", args: [{}, "@a:x"], context: {} };
      homeserver.write(frame({ jsonrpc: "2.0", id: 3, method: "ligand/hook", params }));
      await entered;
      open();
      await served.server.stop();
      homeserver.resume();
      await once(homeserver, "close");
      expect(homeserver.bytesRead).to.be.below(method.length);
    });
  });

  it("a server of modules logs once, with the stack, why modules don't start, and again when it is another reason", async () => {
    let reason = "no connection";
    @Module()
    class Failing {
      constructor() {
        throw new TypeError(reason);
      }
    }
    await using served = await serveModules([{ module: Failing }]);
    const attempt = async () => expect(await outcomeOf(() => served.connect())).to.have.property("error");
    await attempt();
    await attempt();
    reason = "no disk";
    await attempt();
    const failures = served.logs.filter(({ message }) => message.startsWith("the modules didn't start"));
    expect(failures.map(({ level }) => level)).to.deep.equal(["error", "debug", "error"]);
    expect(failures[0]!.message).to.match(
      /couldn't construct module Failing.+\n.+\n +caused by: no connection \(at .+module-server\.test\.ts:\d+:\d+\)$/,
    );
    expect(failures[0]!["stack"]).to.match(/^TypeError: no connection\n +at new Failing /);
  });

  it("a server of modules logs that a homeserver of another version was refused", async () => {
    await using served = await serveModules([]);
    const socket = await served.raw();
    socket.write(frame(initialize({ protocol: 99 })));
    await once(socket, "data");
    socket.destroy();
    expect(served.logs.filter(({ level }) => level === "error").map(({ message }) => message)).to.deep.equal([
      `a homeserver was refused: the homeserver speaks version 99 of the protocol, but the modules speak version ${PROTOCOL_VERSION}`,
    ]);
  });

  it("a server of modules logs each of two failures once while they take turns, and a refusal again after an introduction", async () => {
    @Module()
    class Failing {
      constructor() {
        throw new TypeError("no connection");
      }
    }
    await using served = await serveModules([{ module: Failing }]);
    const connect = async () => expect(await outcomeOf(() => served.connect())).to.have.property("error");
    const refuse = async () => {
      const socket = await served.raw();
      socket.write(frame(initialize({ protocol: 99 })));
      await once(socket, "data");
      socket.destroy();
    };
    await connect();
    await refuse();
    await refuse();
    await connect();
    await refuse();
    const failures = served.logs.filter(({ message }) => /^(the modules didn't|a homeserver was)/.test(message));
    expect(failures.map(({ level, message }) => `${level} ${message.split(":")[0]}`)).to.deep.equal([
      "error the modules didn't start",
      "error a homeserver was refused",
      "debug a homeserver was refused",
      "debug the modules didn't start",
      // Another homeserver was introduced in between: that this one is refused is news again.
      "error a homeserver was refused",
    ]);
  });

  describe("when the homeserver gives a request up that took long", () => {
    /** Gives a hook or a web request up after more than a second, by the clock that the test moves. */
    async function givenUp(ask: (hooks: RemoteHost, signal: AbortSignal) => unknown, entered: Promise<void>) {
      const now = mock.method(performance, "now", () => time);
      let time = 0;
      try {
        await using served = await serveModules([{ module: Hanging }]);
        const host = await served.connect();
        const controller = new AbortController();
        const asking = outcomeOf(() => ask(host, controller.signal));
        await entered;
        time = 10_000;
        controller.abort();
        while (!served.logs.some(({ level }) => level === "warn")) await setImmediate();
        await served[Symbol.asyncDispose]();
        await asking;
        return served.logs.filter(({ level }) => level === "warn").map(({ timestamp: _, ...line }) => line);
      } finally {
        now.mock.restore();
      }
    }

    let enter: () => void;
    let entered: Promise<void>;
    beforeEach(() => {
      entered = new Promise((resolve) => (enter = resolve));
    });

    @Module()
    class Hanging {
      @SpamChecker.checkEventForSpam()
      check(): Promise<typeof NOT_SPAM> {
        enter();
        return new Promise(() => undefined);
      }
      @WebResource("/_synapse/client/hanging")
      answer(): Promise<Response> {
        enter();
        return new Promise(() => undefined);
      }
    }

    it("the callback is named that the hook waits for", async () => {
      const lines = await givenUp(
        ({ hooks }, signal) => hooks.spamChecker.checkEventForSpam(event, { signal, requestId: "PUT-9" }),
        entered,
      );
      expect(lines).to.deep.equal([
        {
          level: "warn",
          message:
            "callback Hanging.check of module Hanging on SpamChecker.checkEventForSpam hasn't settled; its request has waited 10 s for callbacks and was abandoned",
          module: "Hanging",
          hook: "SpamChecker.checkEventForSpam",
          callback: "Hanging.check",
          connection: 1,
          requestId: "PUT-9",
        },
      ]);
    });

    it("the path of the web resource is named", async () => {
      const lines = await givenUp(
        (host, signal) => host.fetch(new Request("https://example.org/_synapse/client/hanging", { signal })),
        entered,
      );
      expect(lines.map(({ message, connection }) => [message, connection])).to.deep.equal([
        ["web path /_synapse/client/hanging hasn't been answered after 10 s; the request was abandoned", 1],
      ]);
    });
  });
});
