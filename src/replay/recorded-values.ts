import type { DecisionRecord, Recorded } from "../decisions/decision-record.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import { ParsedUserId, RoomAlias } from "../matrix/identifiers.js";
import { copyJson, isPlainObject } from "../matrix/json.js";
import { StateMap } from "../matrix/state-map.js";
import { recordedEvent } from "./recorded-event.js";
import { RecordedState, type StateFrame } from "./recorded-state.js";
import { revive, tripwire, type Trip } from "./revive.js";
import type { Scene } from "./scene.js";
import { isWhole, withheldBy } from "./withheld.js";

/** Makes a value of a class of what was recorded of it. */
type Revive = (recorded: Recorded, path: string, trip: Trip) => unknown;

/** The parameters of hooks that are values of a class, by name. */
const PARAMETERS: Readonly<Record<string, Revive>> = {
  event: recordedEvent,
  roomAlias: parsed((text) => RoomAlias.fromString(text)),
  requester,
};

/** What methods of services answer with values of a class. */
export const SERVICE_ANSWERS: Readonly<Record<string, Revive>> = {
  "Rooms.getRoomState": roomState,
  "Rooms.getStateEventsInRoom": listOf(recordedEvent),
  "Rooms.updateRoomMembership": recordedEvent,
  "Rooms.createAndSendEventIntoRoom": recordedEvent,
  "Auth.getUserByReq": requester,
};

/** The arguments that a hook was called with then. */
export function recordedArguments(hook: AnyHook, record: DecisionRecord, frame: StateFrame): unknown[] {
  return (hook.parameters as readonly Parameter[]).map((parameter, position) =>
    parameter.kind === "state"
      ? RecordedState.of(record, frame)
      : recordedArgument(parameter, position, record, frame.scene),
  );
}

/** One of them, a new value each time. */
export function recordedArgument(
  { name }: Parameter,
  position: number,
  { args }: DecisionRecord,
  { trip }: Scene,
): unknown {
  const recorded = args[position];
  if (recorded === undefined) return undefined;
  const path = `args.${position}`;
  const reason = withheldBy(recorded);
  if (reason) return tripwire(reason, path, trip);
  return (PARAMETERS[name] ?? plain)(recorded, path, trip);
}

export function plain(recorded: Recorded, path: string, trip: Trip): unknown {
  return revive(copyJson(recorded), path, trip);
}

function parsed(parse: (text: string) => unknown): Revive {
  return (recorded, path, trip) => (typeof recorded === "string" ? parse(recorded) : revive(recorded, path, trip));
}

function listOf(one: Revive): Revive {
  return (recorded, path, trip) =>
    Array.isArray(recorded)
      ? recorded.map((item, index) => one(item, `${path}.${index}`, trip))
      : revive(recorded, path, trip);
}

function requester(recorded: Recorded, path: string, trip: Trip): unknown {
  const revived = plain(recorded, path, trip) as object;
  const user = Object.getOwnPropertyDescriptor(revived, "user");
  if (typeof user?.value !== "string") return revived;
  return Object.defineProperty(revived, "user", { ...user, value: ParsedUserId.fromString(user.value) });
}

function roomState(recorded: Recorded, path: string, trip: Trip): unknown {
  const entries = isPlainObject(recorded) && recorded["$"] === "map" ? (recorded["of"] as Recorded[][]) : undefined;
  const keys = entries?.map(([key]) => key as Recorded[]);
  // Without its keys, what is in it can't be known.
  if (!entries || !keys?.every((key) => isWhole(key))) return tripwire(withheldBy(recorded) ?? "hashed", path, trip);
  return new StateMap(
    entries.map(([, event], index) => {
      const [type, stateKey] = keys[index] as [string, string];
      return [type, stateKey, recordedEvent(event!, `${path}.${index}`, trip)] as const;
    }),
  );
}
