import { expect } from "chai";
import { Module, Ratelimit, type RatelimitOverride, type UserId } from "#src/index.js";
import { requester, testModule } from "#src/testing.js";
import { RateLimiter } from "#src/homeserver/pipelines/rate-limits.js";

/** Overrides the rates of some users, and notes who was asked about. */
@Module()
class Rates {
  override: RatelimitOverride | null = null;
  readonly asked: [UserId, string][] = [];

  @Ratelimit.getRatelimitOverrideForUser()
  rateOf(userId: UserId, limiter: string): RatelimitOverride | null {
    this.asked.push([userId, limiter]);
    return this.override;
  }
}

const ALICE = { requester: requester("alice") };

describe("conformance: rate limits", () => {
  it("case 306: a limiter that refuses a user accepts them once a module raises the burst", async () => {
    await using kit = await testModule(Rates);
    const limiter = new RateLimiter(kit, "rc_invites.per_issuer", { perSecond: 0.1, burstCount: 3 });
    const firstThree = [];
    for (let count = 0; count < 3; count += 1) firstThree.push(await limiter.isAllowed(ALICE));
    expect(firstThree).to.deep.equal([true, true, true]);
    expect(await limiter.isAllowed(ALICE)).to.equal(false);
    kit.module.override = { perSecond: 0.1, burstCount: 10 };
    expect(await limiter.isAllowed(ALICE)).to.equal(true);
  });

  it("case 307: perSecond 0 with burst 0 means unlimited (differs: as Synapse documents it; its code denies)", async () => {
    await using kit = await testModule(Rates);
    kit.module.override = { perSecond: 0, burstCount: 0 };
    const limiter = new RateLimiter(kit, "rc_invites.per_issuer", { perSecond: 0.1, burstCount: 1 });
    const checks = [await limiter.isAllowed(ALICE), await limiter.isAllowed(ALICE), await limiter.isAllowed(ALICE)];
    expect(checks).to.deep.equal([true, true, true]);
  });

  it("case 308: perSecond 0 with a burst means unlimited, also for a check that records (differs: as Synapse documents it; its code fails)", async () => {
    await using kit = await testModule(Rates);
    kit.module.override = { perSecond: 0, burstCount: 1 };
    const limiter = new RateLimiter(kit, "rc_invites.per_issuer", { perSecond: 0.1, burstCount: 1 });
    const checks = [await limiter.isAllowed(ALICE), await limiter.isAllowed({ ...ALICE, counts: false })];
    expect(checks.concat(await limiter.isAllowed(ALICE))).to.deep.equal([true, true, true]);
  });

  it("case 309: without a requester no module is asked", async () => {
    await using kit = await testModule(Rates);
    kit.module.override = { perSecond: 0, burstCount: 0 };
    const limiter = new RateLimiter(kit, "rc_invites.per_room", { perSecond: 0.1, burstCount: 1 });
    const checks = [await limiter.isAllowed({ key: "!a:b" }), await limiter.isAllowed({ key: "!a:b" })];
    expect(checks).to.deep.equal([true, false]);
    expect(kit.module.asked).to.deep.equal([]);
  });

  it("case 462: the rate limiter of invites asks about the inviter, for each limiter of invites", async () => {
    await using kit = await testModule(Rates);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    await alice.invite(room, "@bob:example.org");
    expect(kit.module.asked).to.deep.equal([
      ["@alice:example.org", "rc_invites.per_room"],
      ["@alice:example.org", "rc_invites.per_user"],
      ["@alice:example.org", "rc_invites.per_issuer"],
    ]);
  });

  it("the rate limiter of invites fills a bucket again as time passes", async () => {
    await using kit = await testModule(Rates);
    const limiter = new RateLimiter(kit, "rc_invites.per_issuer", { perSecond: 0.1, burstCount: 1 });
    const before = [await limiter.isAllowed(ALICE), await limiter.isAllowed(ALICE)];
    await kit.clock.advance(10_000);
    expect([...before, await limiter.isAllowed(ALICE)]).to.deep.equal([true, false, true]);
  });
});
