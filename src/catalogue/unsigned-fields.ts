import { category } from "../hooks/category.js";
import { propagate } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { legal } from "../hooks/legal-answers.js";
import { assign } from "../hooks/strategies.js";
import type { JsonObject } from "../matrix/json.js";
import { EVENT_PRIVACY } from "../matrix/privacy.js";
import type { RoomEvent } from "../matrix/room-event.js";

export const unsignedFields = category({
  name: "UnsignedFields",
  referenceName: "add_extra_fields_to_unsigned_client_event",
  summary: "Adds fields to the `unsigned` of events that clients receive.",
  since: "1.96.0",
  hooks: {
    addFieldToUnsigned: hook<[event: RoomEvent], JsonObject, Readonly<JsonObject>>({
      summary:
        "Asked for each event, bundled ones included, that a client receives. The event's own fields are never replaced.",
      since: "1.96.0",
      referenceName: "add_field_to_unsigned_callback",
      repeatable: true,
      key: "event.roomId",
      frequent: true,
      parameters: [{ name: "event", summary: "the event, immutable", kind: "event", privacy: EVENT_PRIVACY }],
      answers: legal("an object of fields; `{}` for none", assign()),
      refusal: null,
      failure: propagate,
      shield: false,
    }),
  },
});
