import { expect } from "chai";
import { type MatrixError, MediaRepository, Module, type MediaUploadLimit, type UserId } from "#src/index.js";
import { userId, type TestUser } from "#src/testing.js";
import { failureOf } from "../failure-of.js";
import { testModule } from "./kit.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const WEEK_MS = 7 * DAY_MS;

@Module()
class Media {
  allowed = true;
  readonly limits = new Map<UserId, MediaUploadLimit[]>();
  readonly sizes: unknown[] = [];
  readonly exceeded: unknown[] = [];

  @MediaRepository.getMediaConfigForUser()
  config(user: UserId) {
    return { "m.upload.size": 1024, userId: user };
  }

  @MediaRepository.isUserAllowedToUploadMediaOfSize()
  isAllowed(user: UserId, size: number) {
    this.sizes.push([user, size]);
    return this.allowed;
  }

  @MediaRepository.getMediaUploadLimitsForUser()
  limitsFor(user: UserId) {
    return this.limits.get(user) ?? null;
  }

  @MediaRepository.onMediaUploadLimitExceeded()
  onExceeded(user: UserId, limit: MediaUploadLimit, sent: number, attempted: number) {
    this.exceeded.push([user, limit, sent, attempted]);
  }
}

const LIMITS = [
  { maxBytes: 1024, timePeriodMs: DAY_MS },
  { maxBytes: 3 * 1024, timePeriodMs: WEEK_MS },
];

/** User 1 has limits of its own, user 2 none, user 3 those of the settings. */
async function started() {
  const kit = await testModule(Media, {}, { settings: { mediaUploadLimits: LIMITS } });
  const [user1, user2, user3] = [
    await kit.homeserver.user("user1"),
    await kit.homeserver.user("user2"),
    await kit.homeserver.user("user3"),
  ];
  const ownLimits = [
    { maxBytes: 5000, timePeriodMs: DAY_MS },
    { maxBytes: 15_000, timePeriodMs: WEEK_MS },
  ];
  kit.module.limits.set(user1.userId, ownLimits).set(user2.userId, []);
  return { kit, media: kit.module, user1, user2, user3, [Symbol.asyncDispose]: () => kit.stop() };
}

function upload(user: TestUser, bytes: number): Promise<unknown> {
  return user.upload({ content: new Uint8Array(bytes) });
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const { status, errcode } = (await failureOf(promise)) as MatrixError;
  return [status, errcode];
}

const EXCEEDED = [400, "M_RESOURCE_LIMIT_EXCEEDED"];

describe("conformance: media in a homeserver", () => {
  it("case 289: a module's config is the answer to the client", async () => {
    await using t = await started();
    expect(await t.user1.mediaConfig()).to.deep.equal({ "m.upload.size": 1024, userId: userId("user1") });
  });

  it("case 290: an upload that a module allows is stored; the module sees its length", async () => {
    await using t = await started();
    expect(await upload(t.user1, 67)).to.match(/^mxc:/);
    expect(t.media.sizes).to.deep.equal([[userId("user1"), 67]]);
  });

  it("case 291: an upload that a module doesn't allow is a 413", async () => {
    await using t = await started();
    t.media.allowed = false;
    expect(await refusal(upload(t.user1, 67))).to.deep.equal([413, "M_TOO_LARGE"]);
    expect(t.media.sizes).to.deep.equal([[userId("user1"), 67]]);
  });

  it("case 292: uploads within the limits pass", async () => {
    await using t = await started();
    for (const user of [t.user1, t.user2, t.user3]) expect(await upload(user, 100)).to.match(/^mxc:/);
    expect(t.media.exceeded).to.deep.equal([]);
  });

  it("case 293: an upload beyond the daily limit is a 400, and the module is notified", async () => {
    await using t = await started();
    await upload(t.user1, 3000);
    expect(await refusal(upload(t.user1, 4000))).to.deep.equal(EXCEEDED);
    const limit = { maxBytes: 5000, timePeriodMs: DAY_MS };
    expect(t.media.exceeded).to.deep.equal([[userId("user1"), limit, 3000, 4000]]);
  });

  it("case 294: if several limits are exceeded, the module is notified of the longest", async () => {
    await using t = await started();
    await upload(t.user1, 3000);
    expect(await refusal(upload(t.user1, 20_000))).to.deep.equal(EXCEEDED);
    const limit = { maxBytes: 15_000, timePeriodMs: WEEK_MS };
    expect(t.media.exceeded).to.deep.equal([[userId("user1"), limit, 3000, 20_000]]);
  });

  it("case 295: an empty list of limits is no limit", async () => {
    await using t = await started();
    expect(await upload(t.user2, 10_000)).to.match(/^mxc:/);
    expect(t.media.exceeded).to.deep.equal([]);
  });

  it("case 296: without a module's answer the settings' limits apply", async () => {
    await using t = await started();
    await upload(t.user3, 500);
    expect(await refusal(upload(t.user3, 800))).to.deep.equal(EXCEEDED);
    expect(t.media.exceeded).to.deep.equal([[userId("user3"), LIMITS[0], 500, 800]]);
  });

  it("the homeserver's media repository lets a user upload again when the period is over, and keeps nothing of what was refused", async () => {
    await using t = await started();
    await upload(t.user3, 1000);
    expect(await refusal(upload(t.user3, 1000))).to.deep.equal(EXCEEDED);
    await t.kit.clock.advance(DAY_MS);
    expect(await upload(t.user3, 1000)).to.match(/^mxc:/);
    expect(await t.kit.homeserver.storage.media.find()).to.have.length(2);
  });
});
