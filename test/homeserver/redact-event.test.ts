import { expect } from "chai";
import { redactEvent } from "#src/homeserver/redact-event.js";
import { roomEvent } from "#src/testing/builders.js";

describe("redactEvent", () => {
  it("keeps no content of a type that is called like a member of every object", () => {
    for (const type of ["constructor", "__proto__", "toString"]) {
      const dict = roomEvent({ type, content: { name: "x" } }).getDict();
      expect(redactEvent(dict).content).to.deep.equal({});
    }
  });
});
