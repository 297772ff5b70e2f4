import { expect } from "chai";
import { LigandError, MatrixError, type JsonObject, type PushRuleAction, type UserId } from "#src/index.js";
import { capturedLog } from "../services/captured-log.js";
import type { MatrixClient } from "./matrix-client.js";
import { services } from "./service-board.js";
import { SwitchedSynapse } from "./switched-synapse.js";
import { until } from "../until.js";

const INVALID = "LIGAND_ARGUMENT_INVALID";

describe("cases of services on Synapse", () => {
  let switched: SwitchedSynapse;
  let alice: UserId;
  let client: MatrixClient;
  const log = capturedLog();

  before(async () => {
    switched = await SwitchedSynapse.start({}, { logger: log.logger });
    client = await switched.user();
    alice = client.userId as UserId;
  });
  after(() => switched.stop());

  /** What a call of a service is refused with: a code of Ligand, or status and code for a client of Matrix. */
  async function refusal(call: Promise<unknown>): Promise<unknown> {
    try {
      await call;
    } catch (error) {
      if (error instanceof MatrixError) return [error.status, error.errcode];
      if (error instanceof LigandError) return error.code;
      throw error;
    }
    return "none";
  }

  describe("account data", () => {
    const dataOf = (type: string) => `/_matrix/client/v3/user/${alice}/account_data/${type}`;

    it("case 276 on Synapse: getGlobal refuses a malformed id with 400 M_INVALID_PARAM", async () => {
      const refused = await refusal(services().accountData.getGlobal("not an id" as UserId, "type"));
      expect(refused).to.deep.equal([400, "M_INVALID_PARAM"]);
    });

    it("case 277 on Synapse: getGlobal refuses a remote user", async () => {
      expect(await refusal(services().accountData.getGlobal("@a:elsewhere", "type"))).to.equal(INVALID);
    });

    it("case 278 on Synapse: changing what getGlobal gave throws and leaves the stored value intact", async () => {
      await client.put(dataOf("case.278"), { wombat: true });
      const got = (await services().accountData.getGlobal(alice, "case.278")) as JsonObject;
      expect(got).to.deep.equal({ wombat: true });
      expect(() => (got["wombat"] = false)).to.throw(TypeError);
      expect(() => (got["more"] = 1)).to.throw(TypeError);
      expect(await client.get(dataOf("case.278"))).to.deep.equal({ wombat: true });
      expect(await services().accountData.getGlobal(alice, "case.278")).to.deep.equal({ wombat: true });
    });

    it("case 279 on Synapse: what putGlobal is given is stored", async () => {
      await services().accountData.putGlobal(alice, "case.279", { wombat: true });
      expect(await client.get(dataOf("case.279"))).to.deep.equal({ wombat: true });
    });

    it("case 281 on Synapse: putGlobal refuses a type that isn't a string and data that isn't an object", async () => {
      const refused = [];
      for (const [type, data] of [
        [42, {}],
        ["case.281", 42],
        ["case.281", []],
        ["case.281", null],
      ]) {
        refused.push(await refusal(services().accountData.putGlobal(alice, type as string, data as JsonObject)));
      }
      expect(refused).to.deep.equal([INVALID, INVALID, INVALID, INVALID]);
      expect(await services().accountData.getGlobal(alice, "case.281")).to.equal(null);
    });

    it("case 282 on Synapse: nested objects and lists are frozen too", async () => {
      await client.put(dataOf("case.282"), { list: [1, { deep: "x" }], object: { inner: {} } });
      const got = (await services().accountData.getGlobal(alice, "case.282")) as unknown as {
        list: [number, { deep: string }];
        object: { inner: Record<string, unknown> };
      };
      expect(() => (got.list as unknown[]).push(2)).to.throw(TypeError);
      expect(() => (got.list[1].deep = "y")).to.throw(TypeError);
      expect(() => (got.object.inner["more"] = 1)).to.throw(TypeError);
    });
  });

  it("case 336 on Synapse: actions of push rules are accepted and refused alike, here and by Synapse", async () => {
    const { pushRules } = services();
    const judged = [];
    const candidates = [["foo"], [{ foo: "bar" }], ["notify"], [{ set_tweak: "sound", value: "default" }]];
    for (const actions of candidates as PushRuleAction[][]) {
      const here = await refusal((async () => pushRules.checkPushRuleActions(actions))());
      const there = pushRules.setPushRuleAction(alice, "global", "underride", ".m.rule.message", actions);
      judged.push([here, await refusal(there)]);
    }
    const refused = [INVALID, INVALID];
    expect(judged).to.deep.equal([refused, refused, ["none", "none"], ["none", "none"]]);
  });

  it("case 342 on Synapse: getQualifiedUserId completes a name by Synapse's, and leaves an id untouched", () => {
    const { server } = services();
    expect(server.getQualifiedUserId("bob")).to.equal("@bob:synapse.test");
    expect(server.getQualifiedUserId("@x:other")).to.equal("@x:other");
  });

  it("case 343 on Synapse: isMine compares everything after the first colon with Synapse's name", () => {
    const ids = ["synapse.test", "@a:synapse.test", "@a:synapse.test:extra"];
    expect(ids.map((id) => services().server.isMine(id))).to.deep.equal([false, true, false]);
  });

  it("case 344 on Synapse: an empty filter selects everything for getRoomState and nothing for getStateEventsInRoom", async () => {
    const room = (await client.createRoom()) as `!${string}`;
    const state = await services().rooms.getRoomState(room, []);
    expect(state.get("m.room.create")?.sender).to.equal(alice);
    expect(state.get("m.room.member", alice)?.membership).to.equal("join");
    expect(await services().rooms.getStateEventsInRoom(room, [])).to.deep.equal([]);
  });

  describe("background work that Synapse refuses", () => {
    let calls: number;
    beforeEach(() => {
      log.lines.splice(0);
      calls = 0;
    });

    async function work(): Promise<unknown> {
      calls++;
      return services().accountData.getGlobal("@a:elsewhere", "type");
    }
    const FAILED = "error: The background process work failed <- ";

    it("case 346 on Synapse: a looping call that fails is called again each interval", async () => {
      const timer = services().scheduler.loopingBackgroundCall(work, 20);
      await until(() => log.lines.length >= 3);
      timer.cancel();
      // Also what was under way fails, and must not be seen by the next test.
      await until(() => log.lines.length === calls);
      for (const line of log.lines) expect(line).to.include(FAILED).and.to.include("@a:elsewhere");
    });

    it("case 349 on Synapse: a background process that fails resolves with undefined, and the error is logged", async () => {
      expect(await services().scheduler.runAsBackgroundProcess("work", work)).to.equal(undefined);
      expect(log.lines).to.have.length(1);
      expect(log.lines[0]).to.include(FAILED).and.to.include("@a:elsewhere");
    });
  });
});
