import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { startCategory } from "../dispatch/start-category.js";

const event = new RoomEvent({
  event_id: "$event",
  room_id: "!room:example.org",
  type: "m.room.message",
  sender: "@alice:example.org",
  content: {},
});

describe("conformance: unsigned fields", () => {
  it("case 284: if two modules add the same field, the later one's value is kept", () => {
    const { hooks, asked } = startCategory(CATALOGUE.unsignedFields, {
      a: { addFieldToUnsigned: () => ({ shared: "a", a: 1 }) },
      b: { addFieldToUnsigned: () => ({ shared: "b", b: 2 }) },
    });
    expect(hooks.addFieldToUnsigned(event)).to.deep.equal({ shared: "b", a: 1, b: 2 });
    expect(asked).to.deep.equal(["a", "b"]);
  });

  it("case 286: an error and the answer null reach the operation", () => {
    const error = new Error("boom");
    const failing = startCategory(CATALOGUE.unsignedFields, {
      a: {
        addFieldToUnsigned: () => {
          throw error;
        },
      },
    });
    expect(() => failing.hooks.addFieldToUnsigned(event))
      .to.throw()
      .that.equals(error);
    const empty = startCategory(CATALOGUE.unsignedFields, { a: { addFieldToUnsigned: () => null } });
    expect(() => empty.hooks.addFieldToUnsigned(event))
      .to.throw(LigandError)
      .that.includes({
        code: "LIGAND_ANSWER_ILLEGAL",
        message: "the callback returned null; expected an object",
      });
  });

  it("case 288: a module without the hook adds nothing (differs: a decorator registers a hook, so a module omits the decorator where Synapse accepts None)", () => {
    class Module {}
    const { hooks } = startCategory(CATALOGUE.unsignedFields, { module: Module });
    expect(hooks.addFieldToUnsigned.callbacks).to.deep.equal([]);
    expect(hooks.addFieldToUnsigned(event)).to.deep.equal({});
  });
});
