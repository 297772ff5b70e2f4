import { expect } from "chai";
import { Writable } from "node:stream";
import {
  Codes,
  createLogger,
  deny,
  Denial,
  MatrixError,
  Module,
  NOT_SPAM,
  PasswordAuth,
  PresenceRouter,
  RoomEvent,
  SpamChecker,
  StateMap,
  startModules,
  ThirdPartyRules,
  type EventAllowed,
  type JsonObject,
  type Observation,
  type UserId,
  type UserPresenceState,
  type Host,
} from "#src/index.js";

const event = new RoomEvent({ room_id: "!r:hs", type: "m.room.message", sender: "@a:hs", content: { body: "hi" } });
const silent = createLogger({ stream: new Writable({ write: (_chunk, _encoding, done) => done() }) });

@Module()
class Passes {
  @SpamChecker.checkEventForSpam()
  check() {
    return NOT_SPAM;
  }
}

@Module()
class Denies {
  @SpamChecker.checkEventForSpam()
  async check() {
    return deny(Codes.FORBIDDEN, { error: "no" });
  }
}

@Module()
class Throws {
  @SpamChecker.checkEventForSpam()
  check(): "NOT_SPAM" {
    throw new MatrixError(400, "broken");
  }

  @ThirdPartyRules.onNewEvent()
  hear(): void {
    throw new MatrixError(400, "broken");
  }
}

const hosts: Host[] = [];

async function observe(modules: Parameters<typeof startModules>[0]["modules"] & object) {
  const seen: Observation[] = [];
  const host = await startModules({ modules, logger: silent, observer: (observation) => seen.push(observation) });
  hosts.push(host);
  return { host, seen };
}

