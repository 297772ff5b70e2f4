/** What a redaction leaves of an event. @public */
export interface KeptByRedaction {
  readonly keys: readonly string[];
  /** Keys of the content by the event's type, nested ones with a dot; `"all"` keeps the whole content. */
  readonly content: Readonly<Record<string, readonly string[] | "all">>;
}

/** What the version of a room decides. (Matrix specification, "Room versions".) @public */
export interface RoomVersion {
  readonly id: string;
  /** The form of event ids: made up by a server, with its name, or the hash of the event in one of two alphabets. */
  readonly eventIds: "named" | "base64" | "base64url";
  /** The form of room ids: made up, with a server's name, or the id of the create event. */
  readonly roomIds: "named" | "create-event";
  /** Creators, several if the create event says so, stand above all power levels. */
  readonly creatorsOutrank: boolean;
  /** The create event names its sender once more, as `creator`. */
  readonly namesCreator: boolean;
  /** A redaction names its target in its content, and no longer beside it. */
  readonly redactsInContent: boolean;
  /** Whether a redaction may be sent is an authorisation rule, and not only whether it takes effect. */
  readonly authorisesRedactions: boolean;
  /** `m.room.aliases` belongs to the server that its state key names. */
  readonly aliasesOfServers: boolean;
  /** Only canonical JSON: no fractions, no integers beyond 2^53 - 1. */
  readonly strictJson: boolean;
  /** Power levels are integers; before, strings that hold one count, too. */
  readonly integerLevels: boolean;
  /** Changes of `notifications` in power levels are limited like those of `events`. */
  readonly limitsNotifications: boolean;
  /** The join rules beside `public` and `invite`. */
  readonly joinRules: readonly string[];
  readonly kept: KeptByRedaction;
}

const FIRST: RoomVersion = {
  id: "1",
  eventIds: "named",
  roomIds: "named",
  creatorsOutrank: false,
  namesCreator: true,
  redactsInContent: false,
  authorisesRedactions: true,
  aliasesOfServers: true,
  strictJson: false,
  integerLevels: false,
  limitsNotifications: false,
  joinRules: [],
  kept: {
    keys: words(
      "event_id type room_id sender state_key content hashes signatures depth prev_events auth_events origin_server_ts",
      "prev_state origin membership",
    ),
    content: {
      "m.room.member": ["membership"],
      "m.room.create": ["creator"],
      "m.room.join_rules": ["join_rule"],
      "m.room.power_levels": words("ban events events_default kick redact state_default users users_default"),
      "m.room.aliases": ["aliases"],
      "m.room.history_visibility": ["history_visibility"],
    },
  },
};

/** Each version as a change of the one before it. Versions 2 and 5 change only what servers agree on among themselves. */
const CHANGES: readonly ((before: RoomVersion) => Partial<RoomVersion>)[] = [
  () => ({}),
  () => ({ eventIds: "base64", authorisesRedactions: false }),
  () => ({ eventIds: "base64url" }),
  () => ({}),
  ({ kept }) => ({
    strictJson: true,
    limitsNotifications: true,
    aliasesOfServers: false,
    kept: { ...kept, content: { ...kept.content, "m.room.aliases": [] } },
  }),
  () => ({ joinRules: ["knock"] }),
  ({ kept }) => ({
    joinRules: ["knock", "restricted"],
    kept: { ...kept, content: { ...kept.content, "m.room.join_rules": ["join_rule", "allow"] } },
  }),
  ({ kept }) => ({
    kept: {
      ...kept,
      content: { ...kept.content, "m.room.member": ["membership", "join_authorised_via_users_server"] },
    },
  }),
  () => ({ integerLevels: true, joinRules: ["knock", "restricted", "knock_restricted"] }),
  ({ kept: { keys, content } }) => ({
    namesCreator: false,
    redactsInContent: true,
    kept: {
      keys: keys.filter((key) => !["prev_state", "origin", "membership"].includes(key)),
      content: {
        ...content,
        "m.room.create": "all",
        "m.room.member": words("membership join_authorised_via_users_server third_party_invite.signed"),
        "m.room.power_levels": words("ban events events_default invite kick redact state_default users users_default"),
        "m.room.redaction": ["redacts"],
      },
    },
  }),
  () => ({ roomIds: "create-event", creatorsOutrank: true }),
];

const ALL = CHANGES.reduce<readonly RoomVersion[]>(
  (versions, change) => {
    const before = versions.at(-1)!;
    return [...versions, { ...before, ...change(before), id: String(versions.length + 1) }];
  },
  [FIRST],
);

/** The versions of rooms that the Matrix specification knows, 1 to 12. @public */
export const ROOM_VERSIONS: ReadonlyMap<string, RoomVersion> = new Map(ALL.map((version) => [version.id, version]));

/** What new rooms are, unless a request says otherwise; Synapse has the same. @public */
export const DEFAULT_ROOM_VERSION = "12";

/** Unstable versions that Synapse knows and whose number is not that of the version they became. */
const UNSTABLE: Readonly<Record<string, string>> = { "org.matrix.hydra.11": "12" };

/**
 * What holds in a room of a version. An unstable one, such as `org.matrix.msc3757.10`, is taken for the version it was
 * made from, an unknown one for the newest.
 */
export function roomVersionOf(id: string): RoomVersion {
  const known = ROOM_VERSIONS.get(id);
  if (known) return known;
  const from = UNSTABLE[id] ?? /\.(\d+)$/.exec(id)?.[1] ?? "";
  return ROOM_VERSIONS.get(from) ?? ALL.at(-1)!;
}

function words(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(" "));
}
