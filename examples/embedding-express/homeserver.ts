import { createHash } from "node:crypto";
import express, { type ErrorRequestHandler, type Express, type Request } from "express";
import {
  Codes,
  Denial,
  InvalidCredentialsError,
  MatrixError,
  RoomEvent,
  StateMap,
  type EventId,
  type HookContext,
  type Host,
  type JsonObject,
  type RoomEventDict,
  type RoomId,
  type UserId,
} from "ligand";
import { modulesMiddleware } from "./modules-middleware.js";

/** A homeserver of one endpoint, `PUT …/send/…`, as Express routes. It knows nothing of Inversify. */
export function createHomeserver(host: Host, tokens: ReadonlyMap<string, UserId>): Express {
  const app = express();
  app.use(modulesMiddleware(host));
  app.use(express.json());
  app.put("/_matrix/client/v3/rooms/:roomId/send/:type/:txnId", async (request, response) => {
    const { roomId, type } = request.params;
    const event = makeEvent({
      room_id: roomId as RoomId,
      type,
      sender: senderOf(request, tokens),
      content: request.body as JsonObject,
    });
    response.json({ event_id: await accept(host, event, response.locals["context"] as HookContext) });
  });
  app.use(answerErrors);
  return app;
}

/** Asks the hooks in the order in which Synapse does, and gives the id of the event that was accepted. */
async function accept(host: Host, sent: RoomEvent, context: HookContext): Promise<EventId> {
  const { thirdPartyRules, spamChecker } = host.hooks;
  // Given as a function, the state is loaded only if a callback looks at it; the argument would say at what.
  const loadState = async () => new StateMap<RoomEvent>();
  const [allowed, replacement] = await thirdPartyRules.checkEventAllowed(sent, loadState, context);
  if (!allowed) throw new MatrixError(403, "This event is not allowed here", Codes.FORBIDDEN);
  const event = replacement ? makeEvent(replacement as RoomEventDict) : sent;

  const verdict = await spamChecker.checkEventForSpam(event, context);
  if (verdict instanceof Denial) {
    throw new MatrixError(403, verdict.error ?? "This is not allowed", verdict.code, { fields: verdict.fields });
  }

  // Here a real homeserver stores the event.
  await thirdPartyRules.onNewEvent(event, loadState, context);
  return event.eventId;
}

function makeEvent(dict: RoomEventDict): RoomEvent {
  const { event_id: _, ...hashed } = { ...dict, origin_server_ts: 0 };
  const hash = createHash("sha256").update(JSON.stringify(hashed)).digest("base64url");
  return new RoomEvent({ ...hashed, event_id: `$${hash}` });
}

function senderOf(request: Request, tokens: ReadonlyMap<string, UserId>): UserId {
  const user = tokens.get(request.get("authorization")?.replace("Bearer ", "") ?? "");
  if (user === undefined) throw new InvalidCredentialsError();
  return user;
}

/** A `MatrixError`, of a module or of the server, says what the client receives; Express answers other errors. */
const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof MatrixError) response.status(error.status).set(error.headers).json(error.body());
  else next(error);
};
