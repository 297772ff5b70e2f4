import type { Child, PropsWithChildren } from "hono/jsx";
import type { DecisionResult } from "../../decisions/decision-result.js";

/** A string that a client, a module or the configuration chose. */
export function Text({ of }: { of: string }) {
  return <bdi>{of}</bdi>;
}

/** The same, of which every character matters. */
export function Code({ of }: { of: string }) {
  return <code>{of}</code>;
}

/** The id of a module. @param inShadow whether it's called and decides nothing */
export function ModuleName({ of, inShadow = false }: { of: string; inShadow?: boolean | undefined }) {
  return (
    <>
      <Text of={of} />
      {inShadow && <span class="dim"> (shadow)</span>}
    </>
  );
}

/** A word with a colour. The word says it all. */
export function Badge({ kind, children }: PropsWithChildren<{ kind: "good" | "bad" | "warning" | "plain" }>) {
  return <span class={`badge ${kind}`}>{children}</span>;
}

const KINDS = { refused: "bad", failed: "warning", decided: "good", passed: "plain" } as const;

export function ResultBadge({ result }: { result: DecisionResult }) {
  return <Badge kind={KINDS[result]}>{result}</Badge>;
}

/** A moment, in UTC. @param at in milliseconds since the epoch, or as ISO 8601 */
export function Moment({ at, withDate = true }: { at: number | string; withDate?: boolean }) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return <Text of={String(at)} />;
  const iso = time.toISOString();
  if (!withDate) return <time datetime={iso}>{iso.slice(11, 23)}</time>;
  return (
    <time datetime={iso}>
      <span class="whole">{iso.slice(0, 10)}</span> <span class="whole">{iso.slice(11, 19)} UTC</span>
    </time>
  );
}

export function Milliseconds({ of }: { of: number | undefined }) {
  return of === undefined ? <span class="dim">not timed</span> : <>{milliseconds(of)}</>;
}

export function milliseconds(ms: number): string {
  return ms >= 100 ? `${Math.round(ms)} ms` : `${Number(ms.toPrecision(2))} ms`;
}

/** How long something took, beside the longest. */
export function Bar({ ms, longest }: { ms: number; longest: number }) {
  const width = longest > 0 ? Math.max(1, (100 * ms) / longest) : 1;
  return (
    <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect width={width.toFixed(1)} height="8" rx="1" />
    </svg>
  );
}

/** A number that is 0 most of the time. */
export function Count({ of }: { of: number }) {
  return of === 0 ? <span class="dim">0</span> : <>{of.toLocaleString("en")}</>;
}

/** Names and what is known by them. What isn't known is left out. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: Child])[] }) {
  return (
    <dl class="facts">
      {of
        .filter(([, value]) => value !== undefined && value !== false)
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Text on lines of its own. */
export function Block({ of, name }: { of: string; name: string }) {
  return (
    <pre tabindex={0} role="group" aria-label={name}>
      {of}
    </pre>
  );
}
