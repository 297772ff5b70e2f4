import { useContext } from "hono/jsx";
import type { Host } from "../../container/host.js";
import { partsOfHost } from "../../container/host.js";
import { describeChanges } from "../../container/reloads.js";
import { formatPosition, type Problem } from "../../errors/problem.js";
import { Base, Page } from "./layout.js";
import { Badge, Code, Moment, Text } from "./pieces.js";

/** What a reload came to, that the host doesn't know of. */
export interface ReloadOutcome {
  readonly why: string;
  readonly problems: readonly Problem[];
}

interface ReloadPageProps {
  host: Host | undefined;
  /** The token of the form. */
  token: string;
  /** Of the reload that was just asked for. */
  outcome?: ReloadOutcome;
}

/** The last reload, its problems, and the button for the next one. */
export function ReloadPage({ host, token, outcome }: ReloadPageProps) {
  const ended = host && partsOfHost(host).reloads.ended;
  return (
    <Page title="Reload" here="/reload">
      <p>
        A reload reads the configuration again. Modules whose entries are unchanged keep running. When anything is
        wrong, nothing changes.
      </p>
      <form method="post" action={`${useContext(Base)}/reload`}>
        <input type="hidden" name="token" value={token} />
        <button type="submit">Reload the configuration</button>
      </form>
      <h2>The last reload</h2>
      {outcome && <Outcome why={outcome.why} problems={outcome.problems} />}
      {!outcome && !ended && <p>There was none since the start.</p>}
      {!outcome && ended && (
        <>
          <p>
            <Moment at={ended.at} /> <Badge kind={ended.changes ? "good" : "bad"}>{ended.outcome}</Badge>{" "}
            {ended.changes && <Text of={describeChanges(ended.changes)} />}
          </p>
          {!ended.changes && (
            <Outcome why="The modules go on with the configuration that they have." problems={ended.problems} />
          )}
        </>
      )}
    </Page>
  );
}

function Outcome({ why, problems }: ReloadOutcome) {
  return (
    <>
      <p>
        <Text of={why} />
      </p>
      <ol class="problems">
        {problems.map(({ code, message, remedy, position }) => (
          <li>
            <p>
              {position && (
                <>
                  <Code of={formatPosition(position)} />:{" "}
                </>
              )}
              <Text of={message} /> <span class="dim">{code}</span>
            </p>
            {remedy && (
              <p class="remedy">
                → <Text of={remedy} />
              </p>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
