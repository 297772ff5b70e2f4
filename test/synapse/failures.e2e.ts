import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { AnyHook } from "#src/hooks/hook.js";
import { serve, type ServedModules, type ReloadError, type UserId } from "#src/index.js";
import { whyNot } from "#src/operate/possible.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { startOn, type TestServer } from "../examples/homeserver/running.js";
import { MEMORY } from "../examples/homeserver/storages.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { PresenceSwitch, RateSwitch, UpdateSwitch } from "./costly-switches.js";
import { FederationSwitchboard } from "./federation-switchboard.js";
import { Mailbox } from "./mailbox.js";
import { MatrixClient, type Answer, type Body } from "./matrix-client.js";
import {
  ELSEWHERE,
  FAILED,
  FORBIDDEN,
  OK,
  REACHED,
  UPLOAD_LIMIT,
  type Asked,
  type Outcome,
  type Reached,
} from "./reached-hooks.js";
import { hangUp, Switchboard, when } from "./switchboard.js";
import { untilFound, UPDATED } from "./user-directory.js";
import { failureOf } from "../failure-of.js";

const WISHES = ["allow", "deny", "error"] as const;
type Wish = (typeof WISHES)[number];
const HOOKS = Object.values(CATALOGUE).flatMap(({ hooks }) => Object.entries(hooks as Record<string, AnyHook>));
const MODULES = [
  [Switchboard, "switchboard"],
  [PresenceSwitch, "costly-switches"],
  [RateSwitch, "costly-switches"],
  [UpdateSwitch, "costly-switches"],
  [FederationSwitchboard, "federation-switchboard"],
] as const;
const UNLIMITED = { per_second: 1000, burst_count: 1000 };

describe("the hooks whose failures are tried on Synapse", () => {
  it("the failures of each hook are tried on Synapse", () => {
    const listed = [...Object.keys(REACHED), ...Object.keys(ELSEWHERE)];
    expect(listed.toSorted()).to.deep.equal(HOOKS.map(([name]) => name).toSorted());
  });
});

/** What a client sees of an answer: the status, the code, and what else shows the effect of a success. */
function outcomeOf({ status, body }: Answer, shown?: Reached["shown"]): Outcome {
  const { errcode } = (body ?? {}) as Body;
  if (errcode !== undefined) return [status, errcode];
  return shown ? [status, shown(body as Body)] : [status];
}

async function asked(client: MatrixClient, serverName: string, admin: MatrixClient): Promise<Asked> {
  const [alice, bob] = [await client.register("alice"), await client.register("bob")];
  await untilFound(alice, bob, "bob");
  let names = 0;
  return { alice, bob, client, admin, room: await alice.createRoom(), serverName, newName: () => `new${++names}` };
}

describe("what failures of modules lead to, on Synapse and on the example homeserver", () => {
  let bridged: BridgedSynapse;
  let served: ServedModules;
  let example: TestServer;
  let mailbox: Mailbox;
  let both: readonly Asked[];

  const configure = (hooks: readonly string[], wish: Wish) => {
    const entries = MODULES.map(([{ name, prototype }, file]) => {
      const own = hooks.filter((hook) => hook in prototype);
      const operate = { hooks: Object.fromEntries(own.map((hook) => [hook, { on_failure: wish }])) };
      return { module: `${modulesOf(file)}#${name}`, operate };
    });
    return bridged.serve.configure(entries);
  };
  const possible = (wish: Wish) =>
    HOOKS.flatMap(([name, hook]) => (name in REACHED && whyNot(hook, wish) === undefined ? [name] : []));

  before(async () => {
    bridged = await BridgedSynapse.create();
    await configure([], "allow");
    const { configFile, socket } = bridged.serve;
    served = await serve({ configFile, address: `unix:${socket}`, logger: captureLogs({ all: true }).logger });
    mailbox = await Mailbox.open();
    const perUser = { perSecond: 1000, burstCount: 1000 };
    example = await startOn(MEMORY, {
      configFile,
      settings: {
        inviteLimits: { perRoom: null, perUser, perIssuer: null },
        mediaUploadLimits: [{ maxBytes: UPLOAD_LIMIT, timePeriodMs: 24 * 60 * 60 * 1000 }],
      },
    });
    await bridged.startSynapse(
      {},
      {
        rc_room_creation: UNLIMITED,
        room_list_publication_rules: [{ action: "allow" }],
        user_directory: { search_all_users: true },
        media_upload_limits: [{ time_period: "1d", max_size: UPLOAD_LIMIT }],
        email: mailbox.setting,
      },
    );
    await bridged.synapse.logged("Connected to ligand serve");
    await bridged.synapse.logged(UPDATED);
    const onExample = new MatrixClient(example.url);
    const exampleAdmin = await onExample.register("admin");
    await example.homeserver.services.users.setUserAdmin(exampleAdmin.userId as UserId, true);
    const onSynapse = bridged.client;
    both = [
      await asked(onSynapse, "synapse.test", await onSynapse.registerAdmin("admin")),
      await asked(onExample, "example.org", exampleAdmin),
    ];
  });

  after(async () => {
    await example?.stop();
    await bridged.stop();
    await served.stop();
    mailbox.close();
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
        const { ask, allow = OK, allowOnSynapse = allow, deny = FORBIDDEN, error = FAILED, shown } = REACHED[name]!;
        const expected = { allow, deny, error }[wish];
        const expectedOnSynapse = wish === "allow" ? allowOnSynapse : expected;
        it(`a failure of ${name} is ${expected.join(" ")} for the client`, async () => {
          const outcomes: Outcome[] = [];
          for (const asked of both) {
            const calls = when(name, () => Promise.reject(new Error("it's broken")));
            outcomes.push(outcomeOf(await ask(asked), shown));
            expect(calls).to.not.deep.equal([]);
            hangUp();
          }
          expect(outcomes).to.deep.equal([expectedOnSynapse, expected]);
        });
      }
    });
  }

  it("what a hook can't have is refused where modules start, for both", async () => {
    for (const wish of WISHES) {
      for (const [name, hook] of HOOKS) {
        if (whyNot(hook, wish) === undefined) continue;
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
