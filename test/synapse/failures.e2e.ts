import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { AnyHook } from "#src/hooks/hook.js";
import { serve, type ServedModules, type ReloadError } from "#src/index.js";
import { whyNot } from "#src/operate/possible.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { startOn, type TestServer } from "../examples/homeserver/running.js";
import { MEMORY } from "../examples/homeserver/storages.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { MatrixClient, roomPath, type Answer, type Body } from "./matrix-client.js";
import { hangUp, Switchboard, when } from "./switchboard.js";
import { failureOf } from "../failure-of.js";

const WISHES = ["allow", "deny", "error"] as const;
type Wish = (typeof WISHES)[number];
const HOOKS = Object.values(CATALOGUE).flatMap(({ hooks }) => Object.entries(hooks as Record<string, AnyHook>));

/** A homeserver as a test asks it: an account, a room of it, and names that no account has. */
interface Asked {
  readonly alice: MatrixClient;
  readonly bob: MatrixClient;
  readonly client: MatrixClient;
  readonly room: string;
  readonly serverName: string;
  newName(): string;
}

type Outcome = readonly unknown[];

const OK = [200];
const FORBIDDEN = [403, "M_FORBIDDEN"];
const FAILED = [500, "M_UNKNOWN"];
const UPLOAD = "/_matrix/media/v3/upload";
const listing = (room: string) => `/_matrix/client/v3/directory/list/room/${encodeURIComponent(room)}`;
const deactivate = async ({ client, newName }: Asked) => {
  const name = newName();
  const mortal = await client.register(name);
  const identifier = { type: "m.id.user", user: mortal.userId };
  const auth = { type: "m.login.password", identifier, password: "secret" };
  return mortal.ask("POST", "/_matrix/client/v3/account/deactivate", { auth });
};

/** Each hook that a client can reach: how, and what the client sees where a refusal isn't 403 and a failure isn't 500. */
const REACHED: Record<string, { ask: (asked: Asked) => Promise<Answer>; deny?: Outcome; error?: Outcome }> = {
  checkEventForSpam: { ask: ({ alice, room }) => alice.sendMessage(room, "hello") },
  userMayJoinRoom: {
    ask: async ({ alice, bob }) =>
      bob.ask("POST", `${roomPath(await alice.createRoom({ preset: "public_chat" }))}/join`, {}),
  },
  userMayInvite: {
    ask: async ({ alice, bob }) =>
      alice.ask("POST", `${roomPath(await alice.createRoom())}/invite`, { user_id: bob.userId }),
  },
  userMayCreateRoom: { ask: ({ alice }) => alice.ask("POST", "/_matrix/client/v3/createRoom", {}) },
  userMayCreateRoomAlias: {
    ask: ({ alice, room, serverName, newName }) =>
      alice.ask("PUT", `/_matrix/client/v3/directory/room/%23${newName()}%3A${serverName}`, { room_id: room }),
  },
  userMayPublishRoom: { ask: ({ alice, room }) => alice.ask("PUT", listing(room), { visibility: "private" }) },
  userMaySendStateEvent: { ask: ({ alice, room, newName }) => alice.sendState(room, "test.state", {}, newName()) },
  checkRegistrationForSpam: {
    ask: ({ client, newName }) => client.tryToRegister(newName()),
    deny: [429, "M_UNKNOWN"],
  },
  checkMediaFileForSpam: { ask: ({ alice }) => alice.ask("POST", UPLOAD, Buffer.from("x")), deny: [400, "M_UNKNOWN"] },
  checkLoginForSpam: {
    ask: ({ client, bob }) => client.tryToLogin(bob.userId, "m.login.password", { password: "secret" }),
  },
  checkEventAllowed: { ask: ({ alice, room }) => alice.sendMessage(room, "hello") },
  onCreateRoom: { ask: ({ alice }) => alice.ask("POST", "/_matrix/client/v3/createRoom", {}) },
  checkVisibilityCanBeModified: {
    ask: ({ alice, room }) => alice.ask("PUT", listing(room), { visibility: "public" }),
    deny: [403, "M_UNKNOWN"],
  },
  onNewEvent: { ask: ({ alice, room }) => alice.sendMessage(room, "hello") },
  checkCanDeactivateUser: { ask: deactivate },
  onProfileUpdate: {
    ask: ({ bob }) => bob.ask("PUT", `/_matrix/client/v3/profile/${bob.userId}/displayname`, { displayname: "Bob" }),
  },
  onUserDeactivationStatusChanged: { ask: deactivate },
  isUserExpired: {
    ask: ({ alice }) => alice.ask("GET", "/_matrix/client/v3/account/whoami"),
    deny: [403, "ORG_MATRIX_EXPIRED_ACCOUNT"],
  },
  getUsernameForRegistration: { ask: ({ client, newName }) => client.tryToRegister(newName()) },
  getDisplaynameForRegistration: { ask: ({ client, newName }) => client.tryToRegister(newName()) },
  onAccountDataUpdated: {
    ask: ({ bob }) => bob.ask("PUT", `/_matrix/client/v3/user/${bob.userId}/account_data/test.data`, {}),
  },
  addFieldToUnsigned: { ask: ({ alice, room }) => alice.ask("GET", `${roomPath(room)}/messages?dir=b&limit=1`) },
  getMediaConfigForUser: { ask: ({ alice }) => alice.ask("GET", "/_matrix/media/v3/config") },
  isUserAllowedToUploadMediaOfSize: {
    ask: ({ alice }) => alice.ask("POST", UPLOAD, Buffer.from("x")),
    deny: [413, "M_TOO_LARGE"],
  },
};

