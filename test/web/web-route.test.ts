import { expect } from "chai";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { LimitExceededError, MatrixError, RedirectError } from "#src/matrix/matrix-error.js";
import { WebResource } from "#src/web/web-resource.js";
import { ServedModules } from "./mounts.js";

const CORS = {
  "access-control-allow-headers": "X-Requested-With, Content-Type, Authorization",
  "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
  "access-control-allow-origin": "*",
};

/** Answers with what a test gives it. */
class Answers {
  constructor(private readonly callback: (request: Request) => unknown) {}

  @WebResource("/any")
  any(request: Request) {
    return this.callback(request) as Response;
  }

  @WebResource("/get", { methods: ["GET"] })
  get(request: Request) {
    return this.callback(request) as Response;
  }

  @WebResource("/own", { methods: ["HEAD", "OPTIONS", "POST"] })
  own(request: Request) {
    return this.callback(request) as Response;
  }
}

function serve(callback: (request: Request) => unknown) {
  const served = new ServedModules({ answers: new Answers(callback) });
  return {
    served,
    async ask(path: string, method = "GET") {
      const response = await served.fetch(path, { method });
      expect(response, path).to.be.an.instanceof(Response);
      const { status, headers } = response as Response;
      const text = await (response as Response).text();
      return { status, headers: Object.fromEntries(headers), body: text.startsWith("{") ? JSON.parse(text) : text };
    },
  };
}

function throwing(error: unknown) {
  return serve(() => {
    throw error;
  });
}

const json = { "content-type": "application/json", ...CORS };
const internalError = {
  status: 500,
  headers: json,
  body: { errcode: "M_UNKNOWN", error: "Internal server error" },
};

