import { Expose, plainToInstance, Type } from "class-transformer";
import { expect } from "chai";
import { declareMap, keyOf, typeOf } from "#src/config/config-class/transformer-metadata.js";

class Inner {
  a = 0;
}

class Outer {
  @Expose({ name: "the-key" }) renamed = 0;
  plain = 0;
  @Type(() => Inner) nested?: Inner;
  @Type(() => Inner) byName = new Map<string, Inner>();
  numbers = new Map<string, number>();
}

describe("what Ligand assumes of class-transformer", () => {
  it("class-transformer keeps what its decorators say in the storage that Ligand reads", () => {
    expect(keyOf(Outer, "renamed")).to.equal("the-key");
    expect(keyOf(Outer, "plain")).to.equal("plain");
    expect(typeOf(Outer, "nested")).to.deep.equal({ Class: Inner, isMap: false });
    expect(typeOf(Outer, "plain")).to.deep.equal({ isMap: false });
  });

  it("class-transformer makes a Map of a property that Ligand declares as one, with and without @Type", () => {
    declareMap(Outer, "byName");
    declareMap(Outer, "numbers");
    expect(typeOf(Outer, "byName")).to.deep.equal({ Class: Inner, isMap: true });
    const made = plainToInstance(Outer, { byName: { x: { a: 1 } }, numbers: { y: 2 } });
    expect(made.byName).to.deep.equal(new Map([["x", Object.assign(new Inner(), { a: 1 })]]));
    expect(made.numbers).to.deep.equal(new Map([["y", 2]]));
  });
});
