import { setName } from "./user-directory.js";
import { roomPath, type Answer, type Body, type MatrixClient } from "./matrix-client.js";

/** The most that a user may upload in a day, in bytes. */
export const UPLOAD_LIMIT = 100_000;

/** A homeserver as a test asks it: an account, a room of it, and names that no account has. */
export interface Asked {
  readonly alice: MatrixClient;
  readonly bob: MatrixClient;
  readonly client: MatrixClient;
  /** An administrator. */
  readonly admin: MatrixClient;
  readonly room: string;
  readonly serverName: string;
  newName(): string;
}

/** Status, code, and what else of an answer shows the effect. */
export type Outcome = readonly unknown[];

export const OK = [200];
export const FORBIDDEN = [403, "M_FORBIDDEN"];
export const FAILED = [500, "M_UNKNOWN"];
const CLIENT = "/_matrix/client/v3";
const VALIDITY = "/_matrix/client/unstable/account_validity";
const UPLOAD = "/_matrix/media/v3/upload";
const listing = (room: string) => `/_matrix/client/v3/directory/list/room/${encodeURIComponent(room)}`;
const deactivate = async ({ client, newName }: Asked) => {
  const name = newName();
  const mortal = await client.register(name);
  const identifier = { type: "m.id.user", user: mortal.userId };
  const auth = { type: "m.login.password", identifier, password: "secret" };
  return mortal.ask("POST", "/_matrix/client/v3/account/deactivate", { auth });
};

const setAddresses = ({ admin, bob }: Asked, addresses: readonly string[]) => {
  const threepids = addresses.map((address) => ({ medium: "email", address }));
  return admin.ask("PUT", `/_synapse/admin/v2/users/${bob.userId}`, { threepids });
};
const addAddress = (asked: Asked) => setAddresses(asked, [`${asked.newName()}@example.org`]);
const setPresence = ({ alice }: Asked) =>
  alice.ask("PUT", `${CLIENT}/presence/${alice.userId}/status`, { presence: "online" });
const logIn = ({ client, bob }: Asked) => client.tryToLogin(bob.userId, "m.login.password", { password: "secret" });

const searchForBob = ({ alice, bob }: Pick<Asked, "alice" | "bob">) => {
  const search_term = bob.userId.slice(1, bob.userId.indexOf(":"));
  return alice.ask("POST", `${CLIENT}/user_directory/search`, { search_term });
};
const usersIn = ({ results }: Body) => (results as unknown[] | undefined)?.length;

/** How a client reaches a hook, and what it sees where that isn't 200 for `allow`, 403 for `deny` and 500 for `error`. */
export interface Reached {
  readonly ask: (asked: Asked) => Promise<Answer>;
  readonly allow?: Outcome;
  /** On Synapse, where it has another answer of its own. */
  readonly allowOnSynapse?: Outcome;
  readonly deny?: Outcome;
  readonly error?: Outcome;
  /** What else of the answer shows the effect. */
  readonly shown?: (body: Body) => unknown;
}

/** Each hook that a client can reach on both homeservers. */
export const REACHED: Record<string, Reached> = {
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
  checkLoginForSpam: { ask: logIn },
  checkEventAllowed: { ask: ({ alice, room }) => alice.sendMessage(room, "hello") },
  onCreateRoom: { ask: ({ alice }) => alice.ask("POST", "/_matrix/client/v3/createRoom", {}) },
  checkVisibilityCanBeModified: {
    ask: ({ alice, room }) => alice.ask("PUT", listing(room), { visibility: "public" }),
    deny: [403, "M_UNKNOWN"],
  },
  onNewEvent: { ask: ({ alice, room }) => alice.sendMessage(room, "hello") },
  checkCanDeactivateUser: { ask: deactivate },
  onProfileUpdate: {
    ask: ({ bob }) => setName(bob, "Bob"),
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
  checkUsernameForSpam: { ask: searchForBob, shown: usersIn, allow: [200, 1], deny: [200, 0] },
  checkCanShutdownRoom: {
    ask: async ({ alice, admin }) => {
      const room = encodeURIComponent(await alice.createRoom());
      return admin.ask("DELETE", `/_synapse/admin/v2/rooms/${room}`, {});
    },
  },
  onThreepidBind: { ask: addAddress },
  onAddUserThirdPartyIdentifier: { ask: addAddress },
  onRemoveUserThirdPartyIdentifier: {
    ask: async (asked) => {
      await addAddress(asked);
      return setAddresses(asked, []);
    },
  },
  getUsersForStates: { ask: setPresence },
  getInterestedUsers: { ask: ({ alice }) => alice.ask("GET", `${CLIENT}/sync`) },
  onUserRegistration: { ask: ({ client, newName }) => client.tryToRegister(newName()) },
  onUserLogin: { ask: logIn },
  onLegacySendMail: { ask: ({ alice }) => alice.ask("POST", `${VALIDITY}/send_mail`, {}) },
  onLegacyRenew: { ask: ({ client }) => client.ask("GET", `${VALIDITY}/renew?token=token`) },
  onLegacyAdminRequest: {
    ask: ({ alice, admin }) =>
      admin.ask("POST", "/_synapse/admin/v1/account_validity/validity", { user_id: alice.userId, expiration_ts: 1 }),
  },
  // Without an opinion of a module, no such login is right.
  authChecker: {
    ask: ({ client, bob }) => client.tryToLogin(bob.userId, "test.login_type", { test_field: "secret" }),
    allow: FORBIDDEN,
  },
  check3pidAuth: {
    ask: ({ client }) => {
      const identifier = { type: "m.id.thirdparty", medium: "email", address: "mallory@example.org" };
      return client.ask("POST", `${CLIENT}/login`, { type: "m.login.password", identifier, password: "secret" });
    },
    allow: FORBIDDEN,
  },
  onLoggedOut: {
    ask: async ({ client, newName }) => (await client.register(newName())).ask("POST", `${CLIENT}/logout`, {}),
  },
  is3pidAllowed: {
    ask: ({ client, newName }) => {
      const body = { client_secret: "secret", email: `${newName()}@example.org`, send_attempt: 1 };
      return client.ask("POST", `${CLIENT}/register/email/requestToken`, body);
    },
    deny: [403, "M_THREEPID_DENIED"],
  },
  getMediaUploadLimitsForUser: { ask: ({ alice }) => alice.ask("POST", UPLOAD, Buffer.from("x")) },
  // The file is refused anyway.
  onMediaUploadLimitExceeded: {
    allow: [400, "M_RESOURCE_LIMIT_EXCEEDED"],
    allowOnSynapse: [403, "M_USER_LIMIT_EXCEEDED"],
    ask: ({ alice }) => alice.ask("POST", UPLOAD, Buffer.alloc(UPLOAD_LIMIT + 1)),
  },
  getRatelimitOverrideForUser: {
    ask: ({ alice, bob, room }) => alice.ask("POST", `${roomPath(room)}/invite`, { user_id: bob.userId }),
  },
};

/** Each hook that takes more than a client, and what: `failures-elsewhere.e2e.ts` tries them. */
export const ELSEWHERE = {
  shouldDropFederatedEvent: "another server",
  federatedUserMayInvite: "another server",
  onEventDeliveredOverFederation: "another server",
  userMaySend3pidInvite: "an identity server",
  checkThreepidCanBeInvited: "an identity server",
  onUpdate: "a background update",
  defaultBatchSize: "a background update",
  minBatchSize: "a background update",
} as const;
