import { expect } from "chai";
import { FreeList, type Reusable } from "#src/dispatch/free-list.js";

describe("FreeList", () => {
  const item = (): Reusable => ({ nextFree: undefined });

  it("a free list returns each item once, the last one first, unlinked", () => {
    const list = new FreeList();
    const [one, two] = [item(), item()];
    list.give(one);
    list.give(two);
    expect([list.take(), list.take(), list.take()]).to.deep.equal([two, one, undefined]);
    expect([one, two]).to.deep.equal([item(), item()]);
  });

  it("a free list keeps 256 items and drops the others", () => {
    const list = new FreeList();
    for (let given = 0; given < 300; given++) list.give(item());
    let taken = 0;
    while (list.take()) taken++;
    expect(taken).to.equal(256);
    list.give(item());
    expect(list.take()).to.deep.equal(item());
  });
});
