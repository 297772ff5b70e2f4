import { expect } from "chai";
import { closest, suggest } from "#src/errors/did-you-mean.js";

describe("suggesting a name", () => {
  const known = ["evil_users", "rules", "id", "enabled", "shouting"];

  for (const [written, meant] of [
    ["evil_user", "evil_users"],
    ["evilUsers", "evil_users"],
    ["evil-users", "evil_users"],
    ["EVIL_USERS", "evil_users"],
    ["rule", "rules"],
    ["ruels", "rules"],
    ["enable", "enabled"],
    ["ip", "id"],
    ["enabeld", "enabled"],
    ["nothing", undefined],
    ["disabled", undefined],
    ["something_else", undefined],
    ["x", undefined],
    ["", undefined],
  ] as const) {
    it(`\`${written}\` suggests ${meant ? `\`${meant}\`` : "nothing"}`, () => {
      expect(closest(written, known)).to.equal(meant);
    });
  }

  it("didYouMean says what to do otherwise", () => {
    expect(suggest("rule", known, "Remove it.")).to.equal("Did you mean `rules`?");
    expect(suggest("something_else", known, "Remove it.")).to.equal("Remove it.");
  });
});
