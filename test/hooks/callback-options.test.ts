import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { SpamChecker, ThirdPartyRules, UnsignedFields } from "#src/catalogue/index.js";
import type { Narrowing } from "#src/hooks/callback-options.js";
import { registrationsOf } from "#src/hooks/registration.js";

type Decorate = (...args: unknown[]) => (prototype: object, method: string) => void;
const checkEventAllowed = ThirdPartyRules.checkEventAllowed as unknown as Decorate;
const onNewEvent = ThirdPartyRules.onNewEvent as unknown as Decorate;
const checkVisibility = ThirdPartyRules.checkVisibilityCanBeModified as unknown as Decorate;
const onCreateRoom = ThirdPartyRules.onCreateRoom as unknown as Decorate;
const checkEventForSpam = SpamChecker.checkEventForSpam as unknown as Decorate;
const addFieldToUnsigned = UnsignedFields.addFieldToUnsigned as unknown as Decorate;

const ALLOWED = "@ThirdPartyRules.checkEventAllowed";
const VISIBILITY = "@ThirdPartyRules.checkVisibilityCanBeModified";
const WRITE_STATE = (decorator: string) =>
  `Write \`${decorator}({ state: [["m.room.power_levels", ""], ["m.room.member"]] })\`, or \`${decorator}()\` for everything.`;
const WRITE_TYPES = (decorator: string) =>
  `Write \`${decorator}({ types: ["m.room.member"] })\`, or \`${decorator}()\` for everything.`;

