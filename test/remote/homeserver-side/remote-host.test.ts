import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { CancelledError, isCancellation } from "#src/errors/cancelled-error.js";
import { LIMITS } from "#src/remote/wire/limits.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import type { BackgroundUpdateSlot, HookContext, LoginResponse, ReadableFile, Requester } from "#src/index.js";
import { ParsedUserId } from "#src/matrix/identifiers.js";
import { LimitExceededError, MatrixError } from "#src/matrix/matrix-error.js";
import type { UserPresenceState } from "#src/matrix/records.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { modulesInfo } from "#src/container/modules-info.js";
import { remoteHost } from "#src/on-demand.js";
import { listen } from "#src/remote/wire/listen.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { Peer } from "#src/remote/wire/peer.js";
import { CallHook, Initialize, Start, type HookAnswer } from "#src/remote/wire/protocol.js";
import { readModules } from "#src/survey-modules.js";
import { moduleOf, type Callbacks } from "../module-of-functions.js";
import { outcomeOf, serveModules, serverBinding, unixAddress } from "../served.js";
import { until } from "../../until.js";

const event = new RoomEvent(
  {
    event_id: "$event",
    room_id: "!room:example.org",
    type: "m.room.message",
    sender: "@alice:example.org",
    content: { body: "hi", $: "event", nested: { a: [1] } },
    unsigned: { age: 1 },
    prev_events: ["$before"],
  },
  { roomVersion: "9", internalMetadata: { outlier: true }, rejectedReason: "why" },
);

const presence: UserPresenceState = {
  userId: "@alice:example.org",
  state: "online",
  lastActiveTs: 1,
  lastFederationUpdateTs: 2,
  lastUserSyncTs: 3,
  statusMsg: null,
  currentlyActive: true,
};

const requester: Requester = {
  user: ParsedUserId.fromString("@alice:example.org"),
  userId: "@alice:example.org",
  accessTokenId: 1,
  isGuest: false,
  scope: new Set(["urn:matrix:client:api:*"]),
  shadowBanned: false,
  deviceId: null,
  appServiceId: null,
  authenticatedEntity: "@alice:example.org",
};

