import type { CallbackRecord, DecisionRecord, ErrorRecord, ReadRecord } from "../decisions/decision-record.js";
import { isPlainObject } from "../matrix/json.js";

type Check = (value: unknown) => boolean;

/** A check of each member that isn't any {@link Recorded} value. */
type Members<Type> = { readonly [Name in keyof Type]?: Check };

const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number";
const list =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const anything: Check = () => true;

function object<Type>(members: Members<Type>): Check {
  const checks = Object.entries<Check | undefined>(members);
  return (value) => isPlainObject(value) && checks.every(([name, check]) => check!(ownMember(value, name)));
}

const error = optional(
  object<ErrorRecord>({
    name: text,
    message: text,
    code: optional(text),
    status: optional(number),
    errcode: optional(text),
  }),
);

const read = object<ReadRecord>({ service: text, args: list(anything), error });

const callback = object<CallbackRecord>({
  module: text,
  callback: text,
  notAsked: optional(text),
  shadow: optional(text),
  ms: optional(number),
  changed: optional(object({})),
  error,
  reads: optional(list(read)),
});

const decision = object<DecisionRecord>({
  version: (value) => value === 1,
  id: text,
  time: (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)),
  hook: text,
  origin: optional(text),
  requestId: optional(text),
  roomVersion: optional(text),
  about: object({}),
  args: list(anything),
  callbacks: list(callback),
  error,
  ms: optional(number),
  key: optional(text),
  truncated: optional(list(text)),
});

/** Whether what stands on a line is a decision. Something else than Ligand may have written it. */
export function isDecision(value: object): value is DecisionRecord {
  return decision(value);
}

/** A member that an object has itself: a line may name those that all objects have. */
export function ownMember<Value>(value: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
