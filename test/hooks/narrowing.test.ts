import { expect } from "chai";
import fc from "fast-check";
import { ThirdPartyRules, UnsignedFields } from "#src/catalogue/index.js";
import type { EventAllowed } from "#src/catalogue/event-allowed.js";
import { thirdPartyRules } from "#src/catalogue/third-party-rules.js";
import { unsignedFields } from "#src/catalogue/unsigned-fields.js";
import type { HookContext, RoomEvent, StateMap, StateSelection } from "#src/index.js";
import { roomEvent, stateOf } from "#src/testing/builders.js";
import { startCategory } from "../dispatch/start-category.js";

const POWER = roomEvent({ type: "m.room.power_levels", state_key: "", content: { ban: 50 } });
const ALICE = roomEvent({ type: "m.room.member", state_key: "@alice:x", content: { membership: "join" } });
const BOB = roomEvent({ type: "m.room.member", state_key: "@bob:x", content: { membership: "ban" } });
const STATE = stateOf(POWER, ALICE, BOB);
const MESSAGE = roomEvent({ type: "m.room.message", sender: "@alice:x" });
const JOIN = roomEvent({ type: "m.room.member", sender: "@alice:x", state_key: "@bob:x" });

/** Gives the state, and notes what was wanted of it. */
function loader() {
  const wanted: (StateSelection | undefined)[] = [];
  const load = (selection?: StateSelection) => {
    wanted.push(selection);
    return STATE;
  };
  return { wanted, load };
}

class OneParameter {
  @ThirdPartyRules.checkEventAllowed()
  check(_event: RoomEvent): EventAllowed {
    return [true, null];
  }
}

class Powers {
  seen: unknown[] = [];

  @ThirdPartyRules.onNewEvent({
    state: [
      ["m.room.power_levels", ""],
      ["m.room.member", "$sender"],
    ],
  })
  look(event: RoomEvent, state: StateMap<RoomEvent>) {
    this.seen.push([...state.values()], state.get("m.room.member", event.sender));
  }
}

class Members {
  @ThirdPartyRules.onNewEvent({ types: ["m.room.member"], state: ["m.room.member"] })
  look(_event: RoomEvent, _state: StateMap<RoomEvent>) {}
}

class Whole {
  @ThirdPartyRules.onNewEvent()
  look(_event: RoomEvent, _state: StateMap<RoomEvent>) {}
}

class StateAlone {
  seen: unknown[] = [];

  @ThirdPartyRules.onNewEvent({ state: [] })
  look(_event: RoomEvent, state: StateMap<RoomEvent>, context: HookContext) {
    this.seen.push(state.size, context.requestId);
  }
}

