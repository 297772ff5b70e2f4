import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { settingsFor } from "#src/config/operate/operate-settings.js";
import { hook } from "#src/hooks/hook.js";
import { nothing } from "#src/hooks/legal-answers.js";
import { skip } from "#src/hooks/failure-policy.js";
import { runAll } from "#src/hooks/strategies.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { matcherOf } from "#src/config/operate/matcher.js";
import { CASES } from "./matcher-cases.js";

/** A hook that has each facet as an argument of its own. */
const about = hook<[room?: string | null, user?: string | null, type?: string], void, void>({
  summary: "Called to test matchers.",
  since: "1.0.0",
  parameters: [
    { name: "room", summary: "the room", facet: "room" },
    { name: "user", summary: "the user", facet: "user" },
    { name: "type", summary: "the type", facet: "type" },
  ],
  answers: nothing(runAll()),
  failure: skip("warn"),
  refusal: null,
  shield: false,
});

const SETTINGS = settingsFor(undefined, "any");
const { spamChecker, thirdPartyRules, unsignedFields, passwordAuth } = CATALOGUE;

describe("matchers", () => {
  for (const { name, only, except, facets, asked } of CASES.matchers) {
    it(`a module with a matcher is ${asked ? "" : "not "}asked: ${name}`, () => {
      const matcher = matcherOf(about, { ...SETTINGS, ...(only && { only }), ...(except && { except }) });
      const { room, sender, type, origin } = facets;
      expect(matcher?.(room, sender, type, origin && { origin }, undefined, undefined) ?? true).to.equal(asked);
    });
  }

  it("a matcher reads an event's room, sender and type, and the homeserver's requester", () => {
    const event = new RoomEvent({
      event_id: "$e",
      room_id: "!a:b",
      type: "m.room.message",
      sender: "@ann:example.org",
      content: {},
    });
    const only = { room: ["!a:b"], type: ["m.room.message"], sender: ["@ann:*"], server: ["example.org"] };
    const others = { room: ["!b:b"] };
    const calls = [
      [spamChecker.hooks.checkEventForSpam, { only }, [event]],
      [spamChecker.hooks.checkEventForSpam, { only: others }, [event]],
      [unsignedFields.hooks.addFieldToUnsigned, { except: only }, [event]],
      [thirdPartyRules.hooks.onCreateRoom, { only: { sender: ["@ann:*"] } }, [{ userId: "@ann:example.org" }]],
      [thirdPartyRules.hooks.onCreateRoom, { only: { sender: ["@bob:*"] } }, [{ userId: "@ann:example.org" }]],
    ] as const;
    expect(
      calls.map(([declared, settings, args]) => {
        const [a0] = args;
        return matcherOf(declared, { ...SETTINGS, ...settings })!(
          a0,
          undefined,
          undefined,
          undefined,
          undefined,
          undefined,
        );
      }),
    ).to.deep.equal([true, false, false, true, false]);
  });

  it("a matcher of keys that the hook isn't about, or of none, is no matcher", () => {
    expect(matcherOf(passwordAuth.hooks.authChecker, { ...SETTINGS, only: { room: ["!a:b"] } })).to.equal(undefined);
    expect(matcherOf(spamChecker.hooks.checkEventForSpam, { ...SETTINGS, only: {}, except: {} })).to.equal(undefined);
  });
});
