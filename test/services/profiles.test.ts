import { expect } from "chai";
import { ParsedUserId, type UserId } from "#src/matrix/identifiers.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import type { ProfileInfo } from "#src/matrix/records.js";
import { Profiles } from "#src/services/profiles.js";
import { failureOf } from "../failure-of.js";
import { capturedLog } from "./captured-log.js";
import { server } from "./small-services.js";

class SmallProfiles extends Profiles {
  protected readonly server = server;
  readonly log = capturedLog();
  protected readonly logger = this.log.logger;
  readonly changes: unknown[] = [];

  protected async readProfile(localpart: string): Promise<ProfileInfo | null> {
    return localpart === "bob" ? { displayName: "Bob", avatarUrl: "mxc://server/bob" } : null;
  }
  protected async changeDisplayname(user: ParsedUserId, displayname: string | null): Promise<void> {
    this.changes.push([user.toString(), displayname]);
  }
}

describe("Profiles", () => {
  it("case 471: Profiles returns a profile, and an empty one for an unknown user", async () => {
    const profiles = new SmallProfiles();
    expect(await profiles.getProfileForUser("bob")).to.deep.equal({
      displayName: "Bob",
      avatarUrl: "mxc://server/bob",
    });
    expect(await profiles.getProfileForUser("x")).to.deep.equal({ displayName: null, avatarUrl: null });
  });

  it("case 472: Profiles trims a display name, and removes it only for an empty string", async () => {
    const profiles = new SmallProfiles();
    await profiles.setDisplayname("@a:server", "  A \n");
    await profiles.setDisplayname(ParsedUserId.fromString("@a:server"), "");
    await profiles.setDisplayname("@a:server", "  ");
    await profiles.setDisplayname("@a:server", "😀".repeat(256));
    expect(profiles.changes).to.deep.equal([
      ["@a:server", "A"],
      ["@a:server", null],
      ["@a:server", ""],
      ["@a:server", "😀".repeat(256)],
    ]);
    expect(profiles.log.lines).to.deep.equal([]);
  });

  it("case 472: Profiles refuses users of other servers, names that aren't strings, and names that are too long", async () => {
    const profiles = new SmallProfiles();
    const refused: [string, unknown, string, string][] = [
      ["@a:elsewhere", "A", "M_UNKNOWN", "User @a:elsewhere isn't hosted on this server"],
      ["@a:server", 42, "M_INVALID_PARAM", "The display name isn't a string"],
      ["@a:server", "x".repeat(257), "M_UNKNOWN", "The display name is longer than 256 characters"],
    ];
    for (const [userId, name, errcode, message] of refused) {
      const error = await failureOf(profiles.setDisplayname(userId as UserId, name as string));
      expect(error).to.be.instanceOf(MatrixError).and.to.include({ status: 400, errcode, message });
    }
    expect(profiles.changes).to.deep.equal([]);
  });

  it("setDisplayname logs an error when it is given `deactivation`", async () => {
    const profiles = new SmallProfiles();
    await profiles.setDisplayname("@a:server", "A", false);
    expect(profiles.log.lines).to.deep.equal([
      "error: setDisplayname() no longer uses `deactivation`; remove it from the call",
    ]);
  });
});
