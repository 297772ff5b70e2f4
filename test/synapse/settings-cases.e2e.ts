import { expect } from "chai";
import { setTimeout } from "node:timers/promises";
import { Codes, NOT_SPAM } from "#src/index.js";
import { roomPath, untilStatus, type Answer, type Body, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse, type SwitchedOptions } from "./switched-synapse.js";

const CLIENT = "/_matrix/client/v3";
const STATUS = "/_matrix/client/unstable/org.matrix.msc3720/account_status";
const WITH_ACCOUNT_STATUS = {
  experimental_features: { msc3720_enabled: true },
  use_account_validity_in_account_status: true,
};

describe("cases of settings of their own on Synapse", () => {
  let switched: SwitchedSynapse;
  let alice: MatrixClient;

  afterEach(hangUp);

  function on(name: string, settings: object, cases: () => void, options?: SwitchedOptions): void {
    describe(name, () => {
      before(async () => {
        switched = await SwitchedSynapse.start(settings, options);
        alice = await switched.user();
      });
      after(() => switched.stop());
      cases();
    });
  }

  const statusOf = async (user: MatrixClient): Promise<unknown> =>
    (await alice.post<{ account_statuses: Body }>(STATUS, { user_ids: [user.userId] })).account_statuses[user.userId];

  on(
    "where no module decides the validity of accounts",
    WITH_ACCOUNT_STATUS,
    () => {
      it("case 191 on Synapse: without a callback no account is expired", async () => {
        const bob = await switched.user();
        expect(await statusOf(bob)).to.deep.equal({ exists: true, deactivated: false, "org.matrix.expired": false });
      });
    },
    { modules: ["PasswordSwitch"] },
  );

  on("with account statuses, and without invites", { ...WITH_ACCOUNT_STATUS, block_non_admin_invites: true }, () => {
    it("case 192 on Synapse: isUserExpired is asked for the status of an account", async () => {
      const [bob, carol] = [await switched.user(), await switched.user()];
      when("isUserExpired", (userId: string) => userId === bob.userId);
      expect(await statusOf(bob)).to.deep.equal({ exists: true, deactivated: false, "org.matrix.expired": true });
      expect(await statusOf(carol)).to.deep.equal({ exists: true, deactivated: false, "org.matrix.expired": false });
    });

    it("case 93 on Synapse: a checker's code replaces that of the general block of invites", async () => {
      const bob = await switched.user();
      const room = await alice.createRoom();
      const invite = async () => {
        const { status, body } = await alice.ask("POST", `${roomPath(room)}/invite`, { user_id: bob.userId });
        return [status, (body as Body)["errcode"]];
      };
      when("userMayInvite", () => Codes.INVITE_BLOCKED);
      expect(await invite()).to.deep.equal([403, "M_INVITE_BLOCKED"]);
      const calls = when("userMayInvite", () => NOT_SPAM);
      expect(await invite()).to.deep.equal([403, "M_FORBIDDEN"]);
      expect(calls).to.deep.equal([[alice.userId, bob.userId, room]]);
    });

    it("case 151 on Synapse: a reactivation is notified of, after which the user can log in again", async () => {
      const [admin, bob] = [await switched.admin(), await switched.user()];
      const account = `/_synapse/admin/v2/users/${bob.userId}`;
      await admin.put(account, { deactivated: true });
      // Synapse cannot reactivate while it lacks an index that it makes in the background after its first start.
      await untilUpdated(admin);
      const calls = when("onUserDeactivationStatusChanged", () => undefined);
      await admin.put(account, { deactivated: false, password: "hackme" });
      expect(calls).to.deep.equal([[bob.userId, false, true]]);
      const login = await switched.client.tryToLogin(bob.userId, "m.login.password", { password: "hackme" });
      expect(login.status).to.equal(200);
    });

    it("case 248 on Synapse: onLoggedOut is called while the pushers of a device still exist", async () => {
      const bob = await switched.user();
      const body = (await switched.client.tryToLogin(bob.userId, "m.login.password", { password: "secret" })).body;
      const { device_id, access_token } = body as { device_id: string; access_token: string };
      await bob.of(bob.userId, access_token).setPusher("https://push.example/_matrix/push/v1/notify");
      const pushers = async () => (await bob.get<{ pushers: unknown[] }>(`${CLIENT}/pushers`)).pushers.length;
      const seen: number[] = [];
      const calls = when("onLoggedOut", async () => void seen.push(await pushers()));
      const path = `${CLIENT}/devices/${device_id}`;
      const { session } = (await bob.ask("DELETE", path, {})).body as { session: string };
      const identifier = { type: "m.id.user", user: bob.userId };
      const auth = { type: "m.login.password", identifier, password: "secret", session };
      expect((await bob.ask("DELETE", path, { auth })).status).to.equal(200);
      expect(calls).to.deep.equal([[bob.userId, device_id, access_token]]);
      expect([seen, await pushers()]).to.deep.equal([[1], 0]);
    });
  });

  // Longer than a busy machine takes from a registration to the next request.
  on("with accounts that are valid for twelve seconds", { account_validity: { enabled: true, period: "12s" } }, () => {
    const whoAmI = (user: MatrixClient): Promise<Answer> => user.ask("GET", `${CLIENT}/account/whoami`);

    it("case 193 on Synapse: where modules have no opinion the built-in validity ends (differs: a module is asked)", async () => {
      const bob = await switched.user();
      const calls = when("isUserExpired", () => null);
      expect((await whoAmI(bob)).status).to.equal(200);
      await untilStatus(403, () => whoAmI(bob));
      expect((await whoAmI(bob)).body).to.include({ errcode: "ORG_MATRIX_EXPIRED_ACCOUNT" });
      expect(new Set(calls.flat())).to.deep.equal(new Set([bob.userId]));
      when("isUserExpired", () => false);
      expect((await whoAmI(bob)).status).to.equal(200);
    });

    it("case 196 on Synapse: whose account has expired may log out, log in, and log out everywhere (differs: a module says so)", async () => {
      const bob = await switched.user();
      when("isUserExpired", () => true);
      expect((await whoAmI(bob)).status).to.equal(403);
      expect((await bob.ask("POST", `${CLIENT}/logout`, {})).status).to.equal(200);
      const login = await switched.client.tryToLogin(bob.userId, "m.login.password", { password: "secret" });
      expect(login.status).to.equal(200);
      const again = bob.of(bob.userId, (login.body as { access_token: string }).access_token);
      expect((await whoAmI(again)).status).to.equal(403);
      expect((await again.ask("POST", `${CLIENT}/logout/all`, {})).status).to.equal(200);
    });
  });
});

async function untilUpdated(admin: MatrixClient): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await setTimeout(50)) {
    const path = "/_synapse/admin/v1/background_updates/status";
    const { current_updates } = await admin.get<{ current_updates: object }>(path);
    if (Object.keys(current_updates).length === 0) return;
    if (Date.now() > deadline) throw new Error(`still under way: ${JSON.stringify(current_updates)}`);
  }
}
