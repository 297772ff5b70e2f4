import { category } from "../hooks/category.js";
import { skip } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { nothing } from "../hooks/legal-answers.js";
import { runAll } from "../hooks/strategies.js";
import type { RoomId, UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";

export const accountData = category({
  name: "AccountData",
  summary: "Watches users' account data.",
  since: "1.57.0",
  hooks: {
    onAccountDataUpdated: hook<[userId: UserId, roomId: RoomId | null, type: string, content: JsonObject], void, void>({
      summary: "Called after account data was written or removed, even if nothing changed. Not called for room tags.",
      since: "1.57.0",
      key: "userId",
      parameters: [
        { name: "userId", summary: "the user", privacy: "personal", facet: "user" },
        { name: "roomId", summary: "the room, or null for global account data", privacy: "personal", facet: "room" },
        { name: "type", summary: "the type of the account data", privacy: "public", facet: "type" },
        { name: "content", summary: "the new content; `{}` when removed", privacy: "body" },
      ],
      answers: nothing(runAll()),
      refusal: null,
      failure: skip("error", { catchCancellation: true }),
      shield: false,
    }),
  },
});
