import { useContext } from "hono/jsx";
import type { ModuleChanges } from "../../container/compare-modules.js";
import type { Host } from "../../container/host.js";
import { partsOfHost } from "../../container/host.js";
import type { EndedReload } from "../../container/reloads.js";
import { formatPosition, type Problem } from "../../errors/problem.js";
import { Base, Page } from "./layout.js";
import { Badge, Code, Facts, Moment, Text } from "./pieces.js";

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
      {!outcome && (ended ? <Ended reload={ended} /> : <p>There was none since the start.</p>)}
    </Page>
  );
}

function Ended({ reload: { at, outcome, changes, problems } }: { reload: EndedReload }) {
  return (
    <>
      <p>
        <Badge kind={changes ? "good" : "bad"}>{outcome}</Badge> <Moment at={at} />
      </p>
      {changes ? (
        <Changes of={changes} />
      ) : (
        <Outcome why="The modules go on with the configuration that they have." problems={problems} />
      )}
    </>
  );
}

/** What a reload did, and the modules that it did it to. */
const CHANGES = [
  ["Added", "added"],
  ["Replaced", "replaced"],
  ["Adjusted", "adjusted"],
  ["Removed", "removed"],
  ["Kept as they were", "kept"],
  ["Couldn't be started", "failed"],
] as const satisfies readonly (readonly [string, keyof ModuleChanges])[];

function Changes({ of }: { of: ModuleChanges }) {
  const lists = CHANGES.map(([title, change]) => [title, of[change]] as const);
  const facts = lists.map(([title, ids]) => [title, ids.length > 0 && <Text of={ids.join(", ")} />] as const);
  return <Facts of={[...facts, ["Order", of.reordered && "changed"]]} />;
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
