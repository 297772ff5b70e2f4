import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { eventIdOf } from "#src/homeserver/event-hash.js";
import { redactEvent } from "#src/homeserver/redact-event.js";
import { RoomEvent, type EventId, type JsonObject, type RoomEventDict } from "#src/index.js";
import { roomVersionOf } from "#src/matrix/room-versions.js";
import { PYTHON } from "../running-synapse.js";

const SCRIPT = resolve("test/synapse/differential/room_versions.py");
const STABLE = Array.from({ length: 12 }, (_, index) => String(index + 1));
/** Those that Synapse 1.163 knows beside them. */
const UNSTABLE = ["org.matrix.hydra.11", "org.matrix.msc3757.10", "org.matrix.msc3757.11"];

interface Sample {
  readonly version: string;
  readonly dict: RoomEventDict;
}

/** Contents with the keys that redactions keep, and others. */
const content = fc.dictionary(
  fc.constantFrom(
    ..."membership creator join_rule allow ban events invite users notifications aliases history_visibility redacts".split(
      " ",
    ),
    ..."join_authorised_via_users_server third_party_invite body reason".split(" "),
  ),
  fc.oneof(
    fc.constantFrom<string>("$target:example.org", "join", ""),
    fc.integer(),
    fc.record({ signed: fc.constant({ token: "t" }), display_name: fc.string() }, { requiredKeys: [] }),
  ),
);
const type = fc.constantFrom(
  ..."member create join_rules power_levels aliases history_visibility redaction message"
    .split(" ")
    .map((name) => `m.room.${name}`),
);

const sample: fc.Arbitrary<Sample> = fc
  .record({ version: fc.constantFrom(...STABLE, ...UNSTABLE), type, content, stateKey: fc.option(fc.constant("")) })
  .map(({ version, type, content, stateKey }) => {
    const { eventIds, roomIds } = roomVersionOf(version);
    const isFirst = type === "m.room.create" && roomIds === "create-event";
    const reference = (id: EventId) => (eventIds === "named" ? [[id, { sha256: "x" }]] : [id]);
    const dict = {
      ...(eventIds === "named" && { event_id: "$id:example.org" }),
      ...(!isFirst && { room_id: roomIds === "named" ? "!room:example.org" : "!hash" }),
      type,
      sender: "@alice:example.org",
      ...(isFirst ? { state_key: "" } : stateKey !== null && { state_key: stateKey }),
      content: content as JsonObject,
      redacts: "$outside:example.org",
      origin_server_ts: 1_735_689_600_000,
      depth: 3,
      hashes: { sha256: "x" },
      signatures: {},
      prev_events: isFirst ? [] : reference("$before"),
      auth_events: isFirst ? [] : reference("$power"),
      origin: "example.org",
      prev_state: [],
      membership: "join",
    } as unknown as RoomEventDict;
    return { version, dict };
  });

describe("events of rooms of all versions, as an installed Synapse sees them", () => {
  it("case 410 (differential): have the same ids, references and target, and are redacted alike", () => {
    const samples = fc.sample(sample, { numRuns: 500 });
    const answered = execFileSync(PYTHON, [SCRIPT], { input: JSON.stringify(samples), maxBuffer: 2 ** 26 });
    const { versions, events } = JSON.parse(answered.toString()) as { versions: string[]; events: unknown[] };
    expect(versions).to.include.members([...STABLE, ...UNSTABLE]);
    for (const [index, { version, dict }] of samples.entries()) {
      const rules = roomVersionOf(version);
      const event_id = rules.eventIds === "named" ? dict.event_id! : eventIdOf(dict, rules);
      const event = new RoomEvent({ ...dict, event_id }, { roomVersion: version });
      // Synapse answers what is no id as it is.
      const strange = rules.redactsInContent && typeof dict.content.redacts !== "string" ? dict.content.redacts : null;
      expect(JSON.parse(JSON.stringify(events[index])), JSON.stringify(samples[index])).to.deep.equal({
        eventId: event.eventId,
        roomId: event.roomId,
        redacts: event.redacts ?? strange ?? null,
        prevEventIds: event.prevEventIds(),
        authEventIds: event.authEventIds(),
        pruned: redactEvent(dict, rules),
      });
    }
  });
});
