import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { MediaUploadLimit } from "#src/matrix/records.js";
import { startCategory, type ModuleOfFunctions } from "../dispatch/start-category.js";

const alice = "@alice:example.org";
const error = new Error("boom");
const throwing = () => {
  throw error;
};
const start = (modules: Readonly<Record<string, ModuleOfFunctions>>) =>
  startCategory(CATALOGUE.mediaRepository, modules);

describe("conformance: media repository", () => {
  it("case 297: getMediaConfigForUser passes over an object without keys", () => {
    const { hooks } = start({
      a: { getMediaConfigForUser: () => ({}) },
      b: { getMediaConfigForUser: () => ({ a: 1 }) },
    });
    expect(hooks.getMediaConfigForUser(alice)).to.deep.equal({ a: 1 });
  });

  it("case 298: getMediaConfigForUser throws a callback's error", () => {
    const { hooks } = start({ a: { getMediaConfigForUser: throwing }, b: { getMediaConfigForUser: () => ({ a: 1 }) } });
    expect(() => hooks.getMediaConfigForUser(alice))
      .to.throw()
      .that.equals(error);
  });

  it("case 299: isUserAllowedToUploadMediaOfSize treats null and 0 as a refusal", () => {
    for (const answer of [null, 0]) {
      const { hooks, asked } = start({
        a: { isUserAllowedToUploadMediaOfSize: () => answer },
        b: { isUserAllowedToUploadMediaOfSize: () => true },
      });
      expect(hooks.isUserAllowedToUploadMediaOfSize(alice, 1024)).to.equal(false);
      expect(asked).to.deep.equal(["a"]);
    }
  });

  it("case 301: getMediaUploadLimitsForUser treats an empty list as an answer, and null as none", () => {
    const { hooks } = start({
      a: { getMediaUploadLimitsForUser: () => null },
      b: { getMediaUploadLimitsForUser: () => [] },
    });
    expect(hooks.getMediaUploadLimitsForUser(alice)).to.deep.equal([]);
  });

  it("case 302: getMediaUploadLimitsForUser returns the longest period first", () => {
    const day = { maxBytes: 1000, timePeriodMs: 86_400_000 };
    const week = { maxBytes: 5000, timePeriodMs: 604_800_000 };
    const { hooks } = start({ a: { getMediaUploadLimitsForUser: () => [day, week] } });
    expect(hooks.getMediaUploadLimitsForUser(alice)).to.deep.equal([week, day]);
  });

  it("case 303: onMediaUploadLimitExceeded passes each module a copy of the limit", () => {
    const seen: MediaUploadLimit[] = [];
    const note = (_user: string, limit: MediaUploadLimit) => void seen.push(limit);
    const { hooks } = start({ a: { onMediaUploadLimitExceeded: note }, b: { onMediaUploadLimitExceeded: note } });
    const limit = { maxBytes: 1000, timePeriodMs: 86_400_000 };
    expect(hooks.onMediaUploadLimitExceeded(alice, limit, 500, 800)).to.equal(undefined);
    expect(seen).to.deep.equal([limit, limit]);
    expect(new Set([limit, ...seen]).size).to.equal(3);
  });

  it("case 304: onMediaUploadLimitExceeded throws a callback's error, and notifies no other module", () => {
    const { hooks, asked } = start({
      a: { onMediaUploadLimitExceeded: throwing },
      b: { onMediaUploadLimitExceeded: () => undefined },
    });
    expect(() => hooks.onMediaUploadLimitExceeded(alice, { maxBytes: 1, timePeriodMs: 1 }, 0, 2))
      .to.throw()
      .that.equals(error);
    expect(asked).to.deep.equal(["a"]);
  });
});