/** Each hook that no request of a client reaches by itself, and what else it takes. */
const UNREACHED: Record<string, string> = {
  shouldDropFederatedEvent: "another server's event",
  federatedUserMayInvite: "another server's invite",
  userMaySend3pidInvite: "an identity server",
  checkUsernameForSpam: "Synapse leaves the user out of a search, and answers 200",
  checkThreepidCanBeInvited: "an identity server",
  checkCanShutdownRoom: "an administrator's request, which the example homeserver doesn't have",
  onThreepidBind: "an identity server",
  onAddUserThirdPartyIdentifier: "an identifier that was validated by mail",
  onRemoveUserThirdPartyIdentifier: "an identifier that was validated by mail",
  getUsersForStates: "presence",
  getInterestedUsers: "presence",
  onUserRegistration: "the account exists when it's called",
  onUserLogin: "the token exists when it's called",
  onLegacySendMail: "a module that replaces the homeserver's renewal",
  onLegacyRenew: "a module that replaces the homeserver's renewal",
  onLegacyAdminRequest: "a module that replaces the homeserver's renewal",
  authChecker: "a login type of a module",
  check3pidAuth: "a login with an identifier that was validated by mail",
  onLoggedOut: "what it comes to isn't in the answer of the logout",
  is3pidAllowed: "a mail server",
  onUpdate: "a background update",
  defaultBatchSize: "a background update",
  minBatchSize: "a background update",
  getMediaUploadLimitsForUser: "limits of uploads, which take other settings",
  onMediaUploadLimitExceeded: "limits of uploads, which take other settings",
  getRatelimitOverrideForUser: "rate limits, which take other settings",
  onEventDeliveredOverFederation: "another server",
};

describe("the hooks whose failures are tried on Synapse", () => {
  it("the failures of each hook are tried on Synapse, or there is a reason why a client can't see them", () => {
    const listed = [...Object.keys(REACHED), ...Object.keys(UNREACHED)];
    expect(listed.toSorted()).to.deep.equal(HOOKS.map(([name]) => name).toSorted());
  });
});

function seen({ status, body }: Answer): Outcome {
  const { errcode } = (body ?? {}) as Body;
  return errcode === undefined ? [status] : [status, errcode];
}

describe("what failures of modules lead to, on Synapse and on the example homeserver", () => {
  let bridged: BridgedSynapse;
  let served: ServedModules;
  let example: TestServer;
  let both: readonly Asked[];

  const configure = (hooks: readonly string[], wish: Wish) => {
    const operate = { hooks: Object.fromEntries(hooks.map((hook) => [hook, { on_failure: wish }])) };
    return bridged.serve.configure([{ module: `${modulesOf("switchboard")}#Switchboard`, operate }]);
  };
  const possible = (wish: Wish) =>
    HOOKS.flatMap(([name, hook]) => (name in REACHED && whyNot(hook, wish) === undefined ? [name] : []));

  before(async () => {
    bridged = await BridgedSynapse.create();
    await configure([], "allow");
    const { configFile, socket } = bridged.serve;
    served = await serve({ configFile, address: `unix:${socket}`, logger: captureLogs({ all: true }).logger });
    example = await startOn(MEMORY, { configFile });
    await bridged.startSynapse(
      {},
      { rc_room_creation: { per_second: 1000, burst_count: 1000 }, room_list_publication_rules: [{ action: "allow" }] },
    );
    await bridged.synapse.logged("Connected to ligand serve");
    both = await Promise.all(
      [
        [bridged.synapse.url, "synapse.test"],
        [example.url, "example.org"],
      ].map(async ([url, serverName]) => {
        const client = new MatrixClient(url!);
        const [alice, bob] = [await client.register("alice"), await client.register("bob")];
        let names = 0;
        const newName = () => `new${++names}`;
        return { alice, bob, client, room: await alice.createRoom(), serverName: serverName!, newName };
      }),
    );
  });

  after(async () => {
    await example?.stop();
    await bridged.stop();
    await served.stop();
  });
  afterEach(hangUp);

  for (const wish of WISHES) {
    describe(`with on_failure: ${wish}`, () => {
      before(async () => {
        await configure(possible(wish), wish);
        await served.reload();
        await example.host.reload();
      });

      for (const name of possible(wish)) {
        const { ask, deny = FORBIDDEN, error = FAILED } = REACHED[name]!;
        const expected = { allow: OK, deny, error }[wish];
        it(`a failure of ${name} is ${expected.join(" ")} for the client`, async () => {
          const outcomes: Outcome[] = [];
          for (const asked of both) {
            when(name, () => Promise.reject(new Error("it's broken")));
            outcomes.push(seen(await ask(asked)));
          }
          expect(outcomes).to.deep.equal([expected, expected]);
        });
      }
    });
  }

  it("what a hook can't have is refused where modules start, for both", async () => {
    for (const wish of WISHES) {
      for (const [name, hook] of HOOKS) {
        if (whyNot(hook, wish) === undefined || !(name in Switchboard.prototype)) continue;
        await configure([name], wish);
        for (const reload of [() => served.reload({ dryRun: true }), () => example.host.reload({ dryRun: true })]) {
          const error = (await failureOf(reload())) as ReloadError;
          expect(
            error.problems?.map(({ code }) => code),
            `${wish} of ${name}`,
          ).to.deep.equal(["LIGAND_OPERATE_IMPOSSIBLE"]);
        }
      }
    }
  });
});
