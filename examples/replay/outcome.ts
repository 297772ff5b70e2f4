import { Denial, MatrixError, NOT_SPAM, RegistrationBehaviour } from "ligand";

/** The kinds of outcomes, in the order of the summary. */
export const OUTCOMES = ["allowed", "denied", "changed", "answered", "notified", "left open", "failed"] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

/** What became of a question. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** What there is to say beside the kind; may be empty. */
  readonly text: string;
}

/** Hooks that answer true when something is *not* to happen. */
const TRUE_DENIES = [
  "spamChecker.shouldDropFederatedEvent",
  "spamChecker.checkUsernameForSpam",
  "accountValidity.isUserExpired",
];
/** Hooks that only tell. */
const NOTIFIES = /\.on[A-Z]/;

/** What the result of a hook means for the homeserver. */
export function outcomeOf(hook: string, result: unknown): Outcome {
  if (NOTIFIES.test(hook)) return { kind: "notified", text: "" };
  if (result === undefined) return { kind: "left open", text: "the homeserver decides" };
  if (result === NOT_SPAM || result === RegistrationBehaviour.ALLOW) return { kind: "allowed", text: "" };
  if (result instanceof Denial) return { kind: "denied", text: denialText(result) };
  if (result === RegistrationBehaviour.DENY) return { kind: "denied", text: "" };
  if (result === RegistrationBehaviour.SHADOW_BAN) return { kind: "denied", text: "shadow-banned" };
  if (typeof result === "boolean")
    return { kind: result === TRUE_DENIES.includes(hook) ? "denied" : "allowed", text: "" };
  if (hook === "thirdPartyRules.checkEventAllowed") return eventOutcome(result as [boolean, object | null]);
  return { kind: "answered", text: show(result) };
}

/**
 * `onCreateRoom` tells, and what its callbacks change in the request counts. Take this before the call; what comes back
 * gives the outcome after it, if there was a change.
 */
export function watchRequest(hook: string, [, request]: readonly unknown[]): () => Outcome | undefined {
  if (hook !== "thirdPartyRules.onCreateRoom") return () => undefined;
  const before = show(request);
  return () => (show(request) === before ? undefined : { kind: "changed", text: show(request) });
}

/** What an error means that a hook let through. A `MatrixError` is how a module refuses where no verdict can. */
export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof MatrixError)
    return { kind: "denied", text: `${error.status} ${error.errcode} "${error.message}"` };
  return { kind: "failed", text: String(error) };
}

function denialText({ code, error, fields }: Denial): string {
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${show(value)}`);
  return [code, ...(error === undefined ? [] : [JSON.stringify(error)]), ...rest].join(" ");
}

function eventOutcome([allowed, replacement]: [boolean, object | null]): Outcome {
  if (!allowed) return { kind: "denied", text: "" };
  if (!replacement) return { kind: "allowed", text: "" };
  return { kind: "changed", text: show((replacement as { content?: unknown }).content ?? replacement) };
}

/** A value on one line: sets and maps with their items, functions by their kind. */
export function show(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Set) return `{${Array.from(value, show).join(", ")}}`;
  if (value instanceof Map) return `{${Array.from(value, ([key, item]) => `${show(key)} → ${show(item)}`).join(", ")}}`;
  if (isPresence(value)) return `${value.userId} is ${value.state}`;
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "function") return "a success callback";
  return JSON.stringify(value);
}

function isPresence(value: unknown): value is { readonly userId: string; readonly state: string } {
  return typeof value === "object" && value !== null && "userId" in value && "state" in value;
}
