import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { WebResource, webResourcesOf } from "#src/web/web-resource.js";

const answer = () => new Response("x");

describe("WebResource", () => {
  it("WebResource keeps path, HTTP methods and method, in source order", () => {
    class Pages {
      @WebResource("/a")
      first(_request: Request) {
        return answer();
      }
      @WebResource("/b", { methods: ["GET", "OPTIONS", "GET"] })
      async second() {
        return answer();
      }
    }
    expect(webResourcesOf(Pages)).to.deep.equal([
      { path: "/a", methods: ["GET", "POST", "PUT", "PATCH", "DELETE"], method: "first" },
      { path: "/b", methods: ["GET", "OPTIONS"], method: "second" },
    ]);
  });

  it("WebResource serves two paths by one method decorated twice", () => {
    class Pages {
      @WebResource("/a", { methods: ["GET"] })
      @WebResource("/b", { methods: ["GET"] })
      both() {
        return answer();
      }
    }
    expect(webResourcesOf(Pages).map(({ path }) => path)).to.deep.equal(["/a", "/b"]);
  });

  it("WebResource returns subclasses what it declares, and lets them replace a method's declaration", () => {
    class Base {
      @WebResource("/kept", { methods: ["GET"] })
      kept() {
        return answer();
      }
      @WebResource("/replaced", { methods: ["GET"] })
      replaced() {
        return answer();
      }
    }
    class Derived extends Base {
      override kept() {
        return answer();
      }
      @WebResource("/other", { methods: ["PUT"] })
      override replaced() {
        return answer();
      }
    }
    expect(webResourcesOf(Derived)).to.deep.equal([
      { path: "/kept", methods: ["GET"], method: "kept" },
      { path: "/other", methods: ["PUT"], method: "replaced" },
    ]);
    expect(webResourcesOf(Base).map(({ path }) => path)).to.deep.equal(["/kept", "/replaced"]);
  });

  it("WebResource finds none in a class that declares none", () => {
    expect(webResourcesOf(class {})).to.deep.equal([]);
  });

  it("WebResource is a compile error on a method of another type", () => {
    class Pages {
      // @ts-expect-error the method answers text
      @WebResource("/a")
      text(_request: Request) {
        return "x";
      }
      // @ts-expect-error the method wants a number
      @WebResource("/b")
      number(_number: number) {
        return answer();
      }
    }
    expect(webResourcesOf(Pages)).to.have.lengthOf(2);
  });

  const decorate = WebResource("/a") as (...args: unknown[]) => void;

  it("WebResource refuses to be a standard decorator", () => {
    expect(() => decorate(answer, { kind: "method", name: "x" }))
      .to.throw(
        LigandError,
        '@WebResource("/a") was applied as a standard decorator; set "experimentalDecorators": true in tsconfig.json',
      )
      .with.property("code", "LIGAND_DECORATOR_MISUSED");
  });

  it("WebResource refuses a static method", () => {
    expect(() => {
      class Pages {
        @WebResource("/a")
        static page() {
          return answer();
        }
      }
      return Pages;
    })
      .to.throw(LigandError, '@WebResource("/a") is on the static method Pages.page; expected an instance method')
      .with.property("code", "LIGAND_DECORATOR_MISUSED");
  });

  it("WebResource refuses what isn't a method", () => {
    class Pages {}
    const message = '@WebResource("/a") names Pages.page, which is not a method; expected an instance method';
    for (const descriptor of [undefined, { get: () => answer }]) {
      expect(() => decorate(Pages.prototype, "page", descriptor))
        .to.throw(LigandError, message)
        .with.property("code", "LIGAND_DECORATOR_MISUSED");
    }
  });

  it("WebResource refuses HTTP methods that don't exist, and an empty list", () => {
    const methods = (list: string[]) => () => WebResource("/a", { methods: list as ["GET"] });
    const expected = "expected one or more of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    expect(methods(["GET", "get", "SEARCH"]))
      .to.throw(LigandError, `@WebResource("/a") has unknown methods ["get","SEARCH"]; ${expected}`)
      .with.property("code", "LIGAND_ARGUMENT_INVALID");
    expect(methods([])).to.throw(LigandError, `@WebResource("/a") has unknown methods []; ${expected}`);
  });
});
