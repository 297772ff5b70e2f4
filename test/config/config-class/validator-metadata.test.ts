import {
  getMetadataStorage,
  IsInt,
  IsOptional,
  IsString,
  Min,
  Validate,
  ValidateNested,
  validateSync,
  ValidationTypes,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from "class-validator";
import { expect } from "chai";
import type { Newable } from "inversify";
import { rulesOf, validateInstance } from "#src/config/config-class/validator-metadata.js";

let constructed = 0;

/** Validates by class-validator itself, within a validation. */
@ValidatorConstraint({ name: "inner" })
class Inner implements ValidatorConstraintInterface {
  constructor() {
    constructed++;
  }
  validate(value: unknown) {
    if (value === "throw") throw new RangeError("thrown by a rule");
    return validateSync(Object.assign(new Root(), { name: value })).length === 0;
  }
}

class Root {
  @IsString() name = "";
  @IsInt() count = 0;
}
class Middle extends Root {
  @IsOptional() @Min(3) override count = 3;
}
class Leaf extends Middle {
  @IsString() override name = "x";
  @Validate(Inner) inner = "x";
}

describe("what Ligand assumes of class-validator", () => {
  it("class-validator keeps rules by class in a map, and its storage in a global variable", () => {
    const storage = getMetadataStorage() as unknown as { validationMetadatas: unknown };
    expect((globalThis as { classValidatorMetadataStorage?: unknown }).classValidatorMetadataStorage).to.equal(storage);
    expect(storage.validationMetadatas).to.be.instanceOf(Map);
    expect((storage.validationMetadatas as Map<unknown, unknown[]>).get(Root)).to.have.lengthOf(2);
  });

  it("class-validator names the kinds of rules, and what a rule with constraints was given", () => {
    class Rules {
      @IsOptional() @Min(3, { each: true }) list = [3];
      @ValidateNested() nested = {};
    }
    const rules = [...rulesOf(Rules).values()].flat();
    expect(rules.map(({ type, name, each, constraints }) => [type, name, each, constraints?.length])).to.deep.equal([
      ["customValidation", "min", true, 1],
      ["conditionalValidation", "isOptional", false, 1],
      ["nestedValidation", undefined, undefined, undefined],
    ]);
    expect(ValidationTypes).to.include({
      NESTED_VALIDATION: "nestedValidation",
      CONDITIONAL_VALIDATION: "conditionalValidation",
    });
  });

  for (const Class of [Root, Middle, Leaf, class Plain {}] as Newable<object>[]) {
    it(`class-validator and Ligand find the same rules of \`${Class.name}\``, () => {
      const all = getMetadataStorage().getTargetValidationMetadatas(Class, "", false, false);
      expect([...rulesOf(Class).values()].flat()).to.have.members(all);
      expect([...rulesOf(Class).keys()]).to.deep.equal([...new Set(all.map(({ propertyName }) => propertyName))]);
    });
  }

  it("what Ligand assumes of class-validator leaves class-validator's storage in place, even when a rule throws", async () => {
    const storage = getMetadataStorage();
    expect(await validateInstance(new Leaf())).to.deep.equal([]);
    expect(() => validateInstance(Object.assign(new Leaf(), { inner: "throw" }))).to.throw(
      RangeError,
      "thrown by a rule",
    );
    expect(getMetadataStorage()).to.equal(storage);
  });

  it("what Ligand assumes of class-validator lets a rule validate by class-validator itself", async () => {
    const errors = await validateInstance(Object.assign(new Leaf(), { inner: 3, count: 1 }));
    expect(errors.map(({ property, constraints }) => [property, Object.keys(constraints!)])).to.deep.equal([
      ["inner", ["inner"]],
      ["count", ["min"]],
    ]);
  });

  it("class-validator takes its storage synchronously, so that Ligand's view makes one instance of a constraint class", async () => {
    await validateInstance(new Leaf());
    await validateInstance(new Leaf());
    expect(constructed).to.equal(1);
  });
});
