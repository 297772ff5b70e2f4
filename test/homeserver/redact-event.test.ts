import { expect } from "chai";
import { redactEvent } from "#src/homeserver/redact-event.js";
import type { JsonObject } from "#src/index.js";
import { roomVersionOf } from "#src/matrix/room-versions.js";
import { roomEvent } from "#src/testing/builders.js";

const VERSIONS = Array.from({ length: 12 }, (_, index) => String(index + 1));

/** What versions of rooms keep of a content. */
function keptIn(type: string, content: JsonObject, from: string, to = "12") {
  const kept = VERSIONS.slice(Number(from) - 1, Number(to)).map(
    (id) => redactEvent(roomEvent({ type, content }).getDict(), roomVersionOf(id)).content,
  );
  const [first, ...others] = kept;
  for (const other of others) expect(other, `${type}, ${from} to ${to}`).to.deep.equal(first);
  return first;
}

describe("redactEvent", () => {
  it("redactEvent keeps no content of a type that is called like a member of every object", () => {
    for (const type of ["constructor", "__proto__", "toString"]) {
      const dict = roomEvent({ type, content: { name: "x" } }).getDict();
      expect(redactEvent(dict, roomVersionOf("12")).content).to.deep.equal({});
    }
  });

  it("redactEvent keeps of a content what the version of the room says", () => {
    const member = {
      membership: "join",
      displayname: "A",
      join_authorised_via_users_server: "@b:c",
      third_party_invite: { signed: { token: "t" }, display_name: "b" },
    };
    expect(keptIn("m.room.member", member, "1", "8")).to.deep.equal({ membership: "join" });
    expect(keptIn("m.room.member", member, "9", "10")).to.deep.equal({
      membership: "join",
      join_authorised_via_users_server: "@b:c",
    });
    expect(keptIn("m.room.member", member, "11")).to.deep.equal({
      membership: "join",
      join_authorised_via_users_server: "@b:c",
      third_party_invite: { signed: { token: "t" } },
    });
    const create = { creator: "@a:b", room_version: "1", "m.federate": false };
    expect(keptIn("m.room.create", create, "1", "10")).to.deep.equal({ creator: "@a:b" });
    expect(keptIn("m.room.create", create, "11")).to.deep.equal(create);
    expect(keptIn("m.room.aliases", { aliases: ["#a:b"] }, "1", "5")).to.deep.equal({ aliases: ["#a:b"] });
    expect(keptIn("m.room.aliases", { aliases: ["#a:b"] }, "6")).to.deep.equal({});
    const rules = { join_rule: "restricted", allow: [], more: 1 };
    expect(keptIn("m.room.join_rules", rules, "1", "7")).to.deep.equal({ join_rule: "restricted" });
    expect(keptIn("m.room.join_rules", rules, "8")).to.deep.equal({ join_rule: "restricted", allow: [] });
    const levels = { ban: 1, invite: 2, notifications: { room: 3 } };
    expect(keptIn("m.room.power_levels", levels, "1", "10")).to.deep.equal({ ban: 1 });
    expect(keptIn("m.room.power_levels", levels, "11")).to.deep.equal({ ban: 1, invite: 2 });
    expect(keptIn("m.room.redaction", { redacts: "$e", reason: "r" }, "1", "10")).to.deep.equal({});
    expect(keptIn("m.room.redaction", { redacts: "$e", reason: "r" }, "11")).to.deep.equal({ redacts: "$e" });
  });

  it("redactEvent keeps keys outside of the content that versions before 11 protect", () => {
    const dict = { ...roomEvent().getDict(), origin: "b", membership: "join", prev_state: [], unsigned: { age: 1 } };
    const keysIn = (id: string) => Object.keys(redactEvent(dict, roomVersionOf(id)));
    const always = ["room_id", "type", "sender", "content", "origin_server_ts", "depth", "event_id"];
    expect(keysIn("10")).to.have.members([...always, "origin", "membership", "prev_state"]);
    expect(keysIn("11")).to.have.members(always);
  });
});
