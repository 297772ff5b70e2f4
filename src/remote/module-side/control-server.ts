import { createServer, type Server } from "node:http";
import type { ReloadOptions, ReloadReport } from "../../container/reloads.js";
import { formatProblem, messageWithCauses } from "../../errors/problem.js";
import { StartError } from "../../errors/start-error.js";
import { listenWith } from "../wire/listen.js";
import type { SocketAddress } from "../wire/listen-address.js";

/** What a control socket answers: what a reload changed, or why it was refused. */
export type ControlAnswer =
  { readonly report: ReloadReport } | { readonly refused: string; readonly problems: readonly string[] };

/** Only the owner may use it: not even the homeserver's user, who is in the socket's group. */
const OWNER_ONLY = 0o600;

/**
 * Answers `POST /reload` and `POST /reload?dry-run` on a Unix socket of its owner.
 *
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`.
 */
export function serveControl(
  reload: (options: ReloadOptions) => Promise<ReloadReport>,
  address: SocketAddress & { readonly kind: "unix" },
): Promise<Server> {
  const http = createServer((request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
    // Not with `URL`, which throws for some of what HTTP lets a client ask for.
    const [path, query] = request.url?.split("?", 2) ?? [];
    if (request.method !== "POST" || path !== "/reload") return void answer(404, { error: "POST /reload" });
    reload({ dryRun: new URLSearchParams(query).has("dry-run") }).then(
      (report) => answer(200, { report } satisfies ControlAnswer),
      (error: unknown) => answer(409, refusal(error)),
    );
  });
  return listenWith(http, address, OWNER_ONLY);
}

function refusal(error: unknown): ControlAnswer {
  if (!(error instanceof StartError)) return { refused: messageWithCauses(error), problems: [] };
  return { refused: error.message.split("\n", 1)[0]!, problems: error.problems.map(formatProblem) };
}
