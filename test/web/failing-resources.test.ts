import { setImmediate, setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { Module, startModules, WebResource, type Host } from "#src/index.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { outcomeOf } from "../remote/served.js";
import { until } from "../until.js";

const PATH = "/_synapse/client/failing";

const hosts: Host[] = [];

/** A host whose one module has one web resource. */
async function serving(
  answer: (request: Request) => unknown,
  options: { readonly pendingLimitMs?: number } = {},
): Promise<{ host: Host; logs: readonly LogRecord[] }> {
  class Failing {
    web(request: Request): Response {
      return answer(request) as Response;
    }
  }
  WebResource(PATH)(Failing.prototype, "web", Object.getOwnPropertyDescriptor(Failing.prototype, "web")!);
  Module()(Failing);
  const { logger, records } = captureLogs();
  const host = await startModules({ modules: [{ module: Failing }], logger, ...options });
  hosts.push(host);
  return { host, logs: records };
}

const ask = (host: Host, signal?: AbortSignal) =>
  host.fetch(new Request(`https://example.org${PATH}`, { ...(signal && { signal }) }), { requestId: "GET-7" });

const lines = (logs: readonly LogRecord[]) =>
  logs.map(({ level, module, requestId, message }) => [level, module, requestId, message]);

describe("a web resource", () => {
  afterEach(() => Promise.all(hosts.splice(0).map((host) => host.stop())));

  it("a web resource that never answers is named in the log, with its request", async () => {
    const { host, logs } = await serving(() => new Promise(() => {}), { pendingLimitMs: 50 });
    void ask(host);
    await until(() => logs.length > 0);
    await pause(100);
    expect(logs).to.have.lengthOf(1);
    expect(lines(logs)[0]!.slice(0, 3)).to.deep.equal(["warn", "Failing", "GET-7"]);
    expect(logs[0]!.message).to.match(/^the web resource \/_synapse\/client\/failing hasn't answered for [\d.]+ s$/);
  });

  it("a web resource whose body fails in the midst is named in the log, and the client sees the connection break", async () => {
    for (const broken of [
      (controller: ReadableStreamDefaultController) => controller.error(new Error("out of paper")),
      (controller: ReadableStreamDefaultController) => controller.enqueue("no bytes"),
    ]) {
      let pulls = 0;
      const { host, logs } = await serving(
        () =>
          new Response(
            new ReadableStream({
              pull: (controller) => (pulls++ < 2 ? controller.enqueue(new Uint8Array(5)) : broken(controller)),
            }),
          ),
      );
      const response = (await ask(host))!;
      expect(response.status).to.equal(200);
      expect(await outcomeOf(() => response.text())).to.have.property("error");
      expect(lines(logs)).to.deep.equal([
        ["error", "Failing", "GET-7", `the web resource ${PATH} failed in the middle of its response`],
      ]);
      await host.stop();
    }
  });

  it("a client that disconnects while a web resource's body is waited for is no failure", async () => {
    let cancelled: unknown;
    const { host, logs } = await serving(
      () => new Response(new ReadableStream({ cancel: (reason: unknown) => void (cancelled = reason) })),
    );
    const reader = (await ask(host))!.body!.getReader();
    const read = reader.read();
    await setImmediate();
    await reader.cancel("gone");
    expect(await read).to.deep.equal({ done: true, value: undefined });
    await setImmediate();
    expect([cancelled, lines(logs)]).to.deep.equal(["gone", []]);
  });

  it("a web resource whose body fails with what can't be read breaks with an error that can", async () => {
    const { host } = await serving(
      () => new Response(new ReadableStream({ pull: (controller) => controller.error(Object.create(null)) })),
    );
    const { error } = (await outcomeOf(async () => (await ask(host))!.text())) as { error: Error };
    expect(`${error}`).to.equal("ThrownValue: an object was thrown; expected an Error");
  });

  it("a web resource that answers with a status that HTTP doesn't have answers 500, and the log says why", async () => {
    const { host, logs } = await serving(() => Response.error());
    expect((await ask(host))!.status).to.equal(500);
    expect((logs[0]!["error"] as Error).message).to.equal("the response has the status 0; expected 200 to 599");
  });

  it("a web resource whose response was read already answers 500, and the log says why", async () => {
    const used = async (response: Response) => {
      await response.text();
      return response;
    };
    for (const answer of [() => used(new Response("x")), () => used(Response.json({}))]) {
      const { host, logs } = await serving(answer);
      const response = (await ask(host))!;
      expect([response.status, await response.json()]).to.deep.equal([
        500,
        { errcode: "M_UNKNOWN", error: "Internal server error" },
      ]);
      expect(lines(logs)).to.deep.equal([["error", "Failing", "GET-7", `the web resource ${PATH} failed`]]);
      expect((logs[0]!["error"] as Error).message).to.equal("the body of the response has already been read");
      await host.stop();
    }
  });

  it("a web resource streams the bytes of its body, and is notified when the client stops reading", async () => {
    let cancelled: unknown;
    const { host, logs } = await serving(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new TextEncoder().encode("tick ")),
            cancel: (reason) => void (cancelled = reason),
          }),
          { status: 201, headers: { "x-kind": "clock" } },
        ),
    );
    const response = (await ask(host))!;
    expect([response.status, response.headers.get("x-kind")]).to.deep.equal([201, "clock"]);
    const reader = response.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).to.equal("tick ");
    await reader.cancel("enough");
    expect(cancelled).to.equal("enough");
    expect(logs).to.deep.equal([]);
  });
});
