import { expect } from "chai";
import type { Answer, Body, MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse, type SwitchedOptions } from "./switched-synapse.js";

const CLIENT = "/_matrix/client/v3";
const PASSWORD = "m.login.password";
const CUSTOM = "test.login_type";
const MISMATCH = "a checker of `modules:` gets the name as the client gave it";

type Modules = NonNullable<SwitchedOptions["modules"]>;

describe("cases of passwords on Synapse", () => {
  let switched: SwitchedSynapse;
  let alice: MatrixClient;

  afterEach(hangUp);

  /** Cases on one Synapse, with an account whose local password is `secret`. */
  function on(name: string, modules: Modules, passwords: object, cases: () => void): void {
    describe(name, () => {
      before(async () => {
        switched = await SwitchedSynapse.start({ password_config: passwords }, { modules });
        alice = await switched.user();
      });
      after(() => switched.stop());
      cases();
    });
  }

  /** The login types that clients see, without that of application services. */
  async function flows(): Promise<string[]> {
    const { flows } = await switched.client.get<{ flows: { type: string }[] }>(`${CLIENT}/login`);
    return flows.map(({ type }) => type).filter((type) => type !== "m.login.application_service");
  }

  const logIn = (password: string, user = alice.userId): Promise<Answer> =>
    switched.client.tryToLogin(user, PASSWORD, { password });

  /** Deletes the device of a user, who proves anew by members of a login who they are. */
  async function proving(user: MatrixClient) {
    const { device_id } = await user.get<{ device_id: string }>(`${CLIENT}/account/whoami`);
    const path = `${CLIENT}/devices/${device_id}`;
    const unproven = await user.ask("DELETE", path, {});
    const { flows, session } = unproven.body as { flows: { stages: string[] }[]; session: string };
    return {
      status: unproven.status,
      flows: flows.map(({ stages }) => stages),
      by: (type: string, members: object): Promise<Answer> => {
        const identifier = { type: "m.id.user", user: user.userId };
        return user.ask("DELETE", path, { auth: { type, identifier, session, ...members } });
      },
    };
  }

  const errorOf = ({ status, body }: Answer) => [status, (body as Body)["errcode"]];

  on("with a module that checks passwords", ["PasswordSwitch"], {}, () => {
    it(`case 232 on Synapse: a module that checks passwords is asked at a login (differs: ${MISMATCH})`, async () => {
      const localpart = alice.userId.slice(1, alice.userId.indexOf(":"));
      const calls = when("checkPassword", () => [alice.userId, null]);
      expect(await flows()).to.deep.equal([PASSWORD]);
      for (const name of [localpart, alice.userId]) {
        const { status, body } = await logIn("p", name);
        expect([status, (body as Body)["user_id"]]).to.deep.equal([200, alice.userId]);
      }
      expect(calls).to.deep.equal([localpart, alice.userId].map((name) => [name, PASSWORD, { password: "p" }]));
    });

    it("case 233 on Synapse: a module that checks passwords is asked when a user proves anew", async () => {
      const bob = await switched.user();
      const refused = when("checkPassword", () => null);
      const proof = await proving(bob);
      expect(proof.status).to.equal(401);
      expect(refused).to.deep.equal([]);
      expect(errorOf(await proof.by(PASSWORD, { password: "p" }))).to.deep.equal([401, "M_FORBIDDEN"]);
      const allowed = when("checkPassword", () => [bob.userId, null]);
      expect((await proof.by(PASSWORD, { password: "p" })).status).to.equal(200);
      const asked = [bob.userId, PASSWORD, { password: "p" }];
      expect([refused, allowed]).to.deep.equal([[asked], [asked]]);
    });

    it("case 234 on Synapse: the local password counts after the module's refusal", async () => {
      const calls = when("checkPassword", () => null);
      expect(errorOf(await logIn("wrong"))).to.deep.equal([403, "M_FORBIDDEN"]);
      expect((await logIn("secret")).status).to.equal(200);
      expect(calls.length).to.equal(2);
    });

    it("case 235 on Synapse: proving anew, the local password counts after the module's refusal", async () => {
      const proof = await proving(await switched.user());
      const calls = when("checkPassword", () => null);
      expect(errorOf(await proof.by(PASSWORD, { password: "wrong" }))).to.deep.equal([401, "M_FORBIDDEN"]);
      expect((await proof.by(PASSWORD, { password: "secret" })).status).to.equal(200);
      expect(calls.length).to.equal(2);
    });
  });

  on("with a module that checks passwords, and no local ones", ["PasswordSwitch"], { localdb_enabled: false }, () => {
    it("case 236 on Synapse: without local passwords the module decides alone", async () => {
      const calls = when("checkPassword", () => null);
      expect(errorOf(await logIn("secret"))).to.deep.equal([403, "M_FORBIDDEN"]);
      expect(calls.length).to.equal(1);
    });

    it("case 237 on Synapse: proving anew without local passwords, the module decides alone", async () => {
      when("checkPassword", () => [alice.userId, null]);
      expect((await logIn("of the module")).status).to.equal(200);
      when("checkPassword", () => null);
      const proof = await proving(alice);
      expect([proof.status, proof.flows]).to.deep.equal([401, [[PASSWORD]]]);
      expect(errorOf(await proof.by(PASSWORD, { password: "secret" }))).to.deep.equal([401, "M_FORBIDDEN"]);
    });
  });

  on("with a module that checks passwords, which are off", ["PasswordSwitch"], { enabled: false }, () => {
    it("case 238 on Synapse: without passwords the module isn't asked", async () => {
      const calls = when("checkPassword", () => [alice.userId, null]);
      expect(await flows()).to.deep.equal([]);
      expect((await logIn("secret")).status).to.equal(400);
      expect(calls).to.deep.equal([]);
    });
  });

  on("with a login type of a module", ["Switchboard"], {}, () => {
    it("case 240 on Synapse: a user proves by a module's type who they are, and must be the same", async () => {
      const bob = await switched.user();
      const proof = await proving(bob);
      expect(proof.status).to.equal(401);
      expect(proof.flows).to.have.deep.members([[PASSWORD], [CUSTOM]]);
      const calls = when("authChecker", () => [alice.userId, null]);
      const lacking = await proof.by(CUSTOM, {});
      expect(lacking.status).to.equal(400);
      expect((lacking.body as Body)["error"]).to.match(/Missing parameters/);
      expect(calls).to.deep.equal([]);
      expect(errorOf(await proof.by(CUSTOM, { test_field: "foo" }))).to.deep.equal([403, "M_FORBIDDEN"]);
      when("authChecker", () => [bob.userId, null]);
      // The proof of another user stays in the session.
      const second = await proving(bob);
      expect((await second.by(CUSTOM, { test_field: "foo" })).status).to.equal(200);
    });
  });

  const both: Modules = ["PasswordSwitch", "Switchboard"];
  for (const [number, name, modules, passwords] of [
    [242, "passwords off", ["Switchboard"], { enabled: false }],
    [243, "passwords and local ones off", ["Switchboard"], { enabled: false, localdb_enabled: false }],
    [244, "passwords off, which a module checks, too", both, { enabled: false }],
    [246, "local passwords off", ["Switchboard"], { localdb_enabled: false }],
  ] as const) {
    on(`with a login type of a module, and ${name}`, modules, passwords, () => {
      it(`case ${number} on Synapse: only the module's own type is offered; a password is a 400`, async () => {
        const calls = ["checkPassword", "authChecker"].map((hook) => when(hook, () => [alice.userId, null]));
        expect(await flows()).to.deep.equal([CUSTOM]);
        expect((await logIn("secret")).status).to.equal(400);
        expect(calls.flat()).to.deep.equal([]);
      });

      if (number !== 244) return;
      it("case 245 on Synapse: without passwords a user proves by the module's own type who they are", async () => {
        const proof = await proving(alice);
        expect([proof.status, proof.flows]).to.deep.equal([401, [[CUSTOM]]]);
        const passwordCalls = when("checkPassword", () => [alice.userId, null]);
        const calls = when("authChecker", () => [alice.userId, null]);
        const disabled = await proof.by(PASSWORD, { password: "secret" });
        expect([disabled.status, (disabled.body as Body)["error"]]).to.deep.equal([
          400,
          "Password login has been disabled.",
        ]);
        expect((await proof.by(CUSTOM, { test_field: "foo" })).status).to.equal(200);
        expect(passwordCalls).to.deep.equal([]);
        expect(calls).to.deep.equal([[alice.userId, CUSTOM, { test_field: "foo" }]]);
      });
    });
  }
});