describe("WebRoute", () => {
  it("case 393: answers 200 with JSON from a plain and from an async method", async () => {
    const expected = { status: 200, headers: json, body: { a: 1 } };
    expect(await serve(() => Response.json({ a: 1 })).ask("/any")).to.deep.equal(expected);
    expect(await serve(async () => Response.json({ a: 1 })).ask("/any")).to.deep.equal(expected);
  });

  it("case 394: answers 405 to a method that isn't declared, with those that are", async () => {
    expect(await serve(() => new Response("never")).ask("/get", "DELETE")).to.deep.equal({
      status: 405,
      headers: { ...json, allow: "GET, HEAD, OPTIONS" },
      body: { errcode: "M_UNRECOGNIZED", error: "Unrecognized request" },
    });
    const { status, headers } = await serve(() => new Response("never")).ask("/any", "PROPFIND");
    expect([status, headers["allow"]]).to.deep.equal([405, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]);
  });

  it("WebRoute answers HEAD through GET, without the body", async () => {
    const { ask } = serve((request) => Response.json({ method: request.method }, { headers: { "X-Own": "1" } }));
    expect(await ask("/get", "HEAD")).to.deep.equal({ status: 200, headers: { ...json, "x-own": "1" }, body: "" });
  });

  it("WebRoute ends the stream of a body that HEAD doesn't send", async () => {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    await serve(() => new Response(body)).ask("/get", "HEAD");
    expect(cancelled).to.equal(true);
  });

  it("WebRoute answers OPTIONS as a browser's preflight request expects", async () => {
    expect(await serve(() => new Response("never")).ask("/get", "OPTIONS")).to.deep.equal({
      status: 204,
      headers: CORS,
      body: "",
    });
  });

  it("WebRoute returns HEAD and OPTIONS to a method that declares them", async () => {
    const { ask } = serve((request) => new Response(null, { headers: { method: request.method } }));
    expect((await ask("/own", "OPTIONS")).headers).to.deep.equal({ method: "OPTIONS" });
    expect((await ask("/own", "HEAD")).headers).to.deep.equal({ method: "HEAD" });
    expect((await ask("/own", "GET")).headers["allow"]).to.equal("HEAD, POST, OPTIONS");
  });

  it("WebRoute adds CORS headers to JSON only, and not over the author's own", async () => {
    const { headers } = await serve(() => new Response("<p>", { headers: { "Content-Type": "text/html" } })).ask(
      "/any",
    );
    expect(headers).to.deep.equal({ "content-type": "text/html" });
    const own = {
      "access-control-allow-origin": "http://app",
      "content-type": "application/problem+json; charset=utf-8",
    };
    expect((await serve(() => new Response("{}", { headers: own })).ask("/any")).headers).to.deep.equal({
      ...CORS,
      ...own,
    });
  });

  it("WebRoute passes a response that came from elsewhere on", async () => {
    const { ask } = serve(() => Response.redirect("http://elsewhere/", 307));
    expect(await ask("/any")).to.deep.equal({ status: 307, headers: { location: "http://elsewhere/" }, body: "" });
  });

  it("WebRoute turns a MatrixError into its status, body and headers", async () => {
    const error = new MatrixError(403, "no", "M_FORBIDDEN", { fields: { why: "x" } });
    expect(await throwing(error).ask("/any")).to.deep.equal({
      status: 403,
      headers: json,
      body: { why: "x", errcode: "M_FORBIDDEN", error: "no" },
    });
    const { headers, body } = await throwing(new LimitExceededError("slow", { retryAfterMs: 1500 })).ask("/any");
    expect([headers["retry-after"], body.retry_after_ms]).to.deep.equal(["2", 1500]);
  });

  it("WebRoute turns a RedirectError into a redirect with its cookies", async () => {
    const { served } = throwing(new RedirectError("/next", 303, ["a=1; Secure", "b=2"]));
    const response = await served.fetch("/any");
    expect([response?.status, response?.headers.get("location"), response?.headers.getSetCookie()]).to.deep.equal([
      303,
      "/next",
      ["a=1; Secure", "b=2"],
    ]);
    expect(served.log).to.deep.equal([]);
  });

  it("WebRoute answers 499 when the request was cancelled", async () => {
    const cancelled = { status: 499, headers: json, body: { errcode: "M_UNKNOWN", error: "Request cancelled" } };
    expect(await throwing(new CancelledError()).ask("/any")).to.deep.equal(cancelled);
    expect(await throwing(new DOMException("gone", "AbortError")).ask("/any")).to.deep.equal(cancelled);
  });

  it("answers 500 to any other error: its text is in one log line and not in the response", async () => {
    const error = new RangeError("password is hunter2");
    const { served, ask } = throwing(error);
    expect(await ask("/any/below")).to.deep.equal(internalError);
    expect(served.log).to.deep.equal([
      {
        level: "error",
        module: "answers",
        requestId: "REQ-1",
        message: "the web resource /any failed",
        path: "/any",
        error: { name: "RangeError", message: "password is hunter2", stack: error.stack },
      },
    ]);
  });

  it("WebRoute answers 500 when something is thrown that isn't an error, or asynchronously", async () => {
    expect(await throwing(undefined).ask("/any")).to.deep.equal(internalError);
    expect(await serve(() => Promise.reject(new RangeError("later"))).ask("/any")).to.deep.equal(internalError);
  });

  it("WebRoute answers 500 when the method answers no Response, and says what it answered", async () => {
    for (const [answer, type] of [
      [undefined, "undefined"],
      ["text", "string"],
      [{ status: 200 }, "object"],
    ]) {
      const { served, ask } = serve(() => answer);
      expect(await ask("/any")).to.deep.equal(internalError);
      expect(served.log.map(({ error }) => (error as Error).message)).to.deep.equal([
        `the answer is of type ${String(type)}; expected a Response`,
      ]);
    }
  });

  it("WebRoute answers 500 to an error whose own response can't be made", async () => {
    for (const error of [
      new MatrixError(200, "status of a success"),
      new MatrixError(99, "no status"),
      new MatrixError(400, "headers", "M_UNKNOWN", { headers: { "bad name": "x" } }),
      new MatrixError(400, "body", "M_UNKNOWN", { fields: { big: 1n } }),
      new RedirectError("/a\nb"),
    ]) {
      const { served, ask } = throwing(error);
      expect(await ask("/any")).to.deep.equal(internalError);
      expect(served.log).to.have.lengthOf(1);
    }
  });

  it("WebRoute numbers requests that have no id of their own", async () => {
    const { served } = throwing(new RangeError("x"));
    await served.web.fetch(new Request("http://x/any"));
    await served.web.fetch(new Request("http://x/any", { method: "PUT" }));
    expect(served.log.map(({ requestId }) => requestId)).to.deep.equal(["GET-1", "PUT-2"]);
  });
});