describe("the options of a hook's decorator", () => {
  it("the options of a hook's decorator are kept with the registration, also where plain JavaScript applies the decorator", () => {
    class Looks {
      m() {}
    }
    checkEventAllowed({ state: ["m.room.topic", ["m.room.member", "$sender"], ["a", ""]], types: ["x", "y", "x"] })(
      Looks.prototype,
      "m",
    );
    onNewEvent({ state: [] })(Looks.prototype, "m");
    onNewEvent({})(Looks.prototype, "m");
    onNewEvent(undefined)(Looks.prototype, "m");
    expect(registrationsOf(Looks).map(({ hook, options }) => [hook, options])).to.deep.equal([
      ["checkEventAllowed", { types: ["x", "y"], state: [["m.room.topic"], ["m.room.member", "$sender"], ["a", ""]] }],
      ["onNewEvent", { state: [] }],
      ["onNewEvent", {}],
      ["onNewEvent", undefined],
    ]);
  });

  it("the options of a hook's decorator of an override stand in the place of those of the method that it overrides", () => {
    class Base {
      m() {}
    }
    onNewEvent({ types: ["a"] })(Base.prototype, "m");
    class Derived extends Base {
      override m() {}
    }
    onNewEvent({ types: ["b"] })(Derived.prototype, "m");
    class Further extends Derived {}
    const typesOf = (moduleClass: Function) =>
      registrationsOf(moduleClass).map(({ options }) => (options as Narrowing).types);
    expect([typesOf(Base), typesOf(Derived), typesOf(Further)]).to.deep.equal([[["a"]], [["b"]], [["b"]]]);
  });

  for (const [what, decorate, options, message, remedy] of [
    [
      "an array",
      checkEventAllowed,
      [["m.room.member"]],
      `${ALLOWED}: the options are a list of 1 item; expected an object`,
      WRITE_STATE(ALLOWED),
    ],
    [
      "a string",
      onNewEvent,
      "m.room.member",
      "@ThirdPartyRules.onNewEvent: the options are a string of 13 characters; expected an object",
      WRITE_STATE("@ThirdPartyRules.onNewEvent"),
    ],
    [
      "a misspelt option",
      checkEventAllowed,
      { type: ["m.room.member"] },
      `${ALLOWED}: unknown option \`type\`; did you mean \`types\`?`,
      WRITE_TYPES(ALLOWED),
    ],
    [
      "an unknown option",
      checkEventAllowed,
      { rooms: [] },
      `${ALLOWED}: unknown option \`rooms\`; the hook takes types and state`,
      WRITE_STATE(ALLOWED),
    ],
    [
      "`state` for a hook without state",
      checkEventForSpam,
      { state: [] },
      "@SpamChecker.checkEventForSpam: unknown option `state`; the hook takes types",
      WRITE_TYPES("@SpamChecker.checkEventForSpam"),
    ],
    [
      "`types` for a hook without event",
      checkVisibility,
      { types: ["a"] },
      `${VISIBILITY}: unknown option \`types\`; the hook takes state`,
      WRITE_STATE(VISIBILITY),
    ],
    [
      "options for a hook that takes none",
      onCreateRoom,
      { types: ["a"] },
      "@ThirdPartyRules.onCreateRoom: the hook's decorator takes no options",
      "Write `@ThirdPartyRules.onCreateRoom()`.",
    ],
    [
      "`types` that is a string",
      addFieldToUnsigned,
      { types: "m.room.member" },
      "@UnsignedFields.addFieldToUnsigned: `types` is a string of 13 characters; expected an array of event types",
      WRITE_TYPES("@UnsignedFields.addFieldToUnsigned"),
    ],
    [
      "empty `types`",
      checkEventAllowed,
      { types: [] },
      `${ALLOWED}: \`types\` is empty, so the callback would never be called`,
      WRITE_TYPES(ALLOWED),
    ],
    [
      "a type that is a number",
      checkEventAllowed,
      { types: ["a", 1] },
      `${ALLOWED}: \`types[1]\` is a number; expected the type of an event`,
      WRITE_TYPES(ALLOWED),
    ],
    [
      "a pattern",
      checkEventAllowed,
      { types: ["m.room.*"] },
      `${ALLOWED}: \`types[0]\` is "m.room.*"; patterns aren't supported`,
      WRITE_TYPES(ALLOWED),
    ],
    [
      "`state` that is an object",
      checkEventAllowed,
      { state: {} },
      `${ALLOWED}: \`state\` is an object; expected an array`,
      WRITE_STATE(ALLOWED),
    ],
    [
      "one pair in the place of a list of pairs",
      checkEventAllowed,
      { state: ["m.room.member", null] },
      `${ALLOWED}: \`state[1]\` is null; expected a type, or a type and a state key`,
      WRITE_STATE(ALLOWED),
    ],
    [
      "an empty pair",
      checkEventAllowed,
      { state: [[]] },
      `${ALLOWED}: \`state[0]\` is a list of 0 items; expected a type, or a type and a state key`,
      WRITE_STATE(ALLOWED),
    ],
    [
      "a state key that is null",
      checkEventAllowed,
      { state: [["m.room.member", null]] },
      `${ALLOWED}: \`state[0][1]\` is null; expected a state key, or nothing for all of them`,
      WRITE_STATE(ALLOWED),
    ],
    [
      "an empty type",
      checkEventAllowed,
      { state: [["", "x"]] },
      `${ALLOWED}: \`state[0][0]\` is an empty string; expected the type of an event`,
      WRITE_STATE(ALLOWED),
    ],
    [
      "`$sender` where there is no event",
      checkVisibility,
      { state: [["m.room.member", "$sender"]] },
      `${VISIBILITY}: \`state[0][1]\` is "$sender", but the hook has no event that it could belong to`,
      WRITE_STATE(VISIBILITY),
    ],
  ] as const) {
    it(`the options of a hook's decorator are refused for ${what}, with what is wrong and what to write`, () => {
      let error: unknown;
      try {
        decorate(options);
      } catch (thrown) {
        error = thrown;
      }
      if (!(error instanceof LigandError)) throw new Error("expected a LigandError", { cause: error });
      expect([error.code, error.message, error.remedy]).to.deep.equal(["LIGAND_ARGUMENT_INVALID", message, remedy]);
    });
  }
});
