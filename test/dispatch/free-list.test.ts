import { expect } from "chai";
import fc from "fast-check";
import { FreeList } from "#src/dispatch/free-list.js";

describe("FreeList", () => {
  it("a free list returns each item once, the last one first", () => {
    const list = new FreeList();
    const [one, two] = [{}, {}];
    list.give(one);
    list.give(two);
    const taken = [list.take(), list.take(), list.take()];
    expect(taken.map((item) => [item === one, item === two])).to.deep.equal([
      [false, true],
      [true, false],
      [false, false],
    ]);
  });

  it("an item of a free list is never in use twice, in whatever order items are taken and given back", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat()), { maxLength: 100 }), (steps) => {
        const list = new FreeList();
        const inUse: object[] = [];
        for (const step of steps) {
          // Null takes one; a number gives back one of those in use.
          if (step !== null && inUse.length > 0) list.give(inUse.splice(step % inUse.length, 1)[0]!);
          else inUse.push(list.take() ?? {});
          expect(new Set(inUse).size).to.equal(inUse.length);
        }
      }),
    );
  });

  it("a free list keeps 256 items and drops the others", () => {
    const list = new FreeList();
    for (let given = 0; given < 300; given++) list.give({});
    let taken = 0;
    while (list.take()) taken++;
    expect(taken).to.equal(256);
    const last = {};
    list.give(last);
    expect(list.take() === last).to.equal(true);
  });
});
