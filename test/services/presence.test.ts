import { expect } from "chai";
import type { UserId } from "#src/matrix/identifiers.js";
import { failureOf } from "../failure-of.js";
import { SmallPresence } from "./small-services.js";

describe("Presence", () => {
  it("Presence sends a snapshot once to each user, and none for an empty list", async () => {
    const presence = new SmallPresence();
    await presence.sendLocalOnlinePresenceTo(new Set<UserId>());
    await presence.sendLocalOnlinePresenceTo(["@a:server", "@b:far", "@a:server"]);
    expect(presence.told).to.deep.equal([["@a:server", "@b:far"]]);
  });

  it("case 487: Presence sets presence, on the process that writes it only", async () => {
    const update = new Map([["@a:server", { state: "online", statusMsg: "hi" }]] as const);
    const [writer, other] = [new SmallPresence(), new SmallPresence(false)];
    await writer.setPresenceForUsers(update);
    expect(writer.told).to.deep.equal([[...update]]);
    expect(await failureOf(other.setPresenceForUsers(update))).to.include({ code: "LIGAND_NOT_SUPPORTED" });
  });
});
