import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { html } from "hono/html";
import type { JSX } from "hono/jsx/jsx-runtime";
import { streamSSE } from "hono/streaming";
import { messageWithCauses } from "../errors/problem.js";
import { StartError } from "../errors/start-error.js";
import { ICON, SCRIPT } from "./assets/script.js";
import { STYLE } from "./assets/style.js";
import type { DecisionFeed } from "./feed/decision-feed.js";
import { FormTokens } from "./guards/form-tokens.js";
import { isFromOwnPage } from "./guards/other-sites.js";
import type { Inspected } from "./inspected.js";
import { liveEvents } from "./live-events.js";
import type { Host } from "../container/host.js";
import { ConfigurationPage } from "./pages/configuration-page.js";
import { DecisionPage } from "./pages/decision-page.js";
import { DecisionsPage } from "./pages/decisions-page.js";
import { chainsWithCallbacks, HookPage, HooksPage } from "./pages/hooks-page.js";
import { Base } from "./pages/layout.js";
import { MessagePage } from "./pages/message-page.js";
import { visibleHtml } from "./pages/visible-html.js";
import { OverviewPage } from "./pages/overview-page.js";
import { ReloadPage, type ReloadOutcome } from "./pages/reload-page.js";
import { ShadowPage } from "./pages/shadow-page.js";

/** How many decisions the page about the shadow has. */
const MOST_SHADOWED = 50;
/** The largest body of the form, in bytes. */
const MOST_FORM_BYTES = 4096;

/** What has a host running: everything that pages are made of. */
interface Shown {
  readonly host: Host;
  readonly feed: DecisionFeed;
}

/**
 * The pages of an inspector. Who may see them is decided before.
 *
 * @param base the path that they are mounted at, without a slash at its end
 */
export function createApp(inspected: Inspected, base: string): Hono {
  const app = new Hono({ strict: false }).basePath(base === "" ? "/" : base);
  const tokens = new FormTokens();
  const send = async (c: Context, page: JSX.Element, status: 200 | 404 | 409 | 503 = 200) => {
    const rendered = await html`<!doctype html>${(<Base.Provider value={base}>{page}</Base.Provider>)}`;
    return c.html(visibleHtml(String(rendered)), status);
  };
  const notFound = (c: Context, message: string) =>
    send(c, <MessagePage title="Not found" here="" message={message} />, 404);
  /** Answers once modules run: those of `ligand serve` start with the first homeserver that connects. */
  const shown = (answer: (c: Context, shown: Shown) => Response | Promise<Response>) => (c: Context) => {
    const { host, feed } = inspected;
    if (host && feed) return answer(c, { host, feed });
    const message = "No modules run yet: they start when a homeserver connects.";
    return send(
      c,
      <MessagePage title="Waiting for a homeserver" here={c.req.path.slice(base.length)} message={message} />,
      503,
    );
  };
  const asset = (path: string, type: string, body: string) =>
    app.get(path, (c) => c.body(body, 200, { "content-type": type }));

  asset("/inspector.css", "text/css; charset=utf-8", STYLE);
  asset("/inspector.js", "text/javascript; charset=utf-8", SCRIPT);
  asset("/icon.svg", "image/svg+xml", ICON);
  app.get(
    "/",
    shown((c, { host, feed }) => send(c, <OverviewPage host={host} tally={feed.tally} />)),
  );
  app.get(
    "/hooks",
    shown((c, { host }) => send(c, <HooksPage host={host} />)),
  );
  app.get(
    "/hooks/:hook",
    shown((c, { host, feed }) => {
      const name = c.req.param("hook")!;
      const chain = chainsWithCallbacks(host).find((each) => each.name === name);
      if (!chain) return notFound(c, `No module registers ${name}.`);
      return send(c, <HookPage chain={chain} tally={feed.tally} />);
    }),
  );
  app.get(
    "/decisions",
    shown((c, { host, feed }) => {
      const filter = feed.filter(new URL(c.req.url).searchParams);
      const hooks = chainsWithCallbacks(host).map(({ name }) => name);
      const modules = host.modules.map(({ id }) => id);
      const records = feed.recent(filter);
      return send(c, <DecisionsPage filter={filter} records={records} hooks={hooks} modules={modules} />);
    }),
  );
  app.get(
    "/decisions/live",
    shown((c, { feed }) => {
      const { searchParams } = new URL(c.req.url);
      const after = c.req.header("last-event-id") ?? searchParams.get("after") ?? undefined;
      c.header("x-accel-buffering", "no");
      return streamSSE(c, (stream) =>
        liveEvents(stream, feed.live(feed.filter(searchParams), after, c.req.raw.signal), base),
      );
    }),
  );
  app.get(
    "/decisions/:id",
    shown((c, { feed }) => {
      const id = c.req.param("id")!;
      const record = feed.find(id);
      if (record) return send(c, <DecisionPage record={record} />);
      return notFound(
        c,
        `Decision ${id} isn't among the latest. \`ligand why\` finds it if it was recorded to a file.`,
      );
    }),
  );
  app.get(
    "/shadow",
    shown((c, { host, feed }) => send(c, <ShadowPage host={host} records={feed.shadowed(MOST_SHADOWED)} />)),
  );
  app.get(
    "/configuration",
    shown((c, { host }) => send(c, <ConfigurationPage host={host} />)),
  );
  const reloadPage = (outcome?: ReloadOutcome) => (
    <ReloadPage host={inspected.host} token={tokens.issue("reload")} {...(outcome && { outcome })} />
  );
  app.get("/reload", (c) => send(c, reloadPage()));
  const refuseReload = (c: Context) =>
    c.text("Only the form of this page may ask for a reload. Load the page again, and use its button.\n", 403);
  app.post("/reload", bodyLimit({ maxSize: MOST_FORM_BYTES, onError: refuseReload }), async (c) => {
    const token = await formToken(c.req.raw);
    if (!isFromOwnPage(c.req.raw) || token === undefined || !tokens.accepts("reload", token)) return refuseReload(c);
    try {
      await inspected.reload();
      if (inspected.host) return c.redirect(`${base}/reload`, 303);
      const why = "The configuration was read again. Its modules start when a homeserver connects.";
      return await send(c, reloadPage({ why, problems: [] }));
    } catch (error) {
      const problems = error instanceof StartError ? error.problems : [];
      const why = error instanceof StartError ? error.message.split("\n", 1)[0]! : messageWithCauses(error);
      return send(c, reloadPage({ why, problems }), 409);
    }
  });
  app.notFound((c) => notFound(c, "There is no such page."));
  return app;
}

/** The token of a form that was sent; undefined for anything else. */
async function formToken(request: Request): Promise<string | undefined> {
  if (!request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) return undefined;
  return new URLSearchParams(await request.text()).get("token") ?? undefined;
}
