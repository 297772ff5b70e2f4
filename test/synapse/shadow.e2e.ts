import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { serve, type ServedModules } from "#src/index.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { until } from "../until.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { MatrixClient, seen } from "./matrix-client.js";
import { RunningSynapse } from "./running-synapse.js";
import { hangUp, when } from "./switchboard.js";

/** A background update of Synapse that a new database does not need: it signs events anew. */
const UPDATE = "event_resign";

/** What a Synapse does where the registration of a hook would change it: the batches of an update, renewals, and logins. */
async function whatItDoes(synapse: RunningSynapse) {
  const client = new MatrixClient(synapse.url);
  const admin = await client.registerAdmin("admin");
  await synapse.logged("No more background updates to do");
  await admin.createRoom();
  const batches = async () =>
    Array.from(
      (await synapse.log()).matchAll(new RegExp(`update '${UPDATE}'. Processed .* batch_size=(\\d+)\\)`, "g")),
      ([, size]) => Number(size),
    );
  await admin.post("/_synapse/admin/v1/background_updates/start_job", { job_name: UPDATE });
  await until(async () => (await batches()).length > 0);
  const unstable = "/_matrix/client/unstable/account_validity";
  const validity = { user_id: admin.userId, expiration_ts: 5678 };
  return {
    firstBatch: (await batches())[0],
    login: seen(await client.ask("GET", "/_matrix/client/v3/login")),
    mail: seen(await admin.ask("POST", `${unstable}/send_mail`, {})),
    renewal: seen(await client.ask("GET", `${unstable}/renew?token=good`)),
    validity: seen(await admin.ask("POST", "/_synapse/admin/v1/account_validity/validity", validity)),
  };
}

describe("modules in shadow on Synapse", () => {
  let expected: Awaited<ReturnType<typeof whatItDoes>>;
  let bridged: BridgedSynapse;
  let served: ServedModules;

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "ligand-plain-"));
    const plain = await RunningSynapse.start({ directory, modules: [] });
    expected = await whatItDoes(plain);
    await plain.stop();
    await rm(directory, { recursive: true });
  });
  before(async () => {
    bridged = await BridgedSynapse.create();
    const operate = { mode: "shadow" };
    await bridged.serve.configure([
      { module: `${modulesOf("switchboard")}#Switchboard`, operate },
      { module: `${modulesOf("costly-switches")}#UpdateSwitch`, operate },
    ]);
    const { configFile, socket } = bridged.serve;
    served = await serve({ configFile, address: `unix:${socket}`, logger: captureLogs().logger });
    await bridged.startSynapse();
  });
  after(async () => {
    await bridged.stop();
    await served.stop();
  });
  after(hangUp);

  it("the only module with background updates, legacy hooks and a login type leaves Synapse as it was while it's in shadow", async () => {
    const hooks = ["defaultBatchSize", "onLegacySendMail", "onLegacyRenew", "onLegacyAdminRequest", "authChecker"];
    const called = [when("onUpdate", () => ({ enter: async () => 100, exit: async () => undefined }))].concat(
      hooks.map((hook) => when(hook, () => 7)),
    );
    expect(await whatItDoes(bridged.synapse)).to.deep.equal(expected);
    expect(called.flat()).to.deep.equal([]);
  });
});
