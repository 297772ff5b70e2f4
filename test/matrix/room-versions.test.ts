import { expect } from "chai";
import { DEFAULT_ROOM_VERSION, ROOM_VERSIONS, roomVersionOf, type RoomVersion } from "#src/matrix/room-versions.js";

/** The versions in which something is so. */
function where(holds: (version: RoomVersion) => boolean): string {
  return Array.from(ROOM_VERSIONS.values())
    .filter(holds)
    .map(({ id }) => id)
    .join(" ");
}

describe("room versions", () => {
  it("room versions differ as the Matrix specification has it", () => {
    const facts = {
      "ids of events with a server's name": where(({ eventIds }) => eventIds === "named"),
      "ids of events that need escaping": where(({ eventIds }) => eventIds === "base64"),
      "ids of events that are safe in URLs": where(({ eventIds }) => eventIds === "base64url"),
      "ids of rooms that are those of create events": where(({ roomIds }) => roomIds === "create-event"),
      "creators above all levels": where(({ creatorsOutrank }) => creatorsOutrank),
      "creator in the create event": where(({ namesCreator }) => namesCreator),
      "target of a redaction in its content": where(({ redactsInContent }) => redactsInContent),
      "redactions by authorisation": where(({ authorisesRedactions }) => authorisesRedactions),
      "aliases by server": where(({ aliasesOfServers }) => aliasesOfServers),
      "canonical JSON alone": where(({ strictJson }) => strictJson),
      "limits of notifications": where(({ limitsNotifications }) => limitsNotifications),
      "integer power levels alone": where(({ integerLevels }) => integerLevels),
      knock: where(({ joinRules }) => joinRules.includes("knock")),
      restricted: where(({ joinRules }) => joinRules.includes("restricted")),
      knock_restricted: where(({ joinRules }) => joinRules.includes("knock_restricted")),
    };
    expect(facts).to.deep.equal({
      "ids of events with a server's name": "1 2",
      "ids of events that need escaping": "3",
      "ids of events that are safe in URLs": "4 5 6 7 8 9 10 11 12",
      "ids of rooms that are those of create events": "12",
      "creators above all levels": "12",
      "creator in the create event": "1 2 3 4 5 6 7 8 9 10",
      "target of a redaction in its content": "11 12",
      "redactions by authorisation": "1 2",
      "aliases by server": "1 2 3 4 5",
      "canonical JSON alone": "6 7 8 9 10 11 12",
      "limits of notifications": "6 7 8 9 10 11 12",
      "integer power levels alone": "10 11 12",
      knock: "7 8 9 10 11 12",
      restricted: "8 9 10 11 12",
      knock_restricted: "10 11 12",
    });
    expect(DEFAULT_ROOM_VERSION).to.equal("12");
  });

  it("room versions that are unstable are what they were made from, and unknown ones the newest", () => {
    const ids = ["org.matrix.msc3757.10", "org.matrix.hydra.11", "of.tomorrow", "", "__proto__"];
    expect(ids.map((id) => roomVersionOf(id).id)).to.deep.equal(["10", "12", "12", "12", "12"]);
  });
});
