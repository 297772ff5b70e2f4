import type { SSEStreamingApi } from "hono/streaming";
import type { Sampled } from "./feed/sample.js";
import { DecisionRows } from "./pages/decision-table.js";
import { Base } from "./pages/layout.js";
import { visible } from "./pages/visible.js";

/** How long a connection may be silent, in milliseconds: what is between browser and inspector may close it then. */
const SILENT_MS = 15_000;
/** How often a page says whether it shows all decisions, in milliseconds. */
const STATE_MS = 1000;

/** Sends decisions to a page, as rows of its table, and says when they are a sample. */
export async function liveEvents(
  stream: SSEStreamingApi,
  samples: AsyncIterable<Sampled>,
  base: string,
): Promise<void> {
  let sentAt = 0;
  let stateAt = Date.now();
  let seen = 0;
  let shown = 0;
  for await (const sample of samples) {
    if (stream.aborted) return;
    const now = Date.now();
    const { length } = sample.shown;
    seen += sample.seen;
    shown += length;
    if (length > 0) {
      const rows = (
        <Base.Provider value={base}>
          <DecisionRows records={sample.shown.toReversed()} />
        </Base.Provider>
      );
      await stream.writeSSE({ event: "decisions", id: sample.shown.at(-1)!.id, data: visible(String(await rows)) });
      sentAt = now;
    }
    if (now - stateAt < STATE_MS) continue;
    const seconds = (now - stateAt) / 1000;
    const isSample = shown < seen;
    if (seen > 0 || now - sentAt > SILENT_MS) {
      await stream.writeSSE({ event: "state", data: isSample ? "Live, a sample" : "Live" });
      await stream.writeSSE({ event: "rate", data: isSample ? rateText(shown, seen, seconds) : "" });
      sentAt = now;
    }
    stateAt = now;
    seen = shown = 0;
  }
}

function rateText(shown: number, seen: number, seconds: number): string {
  const perSecond = (count: number) => Math.round(count / seconds).toLocaleString("en");
  return `${perSecond(seen)} decisions a second, of which ${perSecond(shown)} are shown: refusals and failures first.`;
}
