import { RoomAlias, RoomEvent, StateMap, type ParsedUserId } from "ligand";
import { show } from "./outcome.js";
import type { RecordedCall } from "./recording.js";

const MAX_LENGTH = 100;

/** What a call is about, on one line without secrets: its arguments, shortened. */
export function subjectOf({ parameters, args }: RecordedCall): string {
  const words = parameters.flatMap((parameter, index) =>
    wordsFor(parameter.privacy === "secret" ? SECRET : args[index], parameter.name),
  );
  const text = words.join(" · ");
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

const SECRET = Symbol("secret");

function wordsFor(value: unknown, name: string): string[] {
  if (value === SECRET) return [`${name}: (secret)`];
  if (value instanceof StateMap || value === null) return [];
  if (value instanceof RoomEvent) return [eventWords(value)];
  if (value instanceof RoomAlias) return [String(value)];
  if (typeof value === "boolean") return [value ? name : `not ${name}`];
  if (name === "requester") return [(value as { user: ParsedUserId }).user.toString()];
  if (name === "file") return [(value as { path: string }).path];
  return [show(value)];
}

function eventWords({ type, sender, stateKey, roomId, content }: RoomEvent): string {
  const { body, membership } = content;
  const about =
    typeof body === "string" ? ` ${JSON.stringify(body)}` : membership === undefined ? "" : ` ${show(membership)}`;
  const state = stateKey === undefined || stateKey === "" || stateKey === sender ? "" : ` of ${stateKey}`;
  return `${type}${about}${state} by ${sender} in ${roomId}`;
}
