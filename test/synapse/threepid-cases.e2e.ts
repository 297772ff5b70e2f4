import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Codes, NOT_SPAM } from "#src/index.js";
import { FakeIdentityServer } from "./fake-identity-server.js";
import { certificateIn } from "./fake-server.js";
import { Mailbox } from "./mailbox.js";
import { roomPath, type Answer, type Body, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";

const CLIENT = "/_matrix/client/v3";

describe("cases of third-party ids on Synapse", () => {
  let directory: string;
  let identityServer: FakeIdentityServer;
  let mailbox: Mailbox;
  let switched: SwitchedSynapse;
  let alice: MatrixClient;
  let room: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "ligand-certificate-"));
    const certificateFile = join(directory, "localhost.pem");
    identityServer = await FakeIdentityServer.start(await certificateIn(certificateFile));
    mailbox = await Mailbox.open();
    switched = await SwitchedSynapse.start(
      // Synapse refuses to ask servers on the machine it runs on, unless configured to.
      {
        ip_range_whitelist: ["127.0.0.1", "::1"],
        email: mailbox.setting,
        rc_third_party_invite: { per_second: 10_000, burst_count: 10_000 },
      },
      { env: { SSL_CERT_FILE: certificateFile } },
    );
    alice = await switched.user();
    room = await alice.createRoom();
  });
  after(async () => {
    await switched?.stop();
    identityServer.close();
    mailbox.close();
    await rm(directory, { recursive: true });
  });
  afterEach(() => {
    hangUp();
    identityServer.invites.length = 0;
    mailbox.mails.length = 0;
  });

  describe("userMaySend3pidInvite", () => {
    const invite = (address: string): Promise<Answer> =>
      alice.ask("POST", `${roomPath(room)}/invite`, { medium: "email", address, ...identityServer.credentials });

    for (const [number, name, answer] of [
      [65, "true", true],
      [67, "NOT_SPAM", NOT_SPAM],
    ] as const) {
      it(`case ${number} on Synapse: ${name} lets an address be invited`, async () => {
        const address = `foo${number}@example.com`;
        const calls = when("userMaySend3pidInvite", () => answer);
        expect((await invite(address)).status).to.equal(200);
        expect(calls).to.deep.equal([[alice.userId, "email", address, room]]);
        const stored = identityServer.invites.map(({ medium, address, room_id, sender }) => {
          return { medium, address, room_id, sender };
        });
        expect(stored).to.deep.equal([{ medium: "email", address, room_id: room, sender: alice.userId }]);
      });
    }

    for (const [number, name, answer, body] of [
      [66, "false", false, { errcode: "M_FORBIDDEN" }],
      [68, "a code", Codes.RESOURCE_LIMIT_EXCEEDED, { errcode: "M_RESOURCE_LIMIT_EXCEEDED" }],
      [
        69,
        "a code with fields",
        [Codes.EXPIRED_ACCOUNT, { field: "value" }],
        { errcode: "ORG_MATRIX_EXPIRED_ACCOUNT", field: "value" },
      ],
    ] as const) {
      it(`case ${number} on Synapse: ${name} refuses an address with a 403, and nothing is stored`, async () => {
        const address = `foo${number}@example.com`;
        const calls = when("userMaySend3pidInvite", () => answer);
        const denied = await invite(address);
        expect(denied.status).to.equal(403);
        expect(denied.body).to.deep.include(body);
        expect(calls).to.deep.equal([[alice.userId, "email", address, room]]);
        expect(identityServer.invites).to.deep.equal([]);
      });
    }

    it("userMaySend3pidInvite isn't asked about an address that belongs to a user, who is invited instead", async () => {
      const bob = await switched.user();
      identityServer.bind("email", "bob@example.com", bob.userId);
      const addresses = when("userMaySend3pidInvite", () => false);
      const users = when("userMayInvite", () => NOT_SPAM);
      expect((await invite("bob@example.com")).status).to.equal(200);
      expect(addresses).to.deep.equal([]);
      expect(users).to.deep.equal([[alice.userId, bob.userId, room]]);
      expect(identityServer.invites).to.deep.equal([]);
    });
  });

  for (const [number, purpose, path, isRegistration] of [
    [253, "an account", `${CLIENT}/account/3pid/email/requestToken`, false],
    [254, "a registration", `${CLIENT}/register/email/requestToken`, true],
  ] as const) {
    it(`case ${number} on Synapse: is3pidAllowed decides which addresses are proven for ${purpose}`, async () => {
      const request = { client_secret: `secret${number}`, email: "foo@test.com", send_attempt: 0 };
      const refused = when("is3pidAllowed", () => false);
      const denied = await switched.client.ask("POST", path, request);
      expect([denied.status, (denied.body as Body)["errcode"]]).to.deep.equal([403, "M_THREEPID_DENIED"]);
      expect(refused).to.deep.equal([["email", "foo@test.com", isRegistration]]);
      expect(mailbox.mails).to.deep.equal([]);

      const allowed = when("is3pidAllowed", () => true);
      expect(await switched.client.post(path, request)).to.have.keys("sid");
      expect(allowed).to.deep.equal([["email", "foo@test.com", isRegistration]]);
      expect(mailbox.mails.length).to.equal(1);
    });
  }
});
