import { expect } from "chai";
import type { RatelimitOverride, UserId } from "#src/index.js";
import { modulesOf } from "./bridged-synapse.js";
import { roomPath, type MatrixClient } from "./matrix-client.js";
import { hangUp, when } from "./switchboard.js";
import { SwitchedSynapse } from "./switched-synapse.js";

const UNLIMITED = { per_second: 10_000, burst_count: 10_000 };
const LIMITER = "rc_invites.per_issuer";

describe("cases of rate limits on Synapse", () => {
  let switched: SwitchedSynapse;

  before(async () => {
    const perIssuer = { per_second: 0.0001, burst_count: 3 };
    switched = await SwitchedSynapse.start(
      { rc_invites: { per_room: UNLIMITED, per_user: UNLIMITED, per_issuer: perIssuer } },
      { further: [{ module: `${modulesOf("costly-switches")}#RateSwitch` }] },
    );
  });
  after(() => switched.stop());
  afterEach(hangUp);

  /** A user who may not invite any more. */
  async function overfull() {
    const user = await switched.user();
    const room = await user.createRoom();
    const invite = async () => {
      const body = { user_id: `@${switched.newName("invitee")}:synapse.test` };
      return (await user.ask("POST", `${roomPath(room)}/invite`, body)).status;
    };
    expect([await invite(), await invite(), await invite(), await invite()]).to.deep.equal([200, 200, 200, 429]);
    return { user, invite };
  }

  const override = (user: MatrixClient, rate: RatelimitOverride) =>
    when("getRatelimitOverrideForUser", (userId: UserId, limiter: string) =>
      userId === user.userId && limiter === LIMITER ? rate : null,
    );

  it("case 306 on Synapse: a limiter that refuses a user accepts them once a module raises the burst", async () => {
    const { user, invite } = await overfull();
    const asked = override(user, { perSecond: 0.0001, burstCount: 10 });
    expect(await invite()).to.equal(200);
    expect(asked).to.deep.include([user.userId, LIMITER]);
  });

  for (const [number, burstCount] of [
    [307, 0],
    [308, 1],
  ] as const) {
    const differs = number === 307 ? "its code denies" : "its code fails";
    it(`case ${number} on Synapse: perSecond 0 with burst ${burstCount} means unlimited (differs: as Synapse documents it; ${differs})`, async () => {
      const { user, invite } = await overfull();
      override(user, { perSecond: 0, burstCount });
      expect([await invite(), await invite(), await invite(), await invite()]).to.deep.equal([200, 200, 200, 200]);
    });
  }

  it("Synapse asks about the limiters of invites", async () => {
    const user = await switched.user();
    const asked = when("getRatelimitOverrideForUser", () => null);
    const room = await user.createRoom();
    await user.sendMessage(room, "hello");
    expect(asked).to.deep.equal([]);
    await user.post(`${roomPath(room)}/invite`, { user_id: `@${switched.newName("invitee")}:synapse.test` });
    expect(asked).to.deep.equal(
      ["rc_invites.per_room", "rc_invites.per_user", LIMITER].map((limiter) => [user.userId, limiter]),
    );
  });
});
