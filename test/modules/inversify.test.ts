import { expect } from "chai";
import {
  Container,
  ContainerModule,
  inject,
  injectable,
  optional,
  postConstruct,
  preDestroy,
  unmanaged,
} from "inversify";
import { hasPreDestroy, injectionsOf, isPostConstructFailure, makeInjectable } from "#src/modules/inversify.js";
import { failureOf } from "../failure-of.js";

class Service {}

/** What a container throws when it makes an instance of a class. */
async function failureToMake(Class: new () => object): Promise<unknown> {
  const container = new Container();
  container.bind(Class).toSelf();
  return failureOf(container.getAsync(Class));
}

describe("what Ligand assumes of inversify and @inversifyjs/core", () => {
  it("@inversifyjs/core says what a class injects, where it is optional, and where a default value serves", () => {
    class Whole {
      @inject(Service) @optional() property?: Service;
      constructor(@inject(Service) _service: Service, @unmanaged() _number = 1) {}
    }
    expect(injectionsOf(Whole)).to.deep.equal({
      parameters: [{ token: Service, optional: false }, "default"],
      properties: new Map([["property", { token: Service, optional: true }]]),
    });
  });

  it("@inversifyjs/core says whether a class has @preDestroy methods, its own or those of a base class", () => {
    class Plain {}
    class Stops {
      @preDestroy()
      stop() {}
    }
    class Inherits extends Stops {}
    for (const Class of [Plain, Stops, Inherits]) makeInjectable(Class);
    expect([Plain, Stops, Inherits].map(hasPreDestroy)).to.deep.equal([false, true, true]);
  });

  it("@inversifyjs/core keeps what an incomplete class says under the key that Ligand reads", () => {
    class Incomplete {
      @optional() property?: Service;
      constructor(_bare: Service, @inject(Service) _service: Service) {}
    }
    expect(injectionsOf(Incomplete)).to.deep.equal({
      parameters: ["none", { token: Service, optional: false }],
      properties: new Map([["property", "none"]]),
    });
  });

  it("@inversifyjs/core refuses a second @injectable() by a flag alone, which Ligand removes", () => {
    class Twice {}
    makeInjectable(Twice);
    makeInjectable(Twice);
    expect(() => injectable()(Twice)).not.to.throw();
    expect(() => injectable()(Twice)).to.throw("Cannot apply @injectable decorator multiple times");
    expect(() => makeInjectable(Twice)).not.to.throw();
  });

  it("@inversifyjs/core wraps what a @postConstruct method throws, as the cause of a resolution error", async () => {
    const thrown = new Error("not today");
    class Throws {
      @postConstruct() start() {
        throw thrown;
      }
    }
    class Rejects {
      @postConstruct() async start() {
        throw thrown;
      }
    }
    for (const Class of [Throws, Rejects]) {
      makeInjectable(Class);
      const failure = await failureToMake(Class);
      expect(isPostConstructFailure(failure) && failure.cause, Class.name).to.equal(thrown);
    }
  });

  it("@inversifyjs/core passes on what a constructor throws", async () => {
    const thrown = new Error("@postConstruct decorated method");
    class Fails {
      constructor() {
        throw thrown;
      }
    }
    makeInjectable(Fails);
    const failure = await failureToMake(Fails);
    expect(failure).to.equal(thrown);
    expect(isPostConstructFailure(failure)).to.equal(false);
  });

  it("inversify resolves a multi-injection in the order of bindings, across container modules loaded one after the other", async () => {
    const container = new Container();
    for (const number of [3, 1, 2]) {
      await container.loadAsync(new ContainerModule(({ bind }) => void bind("number").toConstantValue(number)));
    }
    expect(container.getAll("number")).to.deep.equal([3, 1, 2]);
  });

  it("inversify finds in a child container what its parent binds", () => {
    const parent = new Container();
    parent.bind(Service).toSelf();
    expect(new Container({ parent }).isBound(Service)).to.equal(true);
  });
});
