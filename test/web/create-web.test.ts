import { expect } from "chai";
import fc from "fast-check";
import { StartError } from "#src/errors/start-error.js";
import { createLogger } from "#src/logging/create-logger.js";
import { createWeb } from "#src/web/create-web.js";
import { webPathConflicts } from "#src/web/web-paths.js";
import { WebResource, webResourcesOf } from "#src/web/web-resource.js";
import { CapturedStream } from "../logging/captured-stream.js";
import { mountsOf, ServedModules } from "./mounts.js";

class Greeting {
  constructor(private readonly name = "greeting") {}

  @WebResource("/_synapse/client/hello")
  hello(request: Request) {
    return new Response(`${this.name} ${request.method} ${new URL(request.url).pathname}`);
  }
}

class Two {
  @WebResource("/_synapse/client/hello/long")
  long() {
    return new Response("long");
  }
  @WebResource("/_synapse/client/hello/")
  slash() {
    return new Response("slash");
  }
  @WebResource("/_synapse/client/hello/long/longer")
  longer() {
    return new Response("longer");
  }
}

/** The warnings about the paths of modules, by their ids. */
function conflicts(modules: Readonly<Record<string, new (...args: never[]) => object>>): string[] {
  const declared = Object.entries(modules).flatMap(([id, Class]) =>
    webResourcesOf(Class).map(({ path, methods }) => ({ module: { id }, path, methods })),
  );
  return webPathConflicts(declared).map(({ severity, message }) => {
    expect(severity).to.equal("warning");
    return message;
  });
}

describe("createWeb", () => {
  it("case 392: serves a path, and everything below it, by the module's instance", async () => {
    const served = new ServedModules({ greeting: new Greeting() });
    expect(await served.ask("/_synapse/client/hello")).to.deep.equal({
      status: 200,
      text: "greeting GET /_synapse/client/hello",
    });
    expect((await served.ask("/_synapse/client/hello/"))?.text).to.equal("greeting GET /_synapse/client/hello/");
    expect((await served.ask("/_synapse/client/hello/a//b?q"))?.text).to.equal(
      "greeting GET /_synapse/client/hello/a//b",
    );
    expect((await served.ask("/_synapse/client/h%65llo"))?.status).to.equal(200);
  });

  it("createWeb returns undefined for other paths", async () => {
    const served = new ServedModules({ greeting: new Greeting() });
    for (const path of ["/", "/_synapse/client", "/_synapse/client/hellos", "/_synapse/client/hello/../x"]) {
      expect(await served.ask(path), path).to.equal(undefined);
    }
  });

  it("createWeb prefers the longer path, and treats a trailing slash as another path", async () => {
    const served = new ServedModules({ greeting: new Greeting(), two: new Two() });
    const textAt = async (below: string) => (await served.ask(`/_synapse/client/hello${below}`))?.text;
    expect(await Promise.all(["", "/", "/x", "/long", "/long/x", "/long/longer", "/longer"].map(textAt))).to.deep.equal(
      ["greeting GET /_synapse/client/hello", "slash", "slash", "long", "long", "longer", "slash"],
    );
    const alone = new ServedModules({ two: new Two() });
    expect(await alone.ask("/_synapse/client/hello")).to.equal(undefined);
  });

  it("createWeb lets the first module keep a path, and warns once of each later one, naming both", async () => {
    class Again {
      @WebResource("/_synapse/client/hello", { methods: ["GET"] })
      get() {
        return new Response("never");
      }
      @WebResource("/_synapse/client/hello", { methods: ["PUT"] })
      put() {
        return new Response("never");
      }
    }
    const served = new ServedModules({ one: new Greeting("one"), two: new Again(), three: new Greeting("three") });
    expect((await served.ask("/_synapse/client/hello"))?.text).to.equal("one GET /_synapse/client/hello");
    expect(conflicts({ one: Greeting, two: Again, three: Greeting })).to.deep.equal([
      'module "two" also serves the web path /_synapse/client/hello; module "one" comes first and keeps it',
      'module "three" also serves the web path /_synapse/client/hello; module "one" comes first and keeps it',
    ]);
  });

  it("createWeb serves the HTTP methods of one path by several methods of one module", async () => {
    class Notes {
      @WebResource("/notes", { methods: ["GET"] })
      read() {
        return new Response("read");
      }
      @WebResource("/notes", { methods: ["PUT", "GET"] })
      write() {
        return new Response("written");
      }
    }
    const served = new ServedModules({ notes: new Notes() });
    expect((await served.ask("/notes"))?.text).to.equal("read");
    expect((await served.ask("/notes", "PUT"))?.text).to.equal("written");
    expect(conflicts({ notes: Notes })).to.deep.equal([
      'module "notes" serves GET /notes with two methods; the first one answers',
    ]);
  });

  it("law: the longest path that a request is at or below answers it", async () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
      .chain((segments) => fc.constantFrom(`/x/${segments.join("/")}`, `/x/${segments.join("/")}/`));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 6 }), path, async (paths, asked) => {
        const mounts = paths.map((served) => ({
          module: { id: served },
          path: served,
          methods: ["GET"] as const,
          handle: () => new Response(served),
        }));
        const web = createWeb(mounts, createLogger({ stream: new CapturedStream() }));
        const [longest] = paths
          .filter((served) => asked === served || asked.startsWith(served.replace(/\/?$/, "/")))
          .sort((one, other) => other.length - one.length);
        const response = await web.fetch(new Request(`http://host${asked}`));
        expect(await response?.text()).to.equal(longest);
      }),
    );
  });

  it("createWeb lists what is served", () => {
    expect(new ServedModules({ greeting: new Greeting() }).web.paths).to.deep.equal([
      {
        path: "/_synapse/client/hello",
        module: { id: "greeting" },
        methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
      },
    ]);
  });

  it("createWeb refuses reserved and malformed paths, with all problems", () => {
    class Wrong {
      @WebResource("/_matrix/client/x")
      reserved() {
        return new Response();
      }
      @WebResource("x" as "/x")
      malformed() {
        return new Response();
      }
    }
    expect(() => new ServedModules({ wrong: new Wrong() }))
      .to.throw(StartError)
      .with.property("problems")
      .that.has.lengthOf(2);
  });

  it("case 391: nothing can be mounted after start: what is served is fixed when it is created", async () => {
    const mounts = mountsOf({ greeting: new Greeting() });
    const web = createWeb(mounts, createLogger({ stream: new CapturedStream() }));
    mounts.push(...mountsOf({ two: new Two() }));
    expect(await (await web.fetch(new Request("http://x/_synapse/client/hello/long")))?.text()).to.match(/^greeting/);
    expect([web, web.paths, web.paths[0], ...mounts].map((value) => Object.isFrozen(value))).not.to.include(false);
  });
});
