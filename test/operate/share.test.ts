import { expect } from "chai";
import fc from "fast-check";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { AnyHook } from "#src/hooks/hook.js";
import { hashOf, inShare } from "#src/operate/share.js";

const { spamChecker, accountData } = CATALOGUE;
const { userMayInvite, userMayCreateRoom, checkRegistrationForSpam } = spamChecker.hooks;

/** Whether an invite to a room belongs to the share of a module. */
function invited(room: unknown, id: string, share: number, inviter: unknown = "@ann:example.org"): boolean {
  return inShare(userMayInvite, id, share)(inviter, "@bob:example.org", room, undefined, undefined, undefined);
}

function asks(hook: AnyHook, share: number, ...args: readonly unknown[]): boolean {
  const [a0, a1, a2, a3] = args;
  return inShare(hook, "module", share)(a0, a1, a2, a3, undefined, undefined);
}

const rooms = Array.from({ length: 10_000 }, (_, number) => `!${(number * 7919).toString(36)}room:example.org`);

describe("shares", () => {
  it("the hash is FNV-1a with 32 bits, of UTF-8", () => {
    const known = {
      "": 0x811c9dc5,
      a: 0xe40c292c,
      b: 0xe70c2de5,
      foobar: 0xbf9cf968,
      "chongo was here!\n": 0xd49930d5,
    };
    expect(Object.fromEntries(Object.keys(known).map((text) => [text, hashOf(text)]))).to.deep.equal(known);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (before, after) => {
        const bytes = new TextEncoder().encode(before + after);
        let hash = 0x811c9dc5;
        for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
        expect(hashOf(before + after)).to.equal(hash);
      }),
    );
  });

  it("a share of 10% is about a tenth of the rooms, and part of one of 20%", () => {
    const tenth = rooms.filter((room) => invited(room, "links", 0.1));
    expect(tenth.length).to.be.within(800, 1200);
    expect(tenth.filter((room) => !invited(room, "links", 0.2))).to.deep.equal([]);
  });

  it("two modules have different rooms", () => {
    const both = rooms.filter((room) => invited(room, "links", 0.1) && invited(room, "images", 0.1));
    expect(both.length).to.be.within(40, 180);
  });

  it("a share of nothing has no room, and one of 100% has all", () => {
    expect(rooms.filter((room) => invited(room, "links", 0))).to.deep.equal([]);
    expect(rooms.filter((room) => !invited(room, "links", 1))).to.deep.equal([]);
  });

  it("a user counts where a hook is about no room, or a dispatch has none", () => {
    const users = Array.from({ length: 1000 }, (_, number) => `@user${number}:example.org`);
    const creating = users.filter((user) => asks(userMayCreateRoom, 0.3, user));
    const global = users.filter((user) => asks(accountData.hooks.onAccountDataUpdated, 0.3, user, null, "m.direct"));
    expect(creating.length).to.be.within(200, 400);
    expect(global).to.deep.equal(creating);
  });

  it("a module is asked where neither room nor user is known", () => {
    expect(asks(checkRegistrationForSpam, 0.1, "a@b.c", "ann")).to.equal(true);
    expect(invited(undefined, "links", 0, null)).to.equal(true);
  });
});