/** One module of functions, and a homeserver that asks it. */
async function asked(callbacks: Callbacks) {
  const served = await serveModules([{ module: moduleOf(callbacks) }]);
  const { hooks } = await served.connect();
  return { served, hooks, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

describe("values that cross a connection", () => {
  it("an event is the same at the other side, and immutable at every depth", async () => {
    const seen: RoomEvent[] = [];
    await using modules = await asked({
      spamChecker: {
        checkEventForSpam(crossed: RoomEvent) {
          seen.push(crossed);
          expect(() => ((crossed.content["nested"] as { a: number[] }).a[0] = 2)).to.throw(TypeError);
          expect(() => ((crossed as { sender: string }).sender = "@eve:x")).to.throw(TypeError);
          return NOT_SPAM;
        },
      },
    });
    expect(await modules.hooks.spamChecker.checkEventForSpam(event)).to.equal(NOT_SPAM);
    const [crossed] = seen;
    expect(crossed).to.be.instanceOf(RoomEvent);
    expect(crossed!.getDict()).to.deep.equal(event.getDict());
    expect({ ...crossed }).to.deep.equal({ ...event });
  });

  it("a denial keeps its code, its message and its fields", async () => {
    const denial = deny("ORG_EXAMPLE_CODE", { error: "no", reason: 7, nested: { $: "set" } });
    await using modules = await asked({ spamChecker: { checkEventForSpam: () => denial } });
    expect(await modules.hooks.spamChecker.checkEventForSpam(event)).to.deep.equal(denial);
  });

  it("an event is replaced by what the module answers", async () => {
    await using modules = await asked({
      thirdPartyRules: {
        checkEventAllowed: (crossed: RoomEvent) => [true, { ...crossed.getDict(), content: { body: "changed" } }],
      },
    });
    expect(await modules.hooks.thirdPartyRules.checkEventAllowed(event, new StateMap())).to.deep.equal([
      true,
      { ...event.getDict(), content: { body: "changed" } },
    ]);
  });

  it("presence states that two modules send to one user are one state", async () => {
    const route = (states: Iterable<UserPresenceState>) =>
      new Map([["@bob:x", new Set([...states].map((s) => ({ ...s })))]]);
    const router = moduleOf({ presenceRouter: { getUsersForStates: route } });
    await using served = await serveModules([{ module: router }, { module: router }]);
    const { hooks } = await served.connect();
    function* states() {
      yield presence;
    }
    expect(await hooks.presenceRouter.getUsersForStates(states())).to.deep.equal(
      new Map([["@bob:x", new Set([presence])]]),
    );
  });

  it("what modules change in the content of a new room counts, also keys that they delete or that look dangerous", async () => {
    await using modules = await asked({
      thirdPartyRules: {
        onCreateRoom(by: Requester, content: Record<string, unknown>) {
          expect(by).to.deep.equal(requester);
          content["name"] = "changed";
          delete content["topic"];
          Object.defineProperty(content, "__proto__", { value: { isAdmin: true }, enumerable: true });
        },
      },
    });
    const content: Record<string, unknown> = { topic: "x", preset: "public_chat" };
    await modules.hooks.thirdPartyRules.onCreateRoom(requester, content as never, false);
    expect(Object.entries(content)).to.deep.equal([
      ["preset", "public_chat"],
      ["name", "changed"],
      ["__proto__", { isAdmin: true }],
    ]);
    expect(Object.getPrototypeOf(content)).to.equal(Object.prototype);
    expect(content["isAdmin"]).to.equal(undefined);
  });

  it("state is loaded when a module answers the hook, and not otherwise", async () => {
    const seen: unknown[] = [];
    await using modules = await asked({
      thirdPartyRules: { checkEventAllowed: (_: RoomEvent, state: unknown) => (seen.push(state), [true, null]) },
    });
    let loaded = 0;
    const load = async () => {
      loaded++;
      return StateMap.ofEvents([event]);
    };
    const { thirdPartyRules } = modules.hooks;
    expect(await thirdPartyRules.checkVisibilityCanBeModified("!room:x", load, "public")).to.equal(true);
    expect(loaded).to.equal(0);
    expect(await thirdPartyRules.checkEventAllowed(event, load)).to.deep.equal([true, null]);
    expect(loaded).to.equal(1);
    expect([...(seen[0] as StateMap<RoomEvent>)].map(([type, key, { eventId }]) => [type, key, eventId])).to.deep.equal(
      [["m.room.message", "", "$event"]],
    );
  });

  it("a success callback changes the response of the login", async () => {
    const onLogin = async (response: LoginResponse) => {
      response.expires_in_ms = 5;
      delete response.refresh_token;
      await setImmediate();
    };
    await using modules = await asked({ passwordAuth: { authChecker: () => ["@alice:example.org", onLogin] } });
    const { passwordAuth } = modules.hooks;
    expect(passwordAuth.loginTypes.map(({ type, fields }) => [type, fields])).to.deep.equal([
      ["m.login.password", ["password"]],
    ]);
    const [userId, callback] = (await passwordAuth.checkAuth("alice", "m.login.password", { password: "x" }))!;
    const response: LoginResponse = {
      user_id: userId,
      access_token: "t",
      home_server: "example.org",
      device_id: "D",
      refresh_token: "r",
    };
    await callback!(response);
    expect(response).to.deep.equal({
      user_id: "@alice:example.org",
      access_token: "t",
      home_server: "example.org",
      device_id: "D",
      expires_in_ms: 5,
    });
    const again = await outcomeOf(() => callback!(response));
    expect(again)
      .to.have.nested.property("error.message")
      .that.matches(/was used before, or has been dropped$/);
  });

  it("an unknown login type and a missing field end as they do in the same process", async () => {
    await using modules = await asked({ passwordAuth: { authChecker: () => null } });
    const { checkAuth } = modules.hooks.passwordAuth;
    expect(checkAuth("alice", "m.login.other", {})).to.equal(undefined);
    const there = await outcomeOf(() => checkAuth("alice", "m.login.password", {}));
    const here = await outcomeOf(() =>
      modules.served.host!.hooks.passwordAuth.checkAuth("alice", "m.login.password", {}),
    );
    expect(errorOf(there)).to.deep.equal(errorOf(here));
  });

  it("a slot for a background update is available immediately; entering and leaving cross the connection", async () => {
    const told: unknown[] = [];
    class Slot implements BackgroundUpdateSlot {
      readonly #budget = 100;
      async enter() {
        return this.#budget;
      }
      async exit(error?: unknown) {
        told.push(error);
      }
    }
    await using modules = await asked({ backgroundUpdates: { onUpdate: () => new Slot() } });
    const slot = modules.hooks.backgroundUpdates.onUpdate("reindex", "master", false)!;
    expect(await slot.enter()).to.equal(100);
    await slot.exit(new MatrixError(429, "slow down", "M_LIMIT_EXCEEDED"));
    expect(told).to.have.lengthOf(1);
    expect(told[0]).to.be.instanceOf(MatrixError).with.property("status", 429);
  });

  it("a slot that the module refuses is refused when it is entered", async () => {
    await using modules = await asked({
      backgroundUpdates: {
        onUpdate() {
          throw new MatrixError(503, "later");
        },
      },
    });
    const slot = modules.hooks.backgroundUpdates.onUpdate("reindex", "master", false)!;
    expect(errorOf(await outcomeOf(() => slot.enter()))).to.deep.equal([503, "M_UNKNOWN", "later", {}, {}]);
  });

  describe("a media file", () => {
    const folder = mkdtempSync(join(tmpdir(), "ligand-media-"));
    after(() => rmSync(folder, { recursive: true }));
    const content = Buffer.alloc(200_000, "0123456789abcdef!");

    async function read(file: ReadableFile) {
      const chunks: Uint8Array[] = [];
      await using modules = await asked({
        spamChecker: {
          async checkMediaFileForSpam(crossed: ReadableFile) {
            expect(crossed.path).to.equal(file.path);
            await crossed.writeChunksTo((chunk) => chunks.push(chunk));
            return NOT_SPAM;
          },
        },
      });
      const info = { serverName: null, fileId: "f", urlCache: false, thumbnail: null };
      expect(await modules.hooks.spamChecker.checkMediaFileForSpam(file, info)).to.equal(NOT_SPAM);
      return { bytes: Buffer.concat(chunks), largest: Math.max(...chunks.map(({ length }) => length)) };
    }

    it("a media file is read by its path where that can be read", async () => {
      const path = join(folder, "file");
      writeFileSync(path, content);
      const unused = () => Promise.reject(new Error("not asked"));
      expect(await read({ path, writeChunksTo: unused })).to.deep.equal({ bytes: content, largest: 16 * 1024 });
    });

    it("a media file is read in chunks where it can't, through a homeserver's object of any class", async () => {
      class Stored implements ReadableFile {
        readonly path = join(folder, "nowhere");
        readonly #bytes = content;
        async writeChunksTo(write: (chunk: Uint8Array) => void) {
          write(this.#bytes);
        }
      }
      expect(await read(new Stored())).to.deep.equal({ bytes: content, largest: 16 * 1024 });
    });
  });
});

describe("errors that cross a connection", () => {
  class TeapotError extends MatrixError {
    constructor() {
      super(418, "a teapot", "ORG_EXAMPLE_TEAPOT" as never, { fields: { size: "short" }, headers: { "x-stout": "1" } });
    }
    override body() {
      return { ...super.body(), spout: true };
    }
  }

  for (const [what, thrown, expected] of [
    [
      "a MatrixError of a class of its own",
      new TeapotError(),
      [418, "ORG_EXAMPLE_TEAPOT", "a teapot", { size: "short", spout: true }, { "x-stout": "1" }],
    ],
    [
      "a MatrixError of ours",
      new LimitExceededError("slow down", { retryAfterMs: 1500 }),
      [429, "M_LIMIT_EXCEEDED", "slow down", { retry_after_ms: 1500 }, { "Retry-After": "2" }],
    ],
  ] as const) {
    it(`${what} has its status, its body and its headers`, async () => {
      await using modules = await asked({ spamChecker: { checkEventForSpam: () => Promise.reject(thrown) } });
      const outcome = await outcomeOf(() => modules.hooks.spamChecker.checkEventForSpam(event));
      expect(errorOf(outcome)).to.deep.equal(expected);
    });
  }

  it("a module's failure is one", async () => {
    await using modules = await asked({
      thirdPartyRules: { checkEventAllowed: () => Promise.reject(new TypeError("boom")) },
    });
    const outcome = await outcomeOf(() => modules.hooks.thirdPartyRules.checkEventAllowed(event, new StateMap()));
    expect(outcome).to.have.property("error").that.is.instanceOf(ModuleFailedError);
    expect((outcome as { error: Error }).error.message).to.equal(
      "callback Functions.thirdPartyRules.checkEventAllowed of module Functions on ThirdPartyRules.checkEventAllowed failed: boom",
    );
  });

  it("a cancellation of the module's own is one", async () => {
    await using modules = await asked({
      spamChecker: { checkEventForSpam: () => Promise.reject(new CancelledError("enough")) },
    });
    const { error } = (await outcomeOf(() => modules.hooks.spamChecker.checkEventForSpam(event))) as { error: Error };
    expect(error).to.be.instanceOf(CancelledError).with.property("message", "enough");
  });

  it("an error of Ligand keeps its code and its remedy", async () => {
    const thrown = new LigandError("LIGAND_NOT_SUPPORTED", "not here", { remedy: "Go there." });
    await using modules = await asked({ spamChecker: { checkEventForSpam: () => Promise.reject(thrown) } });
    const { error } = (await outcomeOf(() => modules.hooks.spamChecker.checkEventForSpam(event))) as {
      error: LigandError;
    };
    expect([error.code, error.message, error.remedy]).to.deep.equal(["LIGAND_NOT_SUPPORTED", "not here", "Go there."]);
  });

  it("any other error is one of the other side, which its stack doesn't leave", async () => {
    await using modules = await asked({
      spamChecker: { checkEventForSpam: () => Promise.reject(new TypeError("boom", { cause: new Error("why") })) },
    });
    const { error } = (await outcomeOf(() => modules.hooks.spamChecker.checkEventForSpam(event))) as {
      error: LigandError;
    };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_REMOTE_FAILED",
      "hook SpamChecker.checkEventForSpam: TypeError: boom: why",
    ]);
    expect(error.stack).not.to.include("remote-host.test.ts:1:");
  });

  it("an answer that JSON can't carry fails by the hook's policy, as in the homeserver's own process", async () => {
    await using modules = await asked({ unsignedFields: { addFieldToUnsigned: () => ({ seen: { count: 1n } }) } });
    const { error } = (await outcomeOf(() => modules.hooks.unsignedFields.addFieldToUnsigned(event))) as {
      error: LigandError;
    };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_ANSWER_ILLEGAL",
      "the callback returned an object; expected an object, which JSON can carry; found a bigint at seen.count",
    ]);
  });

  it("an answer that is too large to send fails the call, and leaves the connection", async () => {
    const large = { text: "x".repeat(LIMITS.messageBytes) };
    const answers = [large, {}];
    await using modules = await asked({ unsignedFields: { addFieldToUnsigned: () => answers.shift() } });
    const { error } = (await outcomeOf(() => modules.hooks.unsignedFields.addFieldToUnsigned(event))) as {
      error: LigandError;
    };
    expect(error.code).to.equal("LIGAND_REMOTE_FAILED");
    expect(error.message).to.match(/^the answer can't be sent: .*a message of \d+ bytes; 33554432 is the limit$/);
    expect(await modules.hooks.unsignedFields.addFieldToUnsigned(event)).to.deep.equal({});
  });
});

