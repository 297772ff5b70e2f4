import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { decisionsOf, type Host } from "#src/container/host.js";
import { serveInspector } from "#src/inspector/inspector.js";
import type { ServedInspector } from "#src/inspector/serve-inspector.js";
import { decision, filledHost, publish, refusal } from "../inspector/filled-host.js";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** Where to put the pictures that the docs show; nowhere by default, because each machine has other fonts. */
const PICTURES = process.env["PICTURES"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const VIEWS: Readonly<Record<string, string>> = {
  overview: "/",
  hooks: "/hooks",
  hook: "/hooks/SpamChecker.checkEventForSpam",
  decisions: "/decisions",
  decision: "/decisions/d-000497",
  shadow: "/shadow",
  reload: "/reload",
  configuration: "/configuration",
  "missing page": "/missing",
};

const EVIL = "</code><script>globalThis.ran = true</script><img src=x onerror='globalThis.ran = true'>";

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describe("the inspector in a browser", () => {
  let browser: Browser;
  let host: Host;
  let served: ServedInspector;
  let contexts: BrowserContext[] = [];

  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  });
  after(() => browser.close());
  beforeEach(async () => {
    host = await filledHost();
    served = await serveInspector(host, { address: "tcp:127.0.0.1:0" });
    publish(host, 500);
  });
  afterEach(async () => {
    for (const context of contexts) await context.close();
    contexts = [];
    await served.stop();
    await host.stop();
  });

  /** A page of a browser that knows the token, and what it complains of: a policy that's broken, a script that throws. */
  const openPage = async (options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> => {
    const token = readFileSync(served.tokenFile!, "utf8").trim();
    const context = await browser.newContext({
      baseURL: served.address,
      httpCredentials: { username: "anyone", password: token },
      ...options,
    });
    contexts.push(context);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    return { page, complaints };
  };

  const takePicture = async (page: Page, name: string) => {
    if (!PICTURES) return;
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `inspector-${name}.png`) });
  };

  for (const colorScheme of ["light", "dark"] as const) {
    it(`every view is accessible in the ${colorScheme} theme, with 500 decisions, and breaks no policy`, async () => {
      const { page, complaints } = await openPage({ colorScheme, viewport: { width: 1120, height: 620 } });
      const found: string[] = [];
      for (const [view, path] of Object.entries(VIEWS)) {
        await page.goto(path);
        for (const details of await page.locator("summary").all()) await details.click();
        if (colorScheme === "dark" ? view === "decisions" : view === "decision") await takePicture(page, view);
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() =>
          (
            globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: AxeViolation[] }> } }
          ).axe.run({
            resultTypes: ["violations"],
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
          }),
        );
        found.push(
          ...violations.map(({ id, nodes }) => `${view}: ${id} ${nodes[0]!.html} ${nodes[0]!.failureSummary}`),
        );
      }
      expect(found).to.deep.equal([]);
      expect(complaints).to.deep.equal([
        "Failed to load resource: the server responded with a status of 404 (Not Found)",
      ]);
    });
  }

  it("no view is wider than a phone, however long the words are that clients write", async () => {
    const long = "x".repeat(255);
    decisionsOf(host).publish(
      refusal(1000, {
        about: { user: `@${long}`, room: `!${long}`, event: `$${long}` },
        requestId: long,
        args: [long],
        callbacks: [
          {
            module: "links",
            callback: "LinkFilter.checkLinks",
            mode: "enforce",
            decided: true,
            answer: { code: "M_FORBIDDEN", error: long },
            reads: [{ service: "Rooms.getState", args: [long], error: { name: "NotFound", message: long } }],
          },
        ],
        result: { code: "M_FORBIDDEN", error: long },
      }),
    );
    const views = {
      ...VIEWS,
      "long decision": "/decisions/d-001000",
      "missing hook": `/hooks/${long}`,
      "long filter": `/decisions?room=${long}`,
    };
    const { page } = await openPage({ viewport: { width: 360, height: 640 }, isMobile: true, colorScheme: "dark" });
    const wide: string[] = [];
    for (const [view, path] of Object.entries(views)) {
      await page.goto(path);
      if (view === "decision") await takePicture(page, "phone");
      for (const details of await page.locator("summary").all()) await details.press("Enter");
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 360) wide.push(`${view}: ${width}`);
    }
    expect(wide).to.deep.equal([]);
  });

  it("on a phone a screen reader finds the same rows and columns, and each cell is beside its title", async () => {
    const { page } = await openPage({ viewport: { width: 360, height: 640 }, isMobile: true });
    await page.goto("/");
    const table = page.getByRole("table", { name: "Modules" });
    const headings = await table.getByRole("columnheader").allInnerTexts();
    expect(headings.slice(0, 7)).to.deep.equal(["Module", "Mode", "State", "Process", "Calls", "Refusals", "Failures"]);
    const row = table.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "links", exact: true }) });
    expect(await row.getByRole("cell").count()).to.equal(headings.length - 1);
    const calls = row.getByRole("cell").nth(3);
    const title = await calls.evaluate((cell) => getComputedStyle(cell, "::before").content);
    expect([title, await calls.innerText()]).to.deep.equal(['"Calls"', "6"]);
  });

  it("a refusal shows up on the open page, and leads to its answers", async () => {
    const { page } = await openPage();
    await page.goto("/decisions");
    await page.getByText("Live", { exact: true }).waitFor();
    decisionsOf(host).publish(refusal(1000));
    const row = page.locator("tbody tr").first().filter({ hasText: "@mallory:example.org" });
    await row.waitFor({ timeout: 60_000 });
    expect((await row.innerText()).split(/\s*\t\s*/).slice(1, 4)).to.deep.equal([
      "refused",
      "SpamChecker.checkEventForSpam",
      "links",
    ]);
    await row.getByRole("link").click();
    expect(await page.locator("h1").innerText()).to.equal("Decision d-001000");
  });

  it("the filter holds for the decisions that follow", async () => {
    const { page } = await openPage();
    await page.goto("/decisions");
    await page.getByLabel("Result").selectOption("refused");
    await page.getByRole("textbox", { name: "User" }).fill("@mallory:example.org");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByText("Live", { exact: true }).waitFor();
    const rows = page.locator("#decisions tr");
    const before = await rows.count();
    decisionsOf(host).publish(decision(1000));
    decisionsOf(host).publish(refusal(1001));
    await page.locator("a[href='/decisions/d-001001']").waitFor();
    expect([before, await rows.count()]).to.deep.equal([71, 72]);
  });

  it("a page that had no decisions yet shows those that came while it was paused", async () => {
    const { page } = await openPage();
    await page.goto("/decisions?user=@new:example.org");
    await page.getByText("None of the latest 500 decisions passes the filter.").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    for (let number = 1001; number <= 1040; number++) {
      decisionsOf(host).publish(refusal(number, { about: { user: "@new:example.org" } }));
    }
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator("a[href='/decisions/d-001040']").waitFor();
    expect(await page.locator("#decisions tr").count()).to.equal(40);
    expect(await page.locator(".if-empty").isVisible()).to.equal(false);
  });

  it("the list pauses and continues by the keyboard, and what came meanwhile is shown then", async () => {
    const { page } = await openPage();
    await page.goto("/decisions");
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Pause" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Paused", { exact: true }).waitFor();
    decisionsOf(host).publish(refusal(1000));
    await page.waitForTimeout(600);
    expect(await page.locator("a[href='/decisions/d-001000']").count()).to.equal(0);
    await page.keyboard.press("Space");
    await page.locator("a[href='/decisions/d-001000']").waitFor();
  });

  it("the keyboard skips to the content, and reaches every control", async () => {
    const { page } = await openPage();
    await page.goto("/decisions");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).to.equal("Skip to the content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).to.equal("result");
    for (const name of ["module", "hook", "user", "room"]) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).to.equal(name);
    }
  });

  it("a page of a thousand decisions a second shows a sample, says so, and keeps 500 rows", async () => {
    const { page } = await openPage();
    await page.goto("/decisions");
    let number = 1000;
    const flood = setInterval(() => {
      publish(host, 20, number);
      number += 20;
    }, 20);
    try {
      await page.getByText("Live, a sample", { exact: true }).waitFor();
      // Beside the status: a screen reader would say it each second.
      const rate = /^[\d,]+ decisions a second, of which [\d,]+ are shown: refusals and failures first\.$/;
      await page.locator("#rate").filter({ hasText: rate }).waitFor();
      expect(await page.locator("[role=status]").count()).to.equal(1);
      const first = await page.locator("#decisions tr").first().innerText();
      await page.waitForFunction(
        (before) => document.querySelector<HTMLElement>("#decisions tr")!.innerText !== before,
        first,
      );
      expect(await page.locator("#decisions tr").count()).to.equal(500);
    } finally {
      clearInterval(flood);
    }
  });

  it("the button reloads the configuration", async () => {
    const { page } = await openPage();
    await page.goto("/reload");
    await page.getByRole("button", { name: "Reload the configuration" }).click();
    await page.getByText("done", { exact: true }).waitFor();
    expect(host.health().lastReload).to.include({ outcome: "done" });
  });

  it("a browser without the token is asked for it, and shows nothing", async () => {
    const { page } = await openPage({ httpCredentials: { username: "anyone", password: "wrong" } });
    const response = await page.goto("/");
    expect([response!.status(), await page.locator("main").count()]).to.deep.equal([401, 0]);
  });

  it("a page at another port can't read the stream, embed a page or ask for a reload", async () => {
    const other = createServer((_, response) =>
      response.setHeader("content-type", "text/html").end("<!doctype html><title>other</title><iframe></iframe>"),
    );
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    try {
      const { page } = await openPage();
      await page.goto("/", { waitUntil: "networkidle" });
      const requests: number[] = [];
      page.on("response", (response) => {
        if (response.url().startsWith(served.address)) requests.push(response.status());
      });
      await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
      const outcome = await page.evaluate(async (inspector) => {
        const source = new EventSource(`${inspector}decisions/live`, { withCredentials: true });
        const stream = await new Promise((resolve) => {
          source.addEventListener("error", () => resolve("refused"));
          source.addEventListener("open", () => resolve("open"));
        });
        source.close();
        const body = new URLSearchParams({ token: "1.x" });
        const reload = await fetch(`${inspector}reload`, { method: "POST", body, credentials: "include" }).then(
          () => "answered",
          () => "refused",
        );
        const frame = document.querySelector("iframe")!;
        const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
        frame.src = inspector;
        await loaded;
        return { stream, reload, frame: frame.contentDocument === null ? "another page's" : "empty" };
      }, served.address);
      expect(outcome).to.deep.include({ stream: "refused", reload: "refused" });
      expect([...new Set(requests)]).to.deep.equal([403]);
      expect(host.health().lastReload).to.equal(null);
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });

  it("what a link puts into the filter is shown in its fields and never run", async () => {
    const { page, complaints } = await openPage();
    for (const key of ["result", "module", "hook", "user", "room"]) {
      await page.goto(`/decisions?${new URLSearchParams({ [key]: EVIL })}`);
      await page.getByText("Live", { exact: true }).waitFor();
      // There are only so many results, so that another one isn't a filter.
      expect([key, await page.locator(`[name=${key}]`).inputValue()]).to.deep.equal([
        key,
        key === "result" ? "" : EVIL,
      ]);
      expect([key, await page.locator("#decisions tr").count()]).to.deep.equal([key, key === "result" ? 500 : 0]);
      expect(await page.locator("main img, main script").count()).to.equal(0);
    }
    expect(await page.evaluate(() => (globalThis as { ran?: boolean }).ran)).to.equal(undefined);
    expect(complaints).to.deep.equal([]);
  });

  it("what clients write is shown and never run", async () => {
    const evil = EVIL;
    const { page, complaints } = await openPage();
    await page.goto("/decisions");
    await page.getByText("Live", { exact: true }).waitFor();
    decisionsOf(host).publish(
      refusal(1000, {
        about: { user: evil, room: evil },
        result: { code: "M_FORBIDDEN", error: evil },
        args: [evil],
        requestId: evil,
      }),
    );
    await page.locator("a[href='/decisions/d-001000']").click();
    expect(await page.locator("pre").last().innerText()).to.equal(JSON.stringify(evil));
    expect(await page.evaluate(() => (globalThis as { ran?: boolean }).ran)).to.equal(undefined);
    expect(await page.locator("main img, main script").count()).to.equal(0);
    expect(complaints).to.deep.equal([]);
  });
});