describe("the observer of a host", () => {
  afterEach(() => Promise.all(hosts.splice(0).map((host) => host.stop())));

  it("the observer of a host is not called for a callback whose decorator asks for other types of events", async () => {
    @Module()
    class Members {
      @SpamChecker.checkEventForSpam({ types: ["m.room.member"] })
      check() {
        return NOT_SPAM;
      }
    }
    const { host, seen } = await observe([{ module: Members }, { module: Passes }]);
    expect(await host.hooks.spamChecker.checkEventForSpam(event)).to.equal(NOT_SPAM);
    expect(seen.map(({ module }) => module)).to.deep.equal(["Passes"]);
  });

  it("the observer of a host is notified of each callback, in order, and of which one decided", async () => {
    const { host, seen } = await observe([{ module: Passes }, { module: Denies }, { module: Passes, id: "unasked" }]);
    const context = { requestId: "r1" };
    const verdict = await host.hooks.spamChecker.checkEventForSpam(event, context);
    expect(seen).to.deep.equal([
      {
        hook: "SpamChecker.checkEventForSpam",
        module: "Passes",
        callback: "Passes.check",
        context,
        decided: false,
        answer: NOT_SPAM,
      },
      {
        hook: "SpamChecker.checkEventForSpam",
        module: "Denies",
        callback: "Denies.check",
        context,
        decided: true,
        answer: new Denial(Codes.FORBIDDEN, "no", {}),
      },
    ]);
    expect(seen[1]?.answer).to.equal(verdict);
    expect(seen.every(Object.isFrozen)).to.equal(true);
  });

  it("an observer receives the result of the hook rather than the form of the answer", async () => {
    @Module()
    class AnswersCode {
      @SpamChecker.checkEventForSpam()
      check() {
        return Codes.FORBIDDEN;
      }
    }
    const { host, seen } = await observe([{ module: AnswersCode }]);
    await host.hooks.spamChecker.checkEventForSpam(event);
    expect(seen.map(({ answer }) => answer)).to.deep.equal([new Denial(Codes.FORBIDDEN, undefined, {})]);
  });

  it("the observer of a host sees an error that reaches the operation as a decision", async () => {
    const { host, seen } = await observe([{ module: Throws }, { module: Denies }]);
    expect(() => host.hooks.spamChecker.checkEventForSpam(event)).to.throw(MatrixError, "broken");
    expect(seen).to.have.length(1);
    expect(seen[0]).to.include({ callback: "Throws.check", decided: true });
    expect(seen[0]).to.not.have.property("answer");
    expect(seen[0]?.error).to.be.instanceOf(MatrixError);
  });

  it("the observer of a host is given an error without the secrets of the hook's arguments, and the error itself where it shows none", async () => {
    class LoginError extends Error {
      readonly sent = "hunter2";
    }
    const harmless = new LoginError("the directory is away");
    let thrown: Error | undefined;
    @Module()
    class Leaks {
      @PasswordAuth.authChecker("m.login.password", ["password"])
      check(user: string, _type: string, fields: JsonObject): null {
        if (user === "ann") throw harmless;
        thrown = new LoginError(`wrong ${JSON.stringify(fields)}`, {
          cause: new Error(`no ${String(fields["password"])}`),
        });
        throw thrown;
      }
    }
    Object.defineProperty(harmless, "sent", { value: "nothing" });
    const { host, seen } = await observe([{ module: Leaks }]);
    const log = async (user: string, password: string) =>
      Promise.resolve(host.hooks.passwordAuth.checkAuth(user, "m.login.password", { password })).catch(() => undefined);
    await log("bob", "hunter2");
    await log("ann", "hunter2");
    await host.stop();
    const [first, second] = seen.map(({ error }) => error as LoginError & { cause: Error });
    expect(first).to.be.instanceOf(LoginError);
    expect([first!.message, first!.sent, first!.cause.message]).to.deep.equal([
      'wrong {"password":"[redacted]"}',
      "[redacted]",
      "no [redacted]",
    ]);
    expect(first!.stack).to.match(/^Error: wrong \{"password":"\[redacted\]"\}\n/);
    expect(second).to.equal(harmless);
    expect(thrown!.message, "the module's own error is left as it is").to.contain("hunter2");
  });

  it("the observer of a host doesn't see an ignored error as a decision", async () => {
    const { host, seen } = await observe([{ module: Throws }]);
    await host.hooks.thirdPartyRules.onNewEvent(event, new StateMap());
    expect(seen.map(({ callback, decided }) => [callback, decided])).to.deep.equal([["Throws.hear", false]]);
  });

  it("the observer of a host is notified of every contribution if a hook merges answers", async () => {
    @Module()
    class Routes {
      @PresenceRouter.getUsersForStates()
      route(_states: Iterable<UserPresenceState>) {
        return new Map<UserId, Set<UserPresenceState>>();
      }
      @PresenceRouter.getInterestedUsers()
      interested(userId: UserId) {
        return new Set<UserId>([userId]);
      }
    }
    const { host, seen } = await observe([{ module: Routes }, { module: Routes }]);
    await host.hooks.presenceRouter.getInterestedUsers("@a:hs");
    expect(seen.map(({ module, decided, answer }) => [module, decided, answer])).to.deep.equal([
      ["Routes", false, new Set(["@a:hs"])],
      ["Routes-2", false, new Set(["@a:hs"])],
    ]);
  });

  it("the observer of a host is notified of a replacement", async () => {
    @Module()
    class Replaces {
      @ThirdPartyRules.checkEventAllowed()
      replace(original: RoomEvent): EventAllowed {
        return [true, { ...original.getDict(), content: { body: "**" } }];
      }
    }
    const { host, seen } = await observe([{ module: Replaces }]);
    const result = await host.hooks.thirdPartyRules.checkEventAllowed(event, new StateMap());
    expect(seen.map(({ decided, answer }) => [decided, answer])).to.deep.equal([[true, result]]);
  });

  it("the observer of a host does not disturb the hook when it throws, and that is logged", async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    await using host = await startModules({
      modules: [{ module: Passes }, { module: Denies }],
      logger: createLogger({ stream }),
      observer: () => {
        throw new MatrixError(500, "disk full");
      },
    });
    const verdict = await host.hooks.spamChecker.checkEventForSpam(event, { requestId: "r9" });
    expect(verdict).to.deep.equal(new Denial(Codes.FORBIDDEN, "no", {}));
    expect(
      lines.flatMap((line) => /error \[.*\] the observer.*: .*/.exec(line.split("\n")[0]!)?.[0] ?? []),
    ).to.deep.equal([
      "error [Passes] the observer failed on callback Passes.check of module Passes on SpamChecker.checkEventForSpam: MatrixError: disk full hook=SpamChecker.checkEventForSpam callback=Passes.check requestId=r9",
      "error [Denies] the observer failed on callback Denies.check of module Denies on SpamChecker.checkEventForSpam: MatrixError: disk full hook=SpamChecker.checkEventForSpam callback=Denies.check requestId=r9",
    ]);
  });
});
