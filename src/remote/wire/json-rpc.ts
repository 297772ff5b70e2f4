import { isPlainObject } from "../../matrix/json.js";

/** How a request is numbered. */
export type MessageId = number | string;

/** A message that is answered. */
export interface RequestMessage {
  readonly jsonrpc: "2.0";
  readonly id: MessageId;
  readonly method: string;
  readonly params?: unknown;
}

/** A message that isn't answered. */
export interface NotificationMessage {
  readonly jsonrpc: "2.0";
  readonly id?: undefined;
  readonly method: string;
  readonly params?: unknown;
}

/** The answer to a request: a result, or an error. */
export interface ResponseMessage {
  readonly jsonrpc: "2.0";
  /** Null if the other side couldn't tell which request it answers. */
  readonly id: MessageId | null;
  readonly method?: undefined;
  readonly result?: unknown;
  readonly error?: RpcError;
}

/** A message of JSON-RPC 2.0. */
export type Message = RequestMessage | NotificationMessage | ResponseMessage;

/** An error as an answer has it. */
export interface RpcError<Data = unknown> {
  readonly code: number;
  readonly message: string;
  readonly data?: Data;
}

/** The codes of errors that JSON-RPC reserves, as far as they occur here. */
export const METHOD_NOT_FOUND = -32601;
export const INTERNAL_ERROR = -32603;

/** The notification that cancels a request, as in the Language Server Protocol. */
export const CANCEL = "$/cancelRequest";

/** A request of the protocol, with the types of its params and of its answer. */
export class RequestType<Params, Answer> {
  declare readonly params: Params;
  declare readonly answer: Answer;

  constructor(readonly method: string) {}
}

/** A notification of the protocol, with the type of its params. */
export class NotificationType<Params> {
  declare readonly params: Params;

  constructor(readonly method: string) {}
}

/** Whether JSON from the other side is a message. What a method says of its params is checked where it's answered. */
export function isMessage(message: unknown): message is Message {
  if (!isPlainObject(message) || message["jsonrpc"] !== "2.0") return false;
  const { id, method, params, result, error } = message;
  const hasId = isMessageId(id);
  if (method === undefined) return (hasId || id === null) && (result !== undefined || isPlainObject(error));
  if (typeof method !== "string" || (!hasId && id !== undefined)) return false;
  if (method === CANCEL) return isPlainObject(params) && isMessageId(params["id"]);
  return params === undefined || (typeof params === "object" && params !== null);
}

function isMessageId(id: unknown): id is MessageId {
  return typeof id === "number" || typeof id === "string";
}
