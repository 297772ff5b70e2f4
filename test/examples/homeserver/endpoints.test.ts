import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { Module, postConstruct, type Health } from "#src/index.js";
import { ENDPOINTS } from "./client-server-endpoints.js";
import { HttpClient } from "./http-client.js";
import { startOn, type TestServer } from "./running.js";
import { MEMORY } from "./storages.js";

describe("the endpoints of the example homeserver", () => {
  let server: TestServer;

  before(async () => {
    server = await startOn(MEMORY);
  });

  after(() => server.stop());

  /** Whether there is an endpoint: without a token it refuses otherwise, if at all. */
  async function isThere([method, path]: (typeof ENDPOINTS)[number]): Promise<boolean> {
    const client = new HttpClient(server.url);
    const response = await client.fetch(method, path.replace(/\{\w+\}/g, "x"));
    const { errcode } = (await response.json().catch(() => ({}))) as { errcode?: string };
    if (errcode === "M_UNRECOGNIZED") expect([404, 405]).to.include(response.status);
    return errcode !== "M_UNRECOGNIZED";
  }

  it("GET /health says how the modules of the example homeserver are doing, without what went wrong", async () => {
    @Module()
    class Broken {
      @postConstruct()
      start() {
        throw new RangeError("no disk");
      }
    }
    const broken = await startOn(MEMORY, { modules: [{ module: Broken, operate: { required: false } }] });
    const { modules, ...rest } = (await (await fetch(`${broken.url}/health`)).json()) as Health;
    await broken.stop();
    expect(rest).to.deep.equal({ state: "running", revision: 1, lastReload: null });
    expect(modules.map(({ id, state, problems }) => [id, state, problems])).to.deep.equal([
      ["Broken", "failed", undefined],
    ]);
  });

  it("of the versions that the example homeserver claims, those that its README names are missing, and no others", async () => {
    const missing: string[] = [];
    for (const endpoint of ENDPOINTS) if (!(await isThere(endpoint))) missing.push(endpoint.join(" "));
    const named = await namedMissing();
    const isNamed = (endpoint: string) => named.some(({ pattern }) => pattern.test(endpoint));
    expect(ENDPOINTS.map((endpoint) => endpoint.join(" ")).filter(isNamed)).to.deep.equal(missing);
    for (const { text, pattern } of named)
      expect(
        missing.some((one) => pattern.test(one)),
        text,
      ).to.equal(true);
  });
});

/** What the README says is missing: an endpoint, or all whose paths continue where it has `…`. */
async function namedMissing(): Promise<{ text: string; pattern: RegExp }[]> {
  const readme = await readFile("examples/homeserver/README.md", "utf8");
  const [, table = ""] = /\n\| missing endpoints[^\n]*\n\|[- |]+\n((?:\|[^\n]*\n)+)/.exec(readme) ?? [];
  return Array.from(table.matchAll(/`([^`]+)`/g), ([, text = ""]) => {
    const [, method, path = ""] = /^(?:(GET|POST|PUT|DELETE) )?(.+)$/.exec(text) ?? [];
    const from = path.startsWith("/") ? path : `/_matrix/client/(?:v1|v3)/${path}`;
    const source = from.replace(/[{}.]/g, String.raw`\$&`).replace("…", ".*");
    return { text, pattern: new RegExp(`^${method ?? "[A-Z]+"} ${source}$`) };
  });
}
