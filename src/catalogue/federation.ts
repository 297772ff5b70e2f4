import { category } from "../hooks/category.js";
import { skip } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { nothing } from "../hooks/legal-answers.js";
import { runAll } from "../hooks/strategies.js";
import { EVENT_PRIVACY } from "../matrix/privacy.js";
import type { RoomEvent } from "../matrix/room-event.js";

/** Events that were sent to another server, or that it fetched. @public */
export interface FederationDelivery {
  /** The other server. */
  readonly serverName: string;
  /** Possibly not all events of one request: a large one comes in parts. */
  readonly events: readonly RoomEvent[];
  /**
   * The endpoint of the federation API, such as `/send` or `/backfill`. After `/send` the other server has accepted the
   * events; after the others, with which it fetches events, it isn't known whether they arrived. More endpoints may follow.
   */
  readonly method: string;
}

export const federation = category({
  name: "Federation",
  summary: "Watches what goes to other servers.",
  since: "1.158.0",
  hooks: {
    onEventDeliveredOverFederation: hook<[delivery: FederationDelivery], void, void>({
      summary: "Called after complete, signed events went to another server.",
      since: "1.158.0",
      parameters: [
        {
          name: "delivery",
          summary: "the server, the events, and how they got there",
          privacy: { serverName: "public", events: { "*": EVENT_PRIVACY }, method: "public" },
        },
      ],
      answers: nothing(runAll()),
      refusal: null,
      atSynapse: { kind: "costs", what: "Synapse loses a cache of its answers to `/state`" },
      failure: skip("error", { catchCancellation: true }),
      shield: false,
    }),
  },
});