describe("a callback is given what it looks at", () => {
  it("the state is not loaded where no callback has a parameter for it", async () => {
    const { hooks } = startCategory(thirdPartyRules, { one: OneParameter });
    const { load, wanted } = loader();
    expect(await hooks.checkEventAllowed(MESSAGE, load)).to.deep.equal([true, null]);
    expect(wanted).to.deep.equal([]);
  });

  it("the state is loaded once, and of it what the callbacks that are called declare, with the event's own keys", async () => {
    const powers: Powers[] = [];
    class Kept extends Powers {
      constructor() {
        super();
        powers.push(this);
      }
    }
    const { hooks, setModules } = startCategory(thirdPartyRules, { powers: Kept, members: Members });
    const { load, wanted } = loader();
    await hooks.onNewEvent(MESSAGE, load);
    await hooks.onNewEvent(JOIN, load);
    setModules({ powers: Kept, whole: Whole });
    await hooks.onNewEvent(MESSAGE, load);
    setModules({ members: Members });
    await hooks.onNewEvent(MESSAGE, load);
    expect(wanted).to.deep.equal([
      [
        ["m.room.power_levels", ""],
        ["m.room.member", "@alice:x"],
      ],
      [["m.room.power_levels", ""], ["m.room.member"]],
      undefined,
    ]);
    expect(powers[0]!.seen).to.deep.equal([[POWER, ALICE], ALICE, [POWER, ALICE], ALICE]);
    expect(powers[1]!.seen).to.deep.equal([[POWER, ALICE], ALICE]);
  });

  it("`state: []` loads nothing, and arguments after the state keep their places", async () => {
    const made: StateAlone[] = [];
    class Kept extends StateAlone {
      constructor() {
        super();
        made.push(this);
      }
    }
    const { hooks } = startCategory(thirdPartyRules, { alone: Kept });
    const { load, wanted } = loader();
    await hooks.onNewEvent(MESSAGE, load, { requestId: "PUT-1" });
    await hooks.onNewEvent(MESSAGE, STATE, { requestId: "PUT-2" });
    expect([made[0]!.seen, wanted]).to.deep.equal([[0, "PUT-1", 0, "PUT-2"], []]);
  });

  it("modules that take over while the state is loaded have what they look at", async () => {
    const { hooks, setModules } = startCategory(thirdPartyRules, { members: Powers });
    const wanted: (StateSelection | undefined)[] = [];
    await hooks.onNewEvent(MESSAGE, async (selection) => {
      wanted.push(selection);
      if (wanted.length === 1) setModules({ whole: Whole });
      return STATE;
    });
    expect(wanted).to.deep.equal([
      [
        ["m.room.power_levels", ""],
        ["m.room.member", "@alice:x"],
      ],
      undefined,
    ]);
  });

  it("a state event that was not declared is an error of the callback, which the log names with the remedy", async () => {
    class Asks {
      @ThirdPartyRules.onNewEvent({ state: [["m.room.power_levels", ""]] })
      look(_event: RoomEvent, state: StateMap<RoomEvent>) {
        state.get("m.room.name");
      }
    }
    const { hooks, lines } = startCategory(thirdPartyRules, { asks: Asks });
    await hooks.onNewEvent(MESSAGE, STATE);
    const message =
      'the callback asked its state for m.room.name with the state key "", but its decorator declares m.room.power_levels ("")';
    expect(lines()).to.deep.equal([
      {
        level: "error",
        message: `callback Asks.look of module asks on ThirdPartyRules.onNewEvent failed: ${message}`,
        module: "asks",
        hook: "ThirdPartyRules.onNewEvent",
        callback: "Asks.look",
        stack: `LigandError: ${message}`,
      },
    ]);
  });
});

describe("a callback that asks for types of events", () => {
  it("a callback that asks for types of events is not called for others, answers nothing there, and is not counted", async () => {
    class Counted {
      @UnsignedFields.addFieldToUnsigned({ types: ["m.room.member"] })
      add() {
        return { member: true };
      }
    }
    class Plain {
      @UnsignedFields.addFieldToUnsigned()
      add() {
        return { plain: true };
      }
    }
    const { hooks, chains } = startCategory(unsignedFields, { counted: Counted, plain: Plain });
    expect(await hooks.addFieldToUnsigned(MESSAGE)).to.deep.equal({ plain: true });
    expect(await hooks.addFieldToUnsigned(JOIN)).to.deep.equal({ member: true, plain: true });
    const counts = () =>
      chains[0]!.plan.meter.read().map(({ calls, failures, durations }) => [calls, failures, durations?.count ?? 0]);
    expect(counts()).to.deep.equal([
      [1, 0, 1],
      [2, 0, 2],
    ]);
  });

  it("a callback that asks for types of events counts its calls rightly wherever it stands, and whether its neighbours promise their answers or throw", async () => {
    type Kind = "sync" | "async" | "throws" | "asked" | "not asked";
    const kinds = fc.constantFrom<Kind>("sync", "async", "throws", "asked", "not asked");
    await fc.assert(
      fc.asyncProperty(
        fc.array(kinds, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (row, times) => {
          const called = row.map(() => 0);
          const modules = Object.fromEntries(
            row.map((kind, index) => {
              const only =
                kind === "asked" ? { types: ["m.room.message"] } : kind === "not asked" ? { types: ["x"] } : {};
              class Module {
                @ThirdPartyRules.onNewEvent(only)
                look() {
                  called[index]!++;
                  if (kind === "throws") throw new Error("boom");
                  return kind === "async" ? Promise.resolve() : undefined;
                }
              }
              return [`m${index}`, Module];
            }),
          );
          const { hooks, chains } = startCategory(thirdPartyRules, modules);
          for (let time = 0; time < times; time++) await hooks.onNewEvent(MESSAGE, STATE);
          const { plan } = chains.find(({ name }) => name === "ThirdPartyRules.onNewEvent")!;
          expect(plan.meter.read().map(({ calls }) => calls)).to.deep.equal(called);
          expect(called).to.deep.equal(row.map((kind) => (kind === "not asked" ? 0 : times)));
        },
      ),
      { numRuns: 60 },
    );
  });
});
