import type { RoomEvent } from "ligand";

/**
 * Every text of a message that a client may show: the plain body, the formatted body without its tags, and the same
 * of the new content where the message is an edit. (Matrix specification, "Instant messaging", "Event replacements".)
 */
export function textsOf(content: RoomEvent["content"]): string[] {
  const { body, formatted_body: formatted, "m.new_content": edited } = content;
  return [
    ...(typeof body === "string" ? [body] : []),
    ...(typeof formatted === "string" ? [formatted.replace(/<[^>]*>/g, "")] : []),
    ...(isContent(edited) ? textsOf(edited) : []),
  ];
}

function isContent(value: unknown): value is RoomEvent["content"] {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