describe("cancellation over a connection", () => {
  function waiting() {
    const state = {
      signal: undefined as AbortSignal | undefined,
      release: () => {},
      entered: undefined as unknown as Promise<void>,
    };
    let entered!: () => void;
    state.entered = new Promise((resolve) => (entered = resolve));
    const callback = async (_: unknown, context: HookContext) => {
      state.signal = context.signal;
      const released = new Promise<void>((resolve) => (state.release = resolve));
      entered();
      await released;
      return NOT_SPAM;
    };
    return { state, callback };
  }

  it("cancellation over a connection reaches the callback as a signal; a shielded hook waits for it, and then is cancelled", async () => {
    const { state, callback } = waiting();
    await using modules = await asked({ spamChecker: { checkEventForSpam: callback } });
    const controller = new AbortController();
    let hasSettled = false;
    const outcome = outcomeOf(() =>
      modules.hooks.spamChecker.checkEventForSpam(event, { signal: controller.signal, requestId: "r" }),
    ).finally(() => (hasSettled = true));
    await state.entered;
    expect(state.signal!.aborted).to.equal(false);
    const aborted = new Promise((resolve) => state.signal!.addEventListener("abort", resolve));
    controller.abort();
    await aborted;
    expect(hasSettled).to.equal(false);
    state.release();
    const { error } = (await outcome) as { error: Error };
    expect(error).to.be.instanceOf(CancelledError).with.property("message", "request r was cancelled");
  });

  it("cancellation over a connection is the callbacks' own affair in a hook without a shield", async () => {
    const { state, callback } = waiting();
    await using modules = await asked({ accountValidity: { onUserRegistration: callback } });
    const controller = new AbortController();
    const outcome = outcomeOf(() =>
      modules.hooks.accountValidity.onUserRegistration("@a:x", { signal: controller.signal }),
    );
    await state.entered;
    const aborted = new Promise((resolve) => state.signal!.addEventListener("abort", resolve));
    controller.abort();
    await aborted;
    state.release();
    expect(await outcome).to.deep.equal({ result: undefined });
  });

  it("cancellation over a connection asks no module when the request was cancelled before", async () => {
    let calls = 0;
    await using modules = await asked({ spamChecker: { checkEventForSpam: () => (calls++, NOT_SPAM) } });
    const outcome = await outcomeOf(() =>
      modules.hooks.spamChecker.checkEventForSpam(event, { signal: AbortSignal.abort() }),
    );
    expect(isCancellation((outcome as { error: unknown }).error)).to.equal(true);
    expect(calls).to.equal(0);
  });

  it("cancellation over a connection happens when the connection is lost: a callback that hangs holds up no one", async () => {
    const { state, callback } = waiting();
    await using served = await serveModules([{ module: moduleOf({ spamChecker: { checkEventForSpam: callback } }) }]);
    await using host = await served.connect();
    const outcome = outcomeOf(() => host.hooks.spamChecker.checkEventForSpam(event));
    await state.entered;
    const aborted = new Promise((resolve) => state.signal!.addEventListener("abort", resolve));
    await host.stop();
    await aborted;
    expect((state.signal!.reason as LigandError).code).to.equal("LIGAND_REMOTE_LOST");
    const { error } = (await outcome) as { error: LigandError };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_REMOTE_LOST",
      "hook SpamChecker.checkEventForSpam: the connection was lost",
    ]);
    await served.server.stop();
  });

  it("cancellation over a connection comes before the homeserver gives up: the callback has failed, by its hook's policy", async () => {
    const signals: AbortSignal[] = [];
    const callback = (_: unknown, { signal }: HookContext) => {
      signals.push(signal!);
      return new Promise((resolve) => signal!.addEventListener("abort", () => resolve(NOT_SPAM)));
    };
    await using served = await serveModules([{ module: moduleOf({ spamChecker: { checkEventForSpam: callback } }) }]);
    const { hooks } = await served.connect([], { callTimeoutMs: 600 });
    let error: LigandError;
    // On a machine so busy that the answer takes more than 200 ms, the homeserver gives up before.
    do ({ error } = (await outcomeOf(() => hooks.spamChecker.checkEventForSpam(event))) as { error: LigandError });
    while (error.code === "LIGAND_REMOTE_TIMEOUT");
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_CALLBACK_TIMEOUT",
      "no answer 200 ms before the deadline of the request",
    ]);
    await until(() => signals.every(({ aborted }) => aborted));
  });

  it("a call over a connection fails when its modules answer nothing at all in time, and is cancelled", async () => {
    const address = unixAddress();
    let cancelled!: () => void;
    const cancellation = new Promise<void>((resolve) => (cancelled = resolve));
    const info = modulesInfo(
      await readModules({ modules: [{ module: moduleOf({ spamChecker: { checkEventForSpam: () => NOT_SPAM } }) }] }),
      "0.0.0",
      "here",
    );
    const server = await listen(parseSocketAddress(address), (socket) => {
      const peer = new Peer(socket);
      peer.answer(Initialize, async () => info);
      peer.answer(Start, async () => info.hooks);
      peer.answer(CallHook, (_, { signal }) => {
        signal.addEventListener("abort", () => cancelled());
        return new Promise(() => undefined);
      });
      peer.listen();
    });
    await using host = await remoteHost({ address, services: [serverBinding()], callTimeoutMs: 50 });
    const { error } = (await outcomeOf(() => host.hooks.spamChecker.checkEventForSpam(event))) as {
      error: LigandError;
    };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_REMOTE_TIMEOUT",
      "hook SpamChecker.checkEventForSpam: no answer within 50 ms",
    ]);
    await cancellation;
    server.close();
  });
});

