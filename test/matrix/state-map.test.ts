import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { StateMap } from "#src/matrix/state-map.js";
import { resolveSelection, unionOfSelections } from "#src/matrix/state-selection.js";

const state = new StateMap([
  ["m.room.power_levels", "", "levels"],
  ["m.room.member", "@a:x", "a"],
  ["m.room.member", "@b:x", "b"],
  ["m.room.topic", "", "topic"],
]);

function refusalOf(ask: () => unknown): [code: string, message: string, remedy: string] {
  try {
    ask();
  } catch (error) {
    if (error instanceof LigandError) return [error.code, error.message, error.remedy];
  }
  throw new Error("expected a LigandError");
}

describe("StateMap", () => {
  it("StateMap has each entry by type and state key, and the last of two with the same key", () => {
    const map = new StateMap([
      ["t", "k", 1],
      ["t", "", 2],
      ["t", "k", 3],
    ]);
    expect([map.size, map.get("t"), map.get("t", "k"), map.has("t", "x"), map.get("u")]).to.deep.equal([
      2,
      2,
      3,
      false,
      undefined,
    ]);
    expect([...map]).to.deep.equal([
      ["t", "k", 3],
      ["t", "", 2],
    ]);
  });

  it("StateMap makes a value when it is first asked for, once, also for its selections", () => {
    const made: string[] = [];
    const map = StateMap.lazily(
      [
        ["t", "a", "1"],
        ["t", "b", "2"],
        ["u", "", "3"],
      ],
      (raw) => (made.push(raw), Number(raw)),
    );
    expect([map.size, map.has("t", "a"), made]).to.deep.equal([3, true, []]);
    const view = map.only([["t"]]);
    expect([view.get("t", "b"), view.get("t", "b"), made]).to.deep.equal([2, 2, ["2"]]);
    expect([...map.ofType("t")]).to.deep.equal([
      ["a", 1],
      ["b", 2],
    ]);
    expect([...map.values(), ...map.values()]).to.deep.equal([1, 2, 3, 1, 2, 3]);
    expect(made).to.deep.equal(["2", "1", "3"]);
  });

  describe("a selection of it", () => {
    const view = state.only([["m.room.power_levels", ""], ["m.room.member", "@b:x"], ["m.room.name"]]);

    it("a selection of a StateMap returns what was declared, and undefined for what doesn't exist", () => {
      expect([
        view.get("m.room.power_levels"),
        view.get("m.room.member", "@b:x"),
        view.get("m.room.name"),
      ]).to.deep.equal(["levels", "b", undefined]);
      expect([view.has("m.room.power_levels"), view.has("m.room.name", "any")]).to.deep.equal([true, false]);
      expect(view.ofType("m.room.name").size).to.equal(0);
    });

    it("a selection of a StateMap covers in its size and its iteration what was declared", () => {
      expect(view.size).to.equal(2);
      expect([...view]).to.deep.equal([
        ["m.room.power_levels", "", "levels"],
        ["m.room.member", "@b:x", "b"],
      ]);
      expect([...view.values()]).to.deep.equal(["levels", "b"]);
      const whole = state.only([["m.room.member", "@b:x"], ["m.room.member"]]);
      expect([...whole.values()]).to.deep.equal(["a", "b"]);
      expect(whole.ofType("m.room.member").size).to.equal(2);
    });

    it("a selection of a StateMap refuses anything else, whether it is there or not, and says what to add to the decorator", () => {
      const declared = 'its decorator declares m.room.power_levels (""), m.room.member ("@b:x"), m.room.name';
      expect(refusalOf(() => view.get("m.room.topic"))).to.deep.equal([
        "LIGAND_STATE_NOT_DECLARED",
        `the callback asked its state for m.room.topic with the state key "", but ${declared}`,
        'Add ["m.room.topic",""] or, for every state key, ["m.room.topic"] to `state` in the decorator of the callback.',
      ]);
      expect(refusalOf(() => view.has("m.room.member", "@nobody:x"))[1]).to.equal(
        `the callback asked its state for m.room.member with the state key "@nobody:x", but ${declared}`,
      );
      expect(refusalOf(() => view.ofType("m.room.member"))).to.deep.equal([
        "LIGAND_STATE_NOT_DECLARED",
        `the callback asked its state for all m.room.member events, but ${declared}`,
        'Add ["m.room.member"] to `state` in the decorator of the callback.',
      ]);
      expect(refusalOf(() => state.only([]).get("m.room.create"))[1]).to.equal(
        'the callback asked its state for m.room.create with the state key "", but its decorator declares no state',
      );
    });
  });
});

describe("a selection of state", () => {
  it("a selection of state replaces `$sender` and `$state_key` with those of the event", () => {
    const selection = [["a"], ["m.room.member", "$sender"], ["m.room.member", "$state_key"], ["b", "$other"]] as const;
    expect(resolveSelection(selection, { sender: "@a:x", stateKey: "@b:x" })).to.deep.equal([
      ["a"],
      ["m.room.member", "@a:x"],
      ["m.room.member", "@b:x"],
      ["b", "$other"],
    ]);
    expect(resolveSelection(selection, { sender: "@a:x" })).to.deep.equal([
      ["a"],
      ["m.room.member", "@a:x"],
      ["b", "$other"],
    ]);
    expect(resolveSelection([["m.room.member", "$state_key"]], { sender: "@a:x", stateKey: "" })).to.deep.equal([
      ["m.room.member", ""],
    ]);
  });

  it("a selection of state for several callbacks has each entry once, and is the whole state if one of them needs it", () => {
    expect(unionOfSelections([])).to.deep.equal([]);
    expect(unionOfSelections([[["a", ""]], [["b"], ["a", ""]], [["b", "k"]]])).to.deep.equal([["a", ""], ["b"]]);
    expect(unionOfSelections([[["a", ""]], null])).to.equal(null);
  });
});
