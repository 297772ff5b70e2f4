import { expect } from "chai";
import { Codes } from "#src/matrix/codes.js";
import type { UserId } from "#src/matrix/identifiers.js";
import { Users, type UserInfo, type UserIpAndAgent } from "#src/services/users.js";
import { failureOf } from "../failure-of.js";
import { server } from "./small-services.js";

const unused = () => expect.fail("not part of this test");

class SmallUsers extends Users {
  protected readonly server = server;
  readonly admins = new Map<UserId, boolean>([
    ["@Bob:server", false],
    ["@bob:server", true],
    ["@Alice:server", false],
  ]);

  async getUserInfoById(userId: UserId): Promise<UserInfo | null> {
    const isAdmin = this.admins.get(userId);
    return isAdmin === undefined ? null : ({ userId, isAdmin } as UserInfo);
  }
  protected async storeUserAdmin(userId: UserId, admin: boolean): Promise<void> {
    this.admins.set(userId, admin);
  }
  protected async findUsersIgnoringCase(userId: UserId): Promise<UserId[]> {
    return [...this.admins.keys()].filter((id) => id.toLowerCase() === userId.toLowerCase());
  }
  protected async readConnections(userId: UserId, sinceTs: number): Promise<UserIpAndAgent[]> {
    return [{ ip: userId, userAgent: "agent", lastSeen: sinceTs }];
  }
  getThreepidsForUser = unused;
  storeRemote3pidAssociation = unused;
  getMonthlyActiveUsersByService = unused;
}

describe("Users", () => {
  it("Users says who is an administrator, and that unknown users aren't", async () => {
    const users = new SmallUsers();
    expect(
      await Promise.all((["@bob:server", "@Bob:server", "@x:server"] as const).map((id) => users.isUserAdmin(id))),
    ).to.deep.equal([true, false, false]);
  });

  it("case 466: Users makes an existing user an administrator", async () => {
    const users = new SmallUsers();
    await users.setUserAdmin("@Bob:server", true);
    expect(await users.isUserAdmin("@Bob:server")).to.equal(true);
    expect(await failureOf(users.setUserAdmin("@x:server", true))).to.include({ status: 404 });
    expect(await failureOf(users.setUserAdmin("x" as UserId, true))).to.include({
      status: 400,
      errcode: Codes.INVALID_PARAM,
    });
  });

  it("case 467: Users finds a user without regard to case, unless several match and none of them exactly", async () => {
    const users = new SmallUsers();
    const found = [];
    for (const id of ["@bob:server", "@Bob:server", "@BOB:server", "@ALICE:server", "@x:server"] as const) {
      found.push(await users.checkUserExists(id));
    }
    expect(found).to.deep.equal(["@bob:server", "@Bob:server", null, "@Alice:server", null]);
  });

  it("case 469: Users has no connections for malformed ids and for users of other servers", async () => {
    const users = new SmallUsers();
    expect(await users.getUserIpAndAgents("@a:server", 7)).to.deep.equal([
      { ip: "@a:server", userAgent: "agent", lastSeen: 7 },
    ]);
    expect(await users.getUserIpAndAgents("@a:elsewhere")).to.deep.equal([]);
    expect(await users.getUserIpAndAgents("a:server" as UserId)).to.deep.equal([]);
  });
});
