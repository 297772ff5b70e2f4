import { expect } from "chai";
import fc from "fast-check";
import { copyJson, frozenCopy } from "#src/matrix/json.js";

/** JSON values, with the key that an assignment would take for the prototype. */
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constant("__proto__"), fc.string()), tie("value"), { maxKeys: 4 }),
  ),
})).value;

/** Every object and array within a value. */
function objectsIn(value: unknown): object[] {
  return typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
}

describe("copyJson and frozenCopy", () => {
  it("law: a copy equals what JSON makes of the value, shares nothing with it, and is frozen if asked for", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        for (const copy of [copyJson(value), frozenCopy(value) as unknown]) {
          expect(JSON.stringify(copy)).to.equal(text);
          const own = new Set(objectsIn(value));
          expect(objectsIn(copy).filter((each) => own.has(each))).to.deep.equal([]);
        }
        expect(objectsIn(copyJson(value)).some(Object.isFrozen)).to.equal(false);
        expect(objectsIn(frozenCopy(value)).every(Object.isFrozen)).to.equal(true);
      }),
    );
  });

  it("keep members that are undefined, and copy what isn't JSON as structuredClone does", () => {
    const value = { left: undefined, at: new Date(0), of: new Map([["a", { b: 1 }]]) };
    expect(copyJson(value)).to.deep.equal(value);
    expect(copyJson(value).of.get("a")).not.to.equal(value.of.get("a"));
    expect(frozenCopy({ at: new Date(0) })).to.deep.equal({ at: new Date(0) });
    expect(() => copyJson({ call: () => 1 })).to.throw(DOMException, "could not be cloned");
  });
});