describe("a remote host whose other side answers with what the protocol doesn't have", () => {
  /** The error of a host, or of a hook of it, whose other side answers like this. */
  async function refusalOf(answers: { initialize?: unknown; start?: unknown; hook?: unknown }): Promise<string> {
    const address = unixAddress();
    const module = moduleOf({ spamChecker: { checkEventForSpam: () => NOT_SPAM } });
    const info = modulesInfo(await readModules({ modules: [{ module }] }), "0.0.0", "here");
    const { initialize = info, start = info.hooks, hook } = answers;
    const server = await listen(parseSocketAddress(address), (socket) => {
      const peer = new Peer(socket);
      peer.answer(Initialize, async () => initialize as typeof info);
      peer.answer(Start, async () => start as typeof info.hooks);
      peer.answer(CallHook, async () => hook as HookAnswer);
      peer.listen();
    });
    const outcome = await outcomeOf(async () => {
      await using host = await remoteHost({ address, services: [serverBinding()] });
      return await host.hooks.spamChecker.checkEventForSpam(event);
    });
    server.close();
    const { code, message } = (outcome as { error: LigandError }).error;
    return `${code}: ${message}`;
  }

  it("a remote host names what the introduction of its modules lacks", async () => {
    expect([
      await refusalOf({ initialize: "hello" }),
      await refusalOf({ initialize: { protocol: 3 } }),
      await refusalOf({ start: {} }),
    ]).to.deep.equal([
      "LIGAND_REMOTE_PROTOCOL: ligand/initialize: expected an object, but it's string",
      "LIGAND_REMOTE_PROTOCOL: ligand/initialize: the member ligand must be of type string, but it's undefined",
      "LIGAND_REMOTE_PROTOCOL: ligand/start: the member hooks must be of type list, but it's object",
    ]);
  });

  it("a remote host fails the call of a hook whose answer isn't one", async () => {
    expect([await refusalOf({ hook: null }), await refusalOf({ hook: { changed: [] } })]).to.deep.equal([
      "LIGAND_REMOTE_PROTOCOL: ligand/hook: expected an object, but it's null",
      "LIGAND_REMOTE_PROTOCOL: ligand/hook: the member changed must be of type object, but it's list",
    ]);
  });
});

/** What the error of a Matrix client consists of. */
function errorOf(outcome: unknown): unknown {
  const { error } = outcome as { error: MatrixError };
  expect(error).to.be.instanceOf(MatrixError);
  const { status, errcode, message, fields, headers } = error;
  return [status, errcode, message, fields, headers];
}

describe("the health of a remote host", () => {
  it("the health of a remote host is running until the connection is lost, which it says", async () => {
    await using served = await serveModules([]);
    await using host = await served.connect();
    expect(host.health()).to.deep.include({ state: "running", restarts: 0 });
    await served.server.stop();
    await until(() => host.health().state === "failed");
    expect(host.health().lastEnd!.reason).to.equal("the connection was closed");
    await host.stop();
    expect(host.health().state).to.equal("stopped");
  });
});
