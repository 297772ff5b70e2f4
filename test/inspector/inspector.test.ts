import { expect } from "chai";
import { SpamChecker } from "#src/catalogue/index.js";
import { decisionsOf, type Host } from "#src/container/host.js";
import type { Recorded } from "#src/decisions/decision-record.js";
import { inspector, type InspectorOptions } from "#src/inspector/inspector.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { Module } from "#src/modules/module.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { refusalOf } from "../refusal-of.js";
import { filledHost, publish, refusal } from "./filled-host.js";

/** Markup, an escape sequence of terminals, a change of direction, and what ends strings. */
const EVIL = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>\u001b[31m\u202e\u0000&lt;`;
const HASHED: Recorded = { $: "hashed", of: EVIL };
const EVENT = new RoomEvent({ room_id: "!room:hs", type: "m.room.message", sender: "@eve:hs", content: {} });
const URL_OF_HOMESERVER = "http://hs.example";

describe("inspector", () => {
  let host: Host;

  beforeEach(async () => (host = await filledHost()));
  afterEach(() => host.stop());

  const pageOf = async (path: string, options: Partial<InspectorOptions> = {}) => {
    const response = await inspector(host, { authorize: () => true, ...options })(
      new Request(URL_OF_HOMESERVER + path),
    );
    return { status: response.status, body: await response.text() };
  };

  it("needs a function that says who may see it", () => {
    const without = {} as InspectorOptions;
    expect(refusalOf(() => inspector(host, without)).message).to.equal("inspector: `authorize` is missing");
    const wrong = { authorize: true } as unknown as InspectorOptions;
    expect(refusalOf(() => inspector(host, wrong)).message).to.equal(
      "inspector: `authorize` must be a function, but it's true",
    );
    const path = { authorize: () => true, path: "/a/" };
    expect(refusalOf(() => inspector(host, path)).message).to.match(/^inspector: `path` must be a path such as/);
  });

  it("shows nothing, not even what it's made of, to requests that aren't authorized", async () => {
    const asked: string[] = [];
    const authorize = async (request: Request) => {
      asked.push(new URL(request.url).pathname);
      return "yes" as unknown as boolean;
    };
    for (const path of ["/", "/inspector.js", "/missing"]) {
      expect(await pageOf(path, { authorize })).to.deep.equal({ status: 403, body: "You may not see this.\n" });
    }
    expect(asked).to.deep.equal(["/", "/inspector.js", "/missing"]);
    const refused = await inspector(host, { authorize: () => false })(new Request(`${URL_OF_HOMESERVER}/`));
    expect(refused.headers.get("content-security-policy")).to.contain("frame-ancestors 'none'");
  });

  it("leads to its own pages below the path that it's mounted at", async () => {
    publish(host, 10);
    const links = new Set<string>();
    for (const path of [
      "/ops",
      "/ops/",
      "/ops/hooks",
      "/ops/hooks/",
      "/ops/decisions",
      "/ops/decisions/d-000007",
      "/ops/reload",
    ]) {
      const { status, body } = await pageOf(path, { path: "/ops" });
      expect([path, status]).to.deep.equal([path, 200]);
      for (const [, link] of body.matchAll(/(?:href|src|action|data-live)="(\/[^"]*)"/g)) links.add(link!);
    }
    expect([...links].filter((link) => !/^\/ops(?:\/|$)/.test(link))).to.deep.equal([]);
    expect((await pageOf("/", { path: "/ops" })).status).to.equal(404);
  });

  it("the overview shows each module: mode, state, calls, failures, and why one doesn't run", async () => {
    const { body } = await pageOf("/");
    for (const text of ["example.org", "revision 1", ">links<", ">shadow<", ">failed<", ">disabled<"]) {
      expect(body).to.contain(text);
    }
    expect(body).to.contain("module directory failed in its @postConstruct method");
  });

  it("the overview says of a module how many of its circuit breakers are open", async () => {
    @Module()
    class Failing {
      @SpamChecker.checkEventForSpam()
      @SpamChecker.shouldDropFederatedEvent()
      check(): never {
        throw new Error("out of order");
      }
    }
    const operate = {
      on_failure: "allow",
      circuit_breaker: { failure_rate: "50%", min_calls: 1, open_for: "1h" },
    } as const;
    await using failing = await startModules({
      modules: [{ module: Failing, operate }],
      logger: captureLogs().logger,
    });
    const overview = async () => {
      const response = await inspector(failing, { authorize: () => true })(new Request(`${URL_OF_HOMESERVER}/`));
      const [, problems = ""] = (await response.text()).split('<ul class="problems">');
      return problems.split("</ul>")[0]!.replaceAll(/<[^>]*>/g, "");
    };
    expect(await overview()).to.equal("");
    const { spamChecker } = failing.hooks;
    await spamChecker.checkEventForSpam(EVENT);
    expect(await overview()).to.equal("Failing: one of its circuit breakers is open");
    await spamChecker.shouldDropFederatedEvent(EVENT);
    expect(await overview()).to.equal("Failing: 2 of its circuit breakers are open");
  });

  it("refusals and who decides are counted from the decisions", async () => {
    const fetch = inspector(host, { authorize: () => true });
    const read = async (path: string) => (await fetch(new Request(URL_OF_HOMESERVER + path))).text();
    await read("/");
    publish(host, 21);
    const rowOf = (page: string, number: number) =>
      Object.fromEntries(
        Array.from(
          page.split("<tr>")[number + 1]!.matchAll(/<td[^>]*data-title="([^"]*)"[^>]*>(.*?)<\/td>/gs),
          ([, title, cell]) => [title!, cell!.replaceAll(/<[^>]*>/g, "")],
        ),
      );
    expect(rowOf(await read("/"), 1)).to.deep.include({
      Mode: "enforce",
      State: "running",
      Process: "main",
      Calls: "6",
      Refusals: "3",
      Failures: "0",
    });
    expect(rowOf(await read("/hooks/SpamChecker.checkEventForSpam"), 1)).to.deep.include({
      Place: "1",
      Callback: "LinkFilter.checkLinks",
      Calls: "5",
      Decided: "3",
      Refused: "3",
    });
  });

  it("the page about the shadow has the decisions that would be others, and no more", async () => {
    expect((await pageOf("/shadow")).body).not.to.contain("The latest differences");
    publish(host, 100);
    const { body } = await pageOf("/shadow");
    expect(Array.from(body.matchAll(/href="\/decisions\/([^"]+)"/g), ([, id]) => id)).to.deep.equal([
      "d-000086",
      "d-000043",
    ]);
    expect(body).to.match(
      /data-title="In shadow"><bdi>stricter-links<\/bdi><\/td><td data-title="What it does">refuses</,
    );
    expect(body).to.contain("<code>M_FORBIDDEN &quot;Links to example.org are not allowed&quot;</code>");
  });

  it("a list without decisions says why it's empty", async () => {
    const { body } = await pageOf("/decisions?user=@mallory:example.org");
    expect(body).to.contain("None of the latest 500 decisions passes the filter.");
    expect((await pageOf("/decisions?result=unknown")).body).to.contain(
      "No decision has been made since the inspector was opened.",
    );
  });

  it("the configuration is shown as an administrator writes it, without what holds by default", async () => {
    const { body } = await pageOf("/configuration");
    const [links] = body.split("config of links").slice(1);
    expect(links!.slice(0, links!.indexOf("</pre>"))).to.contain("\noperate:\n  timeout: 2s\n  on_failure: deny\n");
    expect(body).to.contain("<bdi>old-guard</bdi> (disabled)");
  });

  it("the configuration has no secrets", async () => {
    const { body } = await pageOf("/configuration");
    expect(body).to.contain("bad.example").and.to.contain("[redacted]");
    expect(body).not.to.contain("a-secret-of-links").and.not.to.contain("hunter22");
  });

  it("everything that clients and modules write is escaped on every page", async () => {
    const error = { name: EVIL, code: EVIL, message: EVIL, status: 403, errcode: EVIL };
    const callback = { module: EVIL, callback: EVIL, mode: "enforce", ms: 1 } as const;
    const reads = [
      { service: EVIL, args: [EVIL, HASHED], answer: { [EVIL]: EVIL } },
      { service: EVIL, args: [], error },
    ];
    const evil = refusal(1, {
      id: EVIL,
      time: EVIL,
      hook: EVIL,
      requestId: EVIL,
      about: { room: EVIL, user: HASHED, event: [EVIL] },
      args: [EVIL, { [EVIL]: [EVIL] }, { $: "uncarried", of: EVIL }, { $: EVIL }, { $: "map", of: [[EVIL, EVIL]] }],
      callbacks: [
        { ...callback, decided: true, answer: { code: EVIL, error: EVIL }, changed: { 0: EVIL }, reads },
        { ...callback, error },
        { ...callback, mode: "shadow", shadow: EVIL, answer: EVIL },
        { ...callback, notAsked: EVIL as never },
      ],
      truncated: [EVIL],
    });
    const thrown = refusal(2, { error, hook: EVIL, about: { room: EVIL } });
    for (const record of [evil, thrown]) decisionsOf(host).publish(record);
    const query = new URLSearchParams({ room: EVIL, user: EVIL, hook: EVIL, module: EVIL, result: EVIL });
    const paths = [
      "/decisions",
      `/decisions?${query}`,
      `/decisions/${encodeURIComponent(EVIL)}`,
      "/decisions/d-000002",
      `/decisions/${encodeURIComponent(`${EVIL}!`)}`,
      `/hooks/${encodeURIComponent(EVIL)}`,
      `/${encodeURIComponent(EVIL)}`,
    ];
    for (const path of paths) {
      const { body } = await pageOf(path);
      // The only scripts and pictures are the inspector's own.
      expect(body.match(/<script[^>]*>/g), path).to.deep.equal(['<script src="/inspector.js" defer="">']);
      expect(body, path).not.to.match(/<img|[\u001b\u202e\u0000]/);
      expect(body.replaceAll(/"[^"]*"/g, '""'), path).not.to.match(/<[^>]*\sonerror=/);
    }
    const { body } = await pageOf(`/decisions/${encodeURIComponent(EVIL)}`);
    expect(body).to.contain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(body).to.contain("\\u{1b}[31m\\u{202e}\\u{0}&amp;lt;");
  });

  it("what isn't there is a page that says so", async () => {
    expect((await pageOf("/missing")).status).to.equal(404);
    expect((await pageOf("/hooks/SpamChecker.unknown")).body).to.contain("No module registers SpamChecker.unknown.");
    expect((await pageOf("/decisions/d-1")).body).to.contain("isn&#39;t among the latest");
  });
});
