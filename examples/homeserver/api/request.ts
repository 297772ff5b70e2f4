import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import {
  Codes,
  MatrixError,
  parseJsonObject,
  ParsedUserId,
  type AuthOptions,
  type EventId,
  type JsonObject,
  type RoomId,
  type UserId,
} from "ligand";
import type { Caller, Homeserver, Origin } from "ligand/homeserver";
import type { Sync } from "../sync/sync.js";
import { inTime } from "./in-time.js";
import { refuseUnusable } from "./usable.js";

/** What the endpoints find in Hono's context. */
export interface Env {
  Bindings: HttpBindings;
  Variables: {
    homeserver: Homeserver;
    sync: Sync;
    requestId: string;
    /** Text for the log: why the request was refused. */
    refusal?: string;
    /** The module that answered. */
    servedBy?: string | undefined;
  };
}

export type ClientContext = Context<Env>;

/**
 * Who makes a request. Modules learn its id and, while the request only reads, that its client has gone: what has
 * begun to change something goes on.
 *
 * @throws {MatrixError} 401 or 403, as `Auth.getUserByReq` does.
 */
export async function authenticate(c: ClientContext, options: AuthOptions = {}): Promise<Caller> {
  const { auth } = c.var.homeserver.services;
  const requester = await auth.getUserByReq(c.req.raw, { allowGuest: true, ...options });
  return { requester, context: contextOf(c) };
}

/** What modules learn of a request. */
export function contextOf(c: ClientContext): Caller["context"] {
  const { requestId } = c.var;
  return { origin: "local", requestId, ...(c.req.method === "GET" && { signal: c.req.raw.signal }) };
}

/** Where a request came from. */
export function originOf(c: ClientContext): Origin {
  return { ip: addressOf(c), userAgent: c.req.header("user-agent") ?? null };
}

/** There is no proxy in front of this server whose `X-Forwarded-For` could be believed. */
export function addressOf(c: ClientContext): string {
  return c.env.incoming?.socket.remoteAddress ?? "127.0.0.1";
}

/** The body as an object, `{}` for an empty one. @throws {MatrixError} 400, 408 or 413. */
export async function readJson(c: ClientContext): Promise<JsonObject> {
  const body = await inTime(parseJsonObject(c.req.raw, { allowEmpty: true }));
  refuseUnusable(body);
  return body;
}

/** A part of the path. @throws {MatrixError} 400 for text that cannot be stored. */
export function pathText(c: ClientContext, name: string): string {
  const text = c.req.param(name) ?? "";
  refuseUnusable(text);
  return text;
}

export function pathRoom(c: ClientContext): RoomId {
  return idWith("!", pathText(c, "roomId")) as RoomId;
}

export function pathEvent(c: ClientContext): EventId {
  return idWith("$", pathText(c, "eventId")) as EventId;
}

export function pathUser(c: ClientContext): UserId {
  return userIdOf(pathText(c, "userId"));
}

/** The user of a path, who must be the one who asks. */
export function pathSelf(c: ClientContext, { requester }: Caller): UserId {
  if (pathUser(c) === requester.userId) return requester.userId;
  throw new MatrixError(403, "This belongs to another user", Codes.FORBIDDEN);
}

/** @throws {MatrixError} 400 `M_INVALID_PARAM` for what is no user id. */
export function userIdOf(text: string): UserId {
  return ParsedUserId.fromString(text).toString();
}

function idWith(sigil: string, text: string): string {
  if (text.startsWith(sigil) && text.length <= 255) return text;
  throw new MatrixError(400, `Expected an id that begins with ${sigil}`, Codes.INVALID_PARAM);
}

/** A whole number of the query. @throws {MatrixError} 400 `M_INVALID_PARAM`. */
export function queryNumber(c: ClientContext, name: string, fallback: number, most: number): number {
  const text = c.req.query(name);
  if (text === undefined) return fallback;
  if (!/^\d{1,15}$/.test(text)) throw new MatrixError(400, `${name} is not a number`, Codes.INVALID_PARAM);
  return Math.min(Number(text), most);
}
