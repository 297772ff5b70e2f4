import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { AnyHook } from "#src/hooks/hook.js";
import { whyNot } from "#src/operate/possible.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { until } from "../until.js";
import { modulesOf } from "./bridged-synapse.js";
import { FakeIdentityServer } from "./fake-identity-server.js";
import { FederatedSynapses } from "./federated-synapses.js";
import { roomPath, type Body, type MatrixClient } from "./matrix-client.js";
import { ELSEWHERE, FAILED, FORBIDDEN, OK, type Outcome } from "./reached-hooks.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";

/** The failures that the tests want aren't to be printed. */
const { logger } = captureLogs({ all: true });
const HOOKS = Object.assign({}, ...Object.values(CATALOGUE).map(({ hooks }) => hooks)) as Record<string, AnyHook>;
const WISHES = ["allow", "deny", "error"] as const;
type Wish = (typeof WISHES)[number];
type Name = keyof typeof ELSEWHERE;

const canBe = (name: Name, wish: Wish) => whyNot(HOOKS[name]!, wish) === undefined;

/** Has a callback fail, in what is asked meanwhile. @param fails what the callback does */
async function failing(
  synapse: SwitchedSynapse,
  module: string,
  name: Name,
  wish: Wish,
  ask: (calls: readonly unknown[]) => Promise<Outcome>,
  fails: (calls: readonly unknown[]) => unknown = fail,
): Promise<Outcome> {
  await synapse.operate({ [module]: { hooks: { [name]: { on_failure: wish } } } });
  const calls = when(name, () => fails(calls));
  const outcome = await ask(calls);
  expect(calls).to.not.deep.equal([]);
  hangUp();
  return outcome;
}

function fail(): never {
  throw new Error("it's broken");
}

describe("what failures of modules lead to, on a Synapse that federates", () => {
  let synapses: FederatedSynapses;
  let identityServer: FakeIdentityServer;
  let alice: MatrixClient;
  let bob: MatrixClient;

  before(async () => {
    const modules = [{ module: `${modulesOf("federation-switchboard")}#FederationSwitchboard` }];
    synapses = await FederatedSynapses.start(modules, logger);
    identityServer = await FakeIdentityServer.start(synapses.certificate);
    alice = await synapses.user();
    bob = await synapses.remoteUser();
  });
  after(async () => {
    identityServer.close();
    await synapses.stop();
  });
  afterEach(hangUp);

  /** Has a user of the other server invite one of ours; what our server answers the other. */
  async function inviteFromElsewhere(): Promise<Outcome> {
    synapses.here.forget();
    await bob.ask("POST", `${roomPath(await bob.createRoom())}/invite`, { user_id: alice.userId });
    const { status, answer } = await synapses.here.untilAsked("/v2/invite");
    return outcomeOf(status, answer);
  }

  async function inviteByMail(): Promise<Outcome> {
    const address = { medium: "email", address: "carol@example.org", ...identityServer.credentials };
    const { status, body } = await alice.ask("POST", `${roomPath(await alice.createRoom())}/invite`, address);
    return outcomeOf(status, body as Body);
  }

  async function deliver(calls: readonly unknown[]): Promise<Outcome> {
    const room = await synapses.sharedRoom(alice, bob);
    const { status } = await synapses.there.untilSent(await synapses.send(alice, room, "hello"));
    await until(() => calls.length > 0);
    return [status];
  }

  const refusable = { allow: OK, deny: FORBIDDEN, error: FAILED };
  for (const [name, module, ask, expected] of [
    ["shouldDropFederatedEvent", "FederationSwitchboard", inviteFromElsewhere, { allow: OK, error: FAILED }],
    ["federatedUserMayInvite", "FederationSwitchboard", inviteFromElsewhere, refusable],
    ["userMaySend3pidInvite", "Switchboard", inviteByMail, refusable],
    ["checkThreepidCanBeInvited", "Switchboard", inviteByMail, { allow: OK, deny: FORBIDDEN }],
    ["onEventDeliveredOverFederation", "FederationSwitchboard", deliver, { allow: OK }],
  ] as const) {
    it(`a failure of ${name}, which takes ${ELSEWHERE[name]}, leads to what on_failure says`, async () => {
      const outcomes: Partial<Record<Wish, Outcome>> = {};
      for (const wish of WISHES.filter((each) => canBe(name, each))) {
        outcomes[wish] = await failing(synapses.switched, module, name, wish, ask);
      }
      expect(outcomes).to.deep.equal(expected);
    });
  }
});

const NONE_LEFT = "No more background updates to do";
const ITERATION_FAILED = "Error doing update";
/** An update that a new database doesn't need: Synapse asks for the size of its first batch once. */
const UPDATE = "event_resign";

for (const [wish, expected] of [
  ["allow", 0],
  ["error", 1],
] as const) {
  describe(`what failures of modules lead to in background updates of Synapse, with on_failure: ${wish}`, () => {
    let switched: SwitchedSynapse;
    let admin: MatrixClient;

    before(async () => {
      const further = [{ module: `${modulesOf("costly-switches")}#UpdateSwitch` }];
      switched = await SwitchedSynapse.start({}, { modules: [], further, logger });
      admin = await switched.admin();
      await admin.createRoom();
      await switched.synapse.logged(NONE_LEFT);
    });
    after(() => switched.stop());
    afterEach(hangUp);

    /** Has Synapse run an update to its end: how many iterations fail. */
    async function run(): Promise<Outcome> {
      const timesLogged = async (line: string) => (await switched.synapse.log()).split(line).length - 1;
      const [ended, failed] = [await timesLogged(NONE_LEFT), await timesLogged(ITERATION_FAILED)];
      await admin.post("/_synapse/admin/v1/background_updates/start_job", { job_name: UPDATE });
      await until(async () => (await timesLogged(NONE_LEFT)) > ended);
      return [(await timesLogged(ITERATION_FAILED)) - failed];
    }

    for (const [name, passing] of [
      ["defaultBatchSize", 100],
      ["onUpdate", { enter: async () => 100, exit: async () => undefined }],
      ["minBatchSize", 1],
    ] as const) {
      it(`with on_failure: ${wish}, a failure of ${name} fails ${expected} iterations`, async () => {
        expect(canBe(name, "deny")).to.equal(false);
        // Once: Synapse tries an iteration again.
        const fails = (calls: readonly unknown[]) => (calls.length === 1 ? fail() : passing);
        expect(await failing(switched, "UpdateSwitch", name, wish, run, fails)).to.deep.equal([expected]);
      });
    }
  });
}

/** Status, and code if there is one. */
function outcomeOf(status: number, { errcode }: Body): Outcome {
  return errcode === undefined ? [status] : [status, errcode];
}
