import { expect } from "chai";
import { HttpResponseError, LigandError, type MatrixError } from "#src/index.js";
import { FakeClock, FakeHttpClient, FakeTemplates, InMemoryMailer, captureLogs } from "#src/testing.js";
import { failureOf } from "../failure-of.js";

describe("FakeClock", () => {
  it("FakeClock runs timers in the order in which they fall due, each at its time", async () => {
    const clock = new FakeClock(0);
    const happened: unknown[] = [];
    clock.setTimer(200, () => happened.push(["b", clock.nowMs()]));
    clock.setTimer(100, () => happened.push(["a", clock.nowMs()]));
    clock.setTimer(200, () => happened.push(["c", clock.nowMs()]));
    clock.setTimer(201, () => happened.push(["later", clock.nowMs()]));
    await clock.advance(200);
    expect(happened).to.deep.equal([
      ["a", 100],
      ["b", 200],
      ["c", 200],
    ]);
    expect(clock.nowMs()).to.equal(200);
  });

  it("FakeClock runs a timer that another timer sets, if it falls due meanwhile", async () => {
    const clock = new FakeClock(0);
    const times: number[] = [];
    const tick = () => {
      times.push(clock.nowMs());
      clock.setTimer(100, tick);
    };
    clock.setTimer(100, tick);
    await clock.advance(350);
    expect(times).to.deep.equal([100, 200, 300]);
  });

  it("FakeClock never runs a timer that was cancelled", async () => {
    const clock = new FakeClock(0);
    let ran = false;
    clock.setTimer(100, () => (ran = true)).cancel();
    await clock.advance(1000);
    expect(ran).to.equal(false);
  });

  it("FakeClock counts sleepers, and wakes them", async () => {
    const clock = new FakeClock(0);
    const sleeping = clock.sleep(100);
    expect(clock.sleepers).to.equal(1);
    await clock.advance(100);
    await sleeping;
    expect(clock.sleepers).to.equal(0);
  });
});

describe("FakeHttpClient", () => {
  it("FakeHttpClient answers what a test scripts, and keeps the requests", async () => {
    const http = new FakeHttpClient(new FakeClock());
    http.on("GET", "https://api.example/users", [{ name: "alice" }]);
    http.on("POST", "https://api.example/users", ({ body }) => ({ got: JSON.parse(String(body)) as unknown }));
    expect(await http.getJson("https://api.example/users", { args: { page: 1 } })).to.deep.equal([{ name: "alice" }]);
    expect(await http.postJsonGetJson("https://api.example/users", { a: 1 })).to.deep.equal({ got: { a: 1 } });
    const urls = http.requests.map(({ method, url }) => `${method} ${url.href}`);
    expect(urls).to.deep.equal(["GET https://api.example/users?page=1", "POST https://api.example/users"]);
  });

  it("FakeHttpClient answers a response with its status, as often as it is asked", async () => {
    const http = new FakeHttpClient(new FakeClock());
    http.on("GET", "https://api.example/", new Response("no", { status: 404, statusText: "Not Found" }));
    for (const _ of [1, 2]) {
      const error = await failureOf(http.getJson("https://api.example/"));
      expect(error).to.be.instanceOf(HttpResponseError).and.to.include({ status: 404 });
    }
  });

  it("FakeHttpClient fails with a remedy where nothing is scripted", async () => {
    const http = new FakeHttpClient(new FakeClock());
    const { message, remedy } = (await failureOf(http.getJson("https://api.example/x?secret=1"))) as LigandError;
    expect(message).to.equal("no response is scripted for GET https://api.example/x");
    expect(remedy).to.equal('Script one: kit.http.on("GET", "https://api.example/x", …).');
  });
});

describe("a request that FakeHttpClient leaves without an answer", () => {
  const never = () => new Promise<never>(() => undefined);

  it("a request that FakeHttpClient never answers times out by the test's clock", async () => {
    const clock = new FakeClock();
    const http = new FakeHttpClient(clock).on("GET", "https://slow.example/", never);
    const failure = failureOf(http.getJson("https://slow.example/", { timeoutMs: 30_000 }));
    await clock.advance(30_000);
    const { status, message } = (await failure) as MatrixError;
    expect([status, message]).to.deep.equal([504, "GET https://slow.example/ had no response within 30000 ms"]);
  });

  it("a request of FakeHttpClient ends when its signal aborts, and isn't made when it has", async () => {
    const http = new FakeHttpClient(new FakeClock()).on("GET", "https://slow.example/", never);
    const controller = new AbortController();
    const { signal } = controller;
    const failures = [failureOf(http.getJson("https://slow.example/", { signal }))];
    controller.abort();
    failures.push(failureOf(http.getJson("https://slow.example/", { signal })));
    const messages = (await Promise.all(failures)).map((error) => (error as Error).message);
    expect(messages).to.deep.equal(Array.from({ length: 2 }, () => "GET https://slow.example/ was cancelled"));
    expect(http.requests.length).to.equal(1);
  });
});

describe("FakeTemplates", () => {
  it("FakeTemplates fills in values, escaped in HTML alone, in the order of the names", () => {
    const templates = new FakeTemplates();
    templates.texts.set("a.html", "<b>{{ name }}</b>{{missing}}").set("b.txt", "Dear {{ name }}");
    const [a, b] = templates.readTemplates(["a.html", "b.txt"]);
    expect(a!.render({ name: '<Alice & Bob\'s "tea">' })).to.equal(
      "<b>&lt;Alice &amp; Bob&#39;s &#34;tea&#34;&gt;</b>",
    );
    expect(b!.render({ name: "O'Brien" })).to.equal("Dear O'Brien");
  });

  it("FakeTemplates names the template that doesn't exist", () => {
    expect(() => new FakeTemplates().readTemplates(["no.html"])).to.throw(
      LigandError,
      "the template no.html doesn't exist",
    );
  });
});

describe("InMemoryMailer", () => {
  it("InMemoryMailer keeps the mails that would be sent", async () => {
    const mailer = new InMemoryMailer({ serverName: "example.org", emailAppName: "Tea" });
    await mailer.sendMail("Bob <bob@example.com>", "Hello", "<p>Hi</p>", "Hi");
    expect(mailer.outbox).to.deep.equal([
      {
        from: "Tea <noreply@example.org>",
        to: "Bob <bob@example.com>",
        subject: "Hello",
        html: "<p>Hi</p>",
        text: "Hi",
        headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
      },
    ]);
  });
});

describe("captureLogs", () => {
  it("captureLogs keeps lines with their data, secrets redacted", () => {
    const { logger, records } = captureLogs();
    logger.child({ module: "tea" }).warn("careful", { password: "hunter22", cups: 3 });
    const [{ timestamp, ...record } = {}] = records as unknown as Record<string, unknown>[];
    expect(record).to.deep.equal({
      level: "warn",
      module: "tea",
      message: "careful",
      password: "[redacted]",
      cups: 3,
    });
    expect(timestamp).to.be.a("string");
  });
});
